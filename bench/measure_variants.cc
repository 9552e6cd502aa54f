// SPDX-License-Identifier: Apache-2.0
// Measures every native variant of the convolutions of lists of shapes, for tools/fit_costs: one
// line of JSON a shape and instruction set, with the time of one thread; or, with --terms, what the
// cost model prices (ConvTerms), without measuring. With --most-gmac=X larger shapes are left out.
//   build/release/bin/measure_variants bench/shapes/u2netp.txt > measured.json
// A machine is never quite quiet. The variants of a shape take turns, many times, in passes of
// which each keeps its least time; passes go on until the two least are within 3 % or kMostPasses
// is reached. Between runs the second-level cache is filled with other things, as it is between the
// nodes of a network. A variant much slower than the best is run a few times only.
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "engine/backends/native/native_conv.h"
#include "engine/base/error.h"
#include "kernels/base/work_log.h"
#include "tools/microbench/machine_peak.h"
#include "tools/microbench/node_run.h"
#include "tools/microbench/requests.h"
#include "tools/microbench/shapes.h"

namespace {

using namespace u2net;
using namespace u2net::engine;

constexpr int kMostPasses = 6;
constexpr double kPassSeconds = 0.01, kHopeless = 3, kSteady = 1.03;

// What displaces the operands from the second-level cache.
class Displacer {
 public:
  Displacer() : data_(2 * kernels::cache_sizes().l2 / sizeof(std::int64_t)) {}
  void run() {
    for (std::size_t i = 0; i < data_.size(); i += 8) data_[i] += 1;
  }

 private:
  std::vector<std::int64_t> data_;
};

struct Variant {
  std::string name;
  kernels::ConvTerms terms;
  std::unique_ptr<bench::NodeRun> run;
  std::vector<double> passes;  // the least time of each, in ns

  double best() const { return *std::min_element(passes.begin(), passes.end()); }
  bool is_steady() const {
    std::vector<double> sorted = passes;
    std::sort(sorted.begin(), sorted.end());
    return sorted.size() > 1 && sorted[1] <= sorted[0] * kSteady;
  }
};

// Of the calling thread, which does all of the work.
double processor_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return 1e9 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec);
}

// Others may take the processor away meanwhile; to ask for the time that is left takes some itself.
double timed_ns(Variant& variant, Displacer& displacer) {
  displacer.run();
  const double processor_begin = processor_ns();
  const std::int64_t begin = kernels::now_ns();
  variant.run->run();
  const auto passed = static_cast<double>(kernels::now_ns() - begin);
  return std::min(passed, processor_ns() - processor_begin);
}

void measure_pass(const std::vector<Variant*>& variants, Displacer& displacer) {
  for (Variant* v : variants) v->passes.push_back(timed_ns(*v, displacer));
  const double seconds = kPassSeconds * static_cast<double>(variants.size());
  const std::int64_t end = kernels::now_ns() + static_cast<std::int64_t>(seconds * 1e9);
  while (kernels::now_ns() < end) {
    for (Variant* v : variants)
      v->passes.back() = std::min(v->passes.back(), timed_ns(*v, displacer));
  }
}

void measure(std::vector<Variant>& all, Displacer& displacer) {
  double best = 0;
  for (Variant& v : all) {
    v.run->start();
    v.passes.push_back(timed_ns(v, displacer));
    best = best == 0 ? v.passes[0] : std::min(best, v.passes[0]);
  }
  std::vector<Variant*> hopeful;
  for (Variant& v : all) {
    if (v.passes[0] <= kHopeless * best) hopeful.push_back(&v);
  }
  const auto is_steady = [](const Variant* v) { return v->is_steady(); };
  for (int pass = 0; pass < kMostPasses; ++pass) {
    measure_pass(hopeful, displacer);
    if (pass > 0 && std::all_of(hopeful.begin(), hopeful.end(), is_steady)) break;
  }
}

