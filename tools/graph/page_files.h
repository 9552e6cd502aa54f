// SPDX-License-Identifier: Apache-2.0
// The files of page/, put into the program when it is built (page_files.cc.in).
#pragma once

#include <string_view>

namespace u2net::drawing {

std::string_view page_frame();   // page.html
std::string_view page_style();   // page.css
std::string_view page_script();  // layout.js, panel.js and page.js

}  // namespace u2net::drawing
