// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/trace_file.h"

#include <span>
#include <string>

#include "engine/base/atomic_file.h"
#include "tools/cli/json_report.h"

namespace u2net::cli {
using namespace engine;
namespace {

constexpr int kProcess = 1;
// Readers take thread 0 for the process's own, which is called 1: it would share worker 1's track.
constexpr int kCallingThread = 1;

// Collects the events. Times are microseconds from the beginning of the first run.
class TraceWriter {
 public:
  explicit TraceWriter(const Profile& profile)
      : profile_(profile), origin_ns_(profile.first.begin_ns) {}

  void name_thread(int thread, const std::string& name) {
    metadata("thread_name", thread, {{"name", name}});
    metadata("thread_sort_index", thread, {{"sort_index", thread}});
  }
  void name_process(const std::string& name) {
    metadata("process_name", kCallingThread, {{"name", name}});
  }

  void add_run(const RunTrace& run, const std::string& name) {
    slice("run", name, kCallingThread, run.begin_ns, run.end_ns, Json::object());
    ++counts_.runs;
    for (const RunTrace::Part& part : run.parts) add_part(part);
  }

  const Json& events() const { return events_; }
  const TraceCounts& counts() const { return counts_; }

 private:
  void add_part(const RunTrace::Part& part) {
    for (std::size_t i = 0; i < profile_.steps.size(); ++i) {
      slice("step", profile_.steps[i].type, kCallingThread, part.boundaries_ns[i],
            part.boundaries_ns[i + 1], arguments(profile_.steps[i]));
      ++counts_.steps;
    }
    for (std::size_t worker = 0; worker < part.workers.size(); ++worker) {
      for (const kernels::WorkLog::Entry& entry : part.workers[worker]) {
        const StepProfile& step = profile_.steps[static_cast<std::size_t>(entry.tag)];
        slice("worker", step.type, kCallingThread + static_cast<int>(worker), entry.begin_ns,
              entry.end_ns, {{"node", step.node}});
        ++counts_.worker_slices;
      }
    }
  }

  double microseconds(std::int64_t ns) const { return static_cast<double>(ns - origin_ns_) / 1e3; }
  void metadata(const char* kind, int thread, Json arguments) {
    events_.push_back({{"ph", "M"},
                       {"name", kind},
                       {"pid", kProcess},
                       {"tid", thread},
                       {"args", std::move(arguments)}});
  }
  void slice(const char* category, const std::string& name, int thread, std::int64_t begin_ns,
             std::int64_t end_ns, Json arguments) {
    events_.push_back({{"ph", "X"},
                       {"cat", category},
                       {"name", name},
                       {"pid", kProcess},
                       {"tid", thread},
                       {"ts", microseconds(begin_ns)},
                       {"dur", static_cast<double>(end_ns - begin_ns) / 1e3},
                       {"args", std::move(arguments)}});
  }
  static Json arguments(const StepProfile& step) {
    return {{"node", step.node},
            {"implementation", step.implementation},
            {"operands", step.operands},
            {"gmac", step.work.macs / 1e9},
            {"mbytes", step.work.bytes / 1e6}};
  }

  const Profile& profile_;
  std::int64_t origin_ns_;
  Json events_ = Json::array();
  TraceCounts counts_;
};

}  // namespace

TraceCounts write_trace(const Profile& profile, std::string_view path) {
  TraceWriter writer(profile);
  writer.name_process("u2net, mode " + profile.mode);
  writer.name_thread(kCallingThread, "steps (calling thread)");
  for (int worker = 1; worker < profile.threads; ++worker)
    writer.name_thread(kCallingThread + worker, "worker " + std::to_string(worker));
  writer.add_run(profile.first, "first run");
  for (std::size_t i = 0; i < profile.runs.size(); ++i)
    writer.add_run(profile.runs[i], "run " + std::to_string(i + 1));
  const TraceCounts& counts = writer.counts();
  const Json trace = {{"displayTimeUnit", "ms"},
                      {"otherData",
                       {{"mode", profile.mode},
                        {"threads", profile.threads},
                        {"runs", counts.runs},
                        {"steps", counts.steps},
                        {"worker_slices", counts.worker_slices}}},
                      {"traceEvents", writer.events()}};
  const std::string text = trace.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  write_file_atomically(path, std::as_bytes(std::span(text)));
  return counts;
}

}  // namespace u2net::cli
