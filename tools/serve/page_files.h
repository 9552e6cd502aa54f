// SPDX-License-Identifier: Apache-2.0
// The files of page/, put into the program when it is built (page_files.cc.in).
#pragma once

#include <string_view>

namespace u2net::serve {

std::string_view page_document();  // index.html
std::string_view page_style();     // page.css
std::string_view page_script();    // all scripts, in the order that they need

}  // namespace u2net::serve
