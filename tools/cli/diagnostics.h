// SPDX-License-Identifier: Apache-2.0
// What the command says to people, on stderr. Messages quote names that come from files and other
// untrusted places, so whatever could start a new line or steer a terminal is escaped.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "engine/base/error.h"

namespace u2net::cli {
using namespace engine;

// One line of valid UTF-8: control characters and broken bytes as \n, \t, \x1b; long text is cut.
std::string printable(std::string_view text, std::size_t max_bytes = 2000);

// "u2net: error: MESSAGE [E-NAME]", then "  hint: HINT" if there is one.
void print_error(const Error& error);
// "u2net: warning: MESSAGE"
void print_warning(std::string_view message);
// "u2net: MESSAGE"
void print_note(std::string_view message);

// The exception being handled as an Error: no memory is kOutOfMemory, no threads kNoThreads, bugs
// are kInternal. Only inside of a catch block. Throws std::bad_alloc where there is no memory for
// an Error either.
Error current_error();

// A line on a terminal that says how far a long job is, how fast it goes and how long it will still
// take, and vanishes.
class Progress {
 public:
  Progress(bool enabled, std::size_t total) : enabled_(enabled && total > 1), total_(total) {}
  ~Progress() { clear(); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // After so many are done, of which `what` is the last.
  void show(std::size_t done, std::string_view what);
  // Before anything else is printed.
  void clear();

 private:
  bool enabled_;
  bool shown_ = false;
  std::size_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace u2net::cli
