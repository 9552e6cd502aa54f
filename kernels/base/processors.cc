// SPDX-License-Identifier: Apache-2.0
// Control groups: version 2 has one tree and a file cpu.max a group, version 1 a tree for the
// controller cpu and two files. /proc/self/cgroup names the group as a path in its tree,
// /proc/self/mountinfo what part of the tree is mounted where.
#include "kernels/base/processors.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

namespace u2net::kernels {
namespace {

// Between commas: "rw,cpu,cpuacct" names cpu.
bool names(std::string_view list, std::string_view word) {
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    if (list.substr(begin, end - begin) == word) return true;
    begin = end + 1;
  }
  return false;
}

// Blanks and the like are written as \040 there.
std::string unescaped(const std::string& text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    const char* const digits = text.data() + i + 1;
    const bool escaped = text[i] == '\\' && i + 3 < text.size() &&
                         std::from_chars(digits, digits + 3, code, 8).ptr == digits + 3;
    result += escaped ? static_cast<char>(code) : text[i];
    if (escaped) i += 3;
  }
  return result;
}

struct Mount {
  std::string root, point;  // what part of the tree, and where it is
};

// Of the tree of one version with the controller cpu.
std::optional<Mount> find_mount(const std::string& root, bool v2) {
  std::ifstream lines(root + "/proc/self/mountinfo");
  for (std::string line; std::getline(lines, line);) {
    const std::size_t dash = line.find(" - ");  // optional fields end there
    if (dash == std::string::npos) continue;
    std::istringstream front(line.substr(0, dash)), back(line.substr(dash + 3));
    std::string id, parent, device, type, source, options;
    Mount mount;
    if (!(front >> id >> parent >> device >> mount.root >> mount.point)) continue;
    back >> type >> source >> options;
    if (v2 ? type != "cgroup2" : type != "cgroup" || !names(options, "cpu")) continue;
    return Mount{unescaped(mount.root), unescaped(mount.point)};
  }
  return std::nullopt;
}

// The path of the process's group in the tree.
std::optional<std::string> find_group(const std::string& root, bool v2) {
  std::ifstream lines(root + "/proc/self/cgroup");
  for (std::string line; std::getline(lines, line);) {  // "4:cpu,cpuacct:/a/b", "0::/a/b"
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string_view controllers =
        std::string_view(line).substr(first + 1, second - first - 1);
    if (v2 ? controllers.empty() : names(controllers, "cpu")) return line.substr(second + 1);
  }
  return std::nullopt;
}

// The quota of the group in that folder, in processors.
std::optional<double> quota_of(const std::string& folder, bool v2) {
  std::string limit;
  double period = 0;
  if (v2) {
    std::ifstream(folder + "/cpu.max") >> limit >> period;
  } else {
    std::ifstream(folder + "/cpu.cfs_quota_us") >> limit;
    std::ifstream(folder + "/cpu.cfs_period_us") >> period;
  }
  const double time = std::strtod(limit.c_str(), nullptr);  // "max" is 0, and version 1 says -1
  if (!(time > 0 && period > 0)) return std::nullopt;
  return time / period;
}

// The least of the group and of those above it, as far as they are mounted.
std::optional<double> least_quota(const std::string& root, bool v2) {
  const std::optional<Mount> mount = find_mount(root, v2);
  std::string group = find_group(root, v2).value_or("");
  if (!mount) return std::nullopt;
  // What is mounted may be a part of the tree; a group outside of it (a namespace) shows its top.
  const std::string top = mount->root == "/" ? "" : mount->root;
  const bool inside = group.starts_with(top) && group.find("/..") == std::string::npos &&
                      (group.size() == top.size() || group[top.size()] == '/');
  group = inside ? group.substr(top.size()) : "";
  std::optional<double> least;
  for (;;) {
    const std::optional<double> quota = quota_of(root + mount->point + group, v2);
    if (quota && (!least || *quota < *least)) least = quota;
    if (group.empty()) return least;
    group.resize(group.rfind('/'));
  }
}

// Of the calling thread; machines with more processors than a cpu_set_t has bits need a larger one.
int processors_of_mask() {
  for (std::size_t sets = 1; sets <= 64; sets *= 2) {
    std::vector<cpu_set_t> mask(sets);
    if (sched_getaffinity(0, sets * sizeof(cpu_set_t), mask.data()) != 0) continue;
    return CPU_COUNT_S(sets * sizeof(cpu_set_t), mask.data());
  }
  return 1;
}

}  // namespace

std::optional<int> quota_processors(const std::string& root) {
  std::optional<double> least = least_quota(root, true);
  if (const std::optional<double> v1 = least_quota(root, false); v1 && (!least || *v1 < *least))
    least = v1;
  if (!least) return std::nullopt;
  return static_cast<int>(std::ceil(std::min(*least, 1e6)));
}

int allowed_processors() {
  const int mask = processors_of_mask();
  return std::max(1, std::min(mask, quota_processors().value_or(mask)));
}

std::optional<int> first_thread_count(std::string_view list) {
  constexpr std::string_view kBlanks = " \t\n\v\f\r";
  std::optional<int> first;
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t comma = std::min(list.find(',', begin), list.size());
    std::string_view item = list.substr(begin, comma - begin);
    begin = comma + 1;
    item.remove_prefix(std::min(item.find_first_not_of(kBlanks), item.size()));
    item = item.substr(0, item.find_last_not_of(kBlanks) + 1);
    if (item.starts_with('+')) item.remove_prefix(1);
    unsigned long count = 0;
    const auto [end, error] = std::from_chars(item.data(), item.data() + item.size(), count);
    if (error != std::errc() || end != item.data() + item.size() || count < 1) return std::nullopt;
    if (!first) first = static_cast<int>(std::min<unsigned long>(count, kMaxThreads));
  }
  return first;
}

int default_threads() {
  const char* const wanted = std::getenv("OMP_NUM_THREADS");
  const std::optional<int> count = wanted ? first_thread_count(wanted) : std::nullopt;
  return count.value_or(allowed_processors());
}

}  // namespace u2net::kernels
