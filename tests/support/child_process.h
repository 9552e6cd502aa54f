// SPDX-License-Identifier: Apache-2.0
// What happens in a child of fork().
#pragma once

#include <functional>
#include <string>

namespace u2net::engine::test {

// Forks; the child calls `action` and ends without cleaning up. Returns what became of it: "" where
// `action` returned, what it threw, "failed: " and the first failed expectation, or the signal
// (SIGALRM after `seconds`: it hung).
std::string in_child(const std::function<void()>& action, unsigned seconds = 30);

}  // namespace u2net::engine::test