// The variants of an instruction set that can compute the node.
std::vector<Variant> variants_of(const std::string& line, const kernels::InstructionSet& set,
                                 bool is_run) {
  const Graph graph = bench::graph_of(line);
  BackendOptions options;
  options.cpu = set.features;
  const native::ConvChoice choice = native::choose_convolution(graph, graph.nodes.front(), options);
  std::vector<Variant> variants;
  for (const native::ConvCandidate& candidate : choice.candidates) {
    if (!candidate.why.empty()) continue;
    Variant& variant = variants.emplace_back();
    variant.name = candidate.variant->name();
    variant.terms = candidate.variant->terms(choice.problem);
    if (!is_run) continue;
    bench::Candidate wanted;
    wanted.line = line;
    wanted.backend = "native";
    wanted.cpu = set.features;
    wanted.kernels.convolution = candidate.variant->form();
    variant.run = std::make_unique<bench::NodeRun>(wanted);
  }
  return variants;
}

void print(const std::string& line, std::string_view set, const std::vector<Variant>& variants) {
  std::printf("{\"shape\": \"%s\", \"set\": \"%s\", \"variants\": [", line.c_str(),
              std::string(set).c_str());
  for (const Variant& v : variants) {
    std::printf("%s{\"name\": \"%s\", ", &v == &variants.front() ? "" : ", ", v.name.c_str());
    if (v.run) {
      std::printf("\"ns\": %.4g}", v.best());
      continue;
    }
    std::printf("\"terms\": [");
    for (int i = 0; i < kernels::ConvTerms::kCount; ++i)
      std::printf("%s%.10g", i ? ", " : "", v.terms.amounts[i]);
    std::printf("], \"conversions\": %.10g, \"filter_bytes\": %.10g}", v.terms.conversions,
                v.terms.filter_bytes);
  }
  std::printf("]}\n");
  std::fflush(stdout);
}

// Of the memory, which is shared by as many threads as costs are estimated for. The most counts.
void print_bandwidth() {
  const bench::MachinePeak peak = bench::measure_peak(kernels::kUsualThreads);
  std::printf("{\"bytes_per_ns\": %.4g}\n", peak.bytes / 1e9);
}

struct Options {
  bool terms = false;
  double most_macs = 1e30;
  std::vector<std::string> lists;
};

std::vector<std::string> lines_of(const Options& options) {
  std::vector<std::string> lines;
  for (const std::string& list : options.lists) {
    for (const bench::Request& request : bench::read_requests(list)) {
      if (!bench::is_convolution(request.line)) continue;
      const Graph graph = bench::graph_of(request.line);
      if (work_of(graph, graph.nodes.front()).macs > options.most_macs) continue;
      if (std::find(lines.begin(), lines.end(), request.line) == lines.end())
        lines.push_back(request.line);
    }
  }
  return lines;
}

int run(const Options& options) {
  Displacer displacer;
  const std::vector<std::string> lines = lines_of(options);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!options.terms) {
      std::fprintf(stderr, "\r%zu of %zu", i + 1, lines.size());
      if (i % 32 == 0) print_bandwidth();
    }
    for (const kernels::InstructionSet* set : kernels::instruction_sets()) {
      if (!usable_features().contains(set->features)) continue;
      std::vector<Variant> variants = variants_of(lines[i], *set, !options.terms);
      if (!options.terms) measure(variants, displacer);
      print(lines[i], set->name, variants);
    }
  }
  if (!options.terms) std::fprintf(stderr, "\n");
  return 0;
}

Options options_of(int argc, char** argv) {
  Options options;
  constexpr std::string_view kMost = "--most-gmac=";
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--terms") {
      options.terms = true;
    } else if (word.starts_with(kMost)) {
      options.most_macs = 1e9 * std::strtod(word.c_str() + kMost.size(), nullptr);
    } else {
      options.lists.push_back(word);
    }
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = options_of(argc, argv);
  if (options.lists.empty()) {
    std::fprintf(stderr, "usage: measure_variants [--terms] [--most-gmac=X] LIST...\n");
    return 2;
  }
  try {
    return run(options);
  } catch (const Error& e) {
    std::fprintf(stderr, "measure_variants: %s\n", e.what());
    return 1;
  }
}
