// SPDX-License-Identifier: Apache-2.0
// The forms in which a network is drawn.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "engine/passes/pass_log.h"
#include "tools/graph/network_view.h"

namespace u2net::drawing {
using namespace engine;

inline constexpr int kEverything = std::numeric_limits<int>::max();  // as a depth

struct Caption {
  std::string title;               // "u2netp, as exported"
  std::vector<std::string> lines;  // below it
};

struct PictureOptions {
  Caption caption;
  int depth = kEverything;  // blocks below this depth are closed
  bool timed = false;       // coloured by time
};

// For Graphviz, with the blocks as clusters.
std::string dot_picture(const NetworkView& view, const PictureOptions& options);

// Throws Error (kOutput) where Graphviz is missing.
std::string svg_picture(const NetworkView& view, const PictureOptions& options);

// The network as exported, and as the passes of a mode leave it.
struct Page {
  std::string title;
  std::string mode;  // empty: without passes, and without `optimized`
  NetworkView exported, optimized;
  std::vector<PassRecord> passes;
  bool show_optimized = false;  // at first
  bool timed = false;           // `optimized` is, or where there are no passes `exported`
  std::string about;            // one line below the title
};

// One file that needs nothing else. Throws Error (kOutput) where Graphviz is missing.
std::string html_page(const Page& page);

// "238 fused into 119, 2 removed"; empty where it found nothing to do.
std::string summary_of(const PassRecord& record);

}  // namespace u2net::drawing
