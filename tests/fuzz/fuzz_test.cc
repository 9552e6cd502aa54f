// SPDX-License-Identifier: Apache-2.0
// The fuzz targets without a fuzzer.
//   fuzz_test                            all seeds, and some generated programs
//   fuzz_test TARGET FILE...             these files
//   fuzz_test --programs COUNT [FIRST]   generated programs, by number
//   fuzz_test --minutes MINUTES [FIRST]  the same for that long
//   fuzz_test --write-seeds FOLDER       the seeds, a folder a target
// What breaks a promise is written to finding.bin in the folder U2NET_FINDINGS (or the current one)
// and described on standard error; exit code 1.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "loader/paddle/ops/paddle_ops.h"
#include "tests/fuzz/growth.h"
#include "tests/fuzz/program_generator.h"
#include "tests/fuzz/seeds.h"
#include "tests/fuzz/targets.h"
#include "tests/support/sanitizer.h"
#include "tests/support/source_folder.h"
#include "tests/support/temp_dir.h"

// Of the sanitizers' runtime, where one is linked.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace u2net::fuzz {
using namespace engine;
namespace {

namespace fs = std::filesystem;

constexpr int kPrograms = test::kSanitized ? 150 : 2000, kCalls = test::kSanitized ? 100 : 1000;

// These draw all that they do from the bytes; any bytes are a valid input.
constexpr std::string_view kDrawing[] = {"program", "c_interface"};
constexpr int kDrawnSeeds = 300;

// For the handler of signals: what is being run.
const std::uint8_t* current_data = nullptr;
std::size_t current_size = 0;
char finding_path[1024];

// Only what a handler may call.
void write_finding() {
  const int file = open(finding_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return;
  if (write(file, current_data, current_size) < 0) {  // there is nobody to tell
  }
  close(file);
}

void on_death() {
  write_finding();
  constexpr char kText[] = "the end; the input is in finding.bin\n";
  if (write(STDERR_FILENO, kText, sizeof kText - 1) < 0) {  // there is nobody to tell
  }
}

void on_signal(int number) {
  on_death();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

// True where all is well.
bool run_one(const Target& target, const Bytes& bytes, const std::string& name) {
  current_data = bytes.data();
  current_size = bytes.size();
  try {
    target.run(bytes);
    return true;
  } catch (const std::exception& e) {
    write_finding();
    std::fprintf(stderr, "FINDING: %s: %s: %s\nthe input is in %s\n",
                 std::string(target.name).c_str(), name.c_str(), e.what(), finding_path);
    return false;
  }
}

bool run_file(const Target& target, const fs::path& path) {
  const std::string text = test::read_file(path);
  return run_one(target, Bytes(text.begin(), text.end()), path.string());
}

bool run_seeds() {
  bool good = true;
  for (const Target& target : targets()) {
    const std::vector<Seed> seeds = seeds_of(target.name);
    for (const Seed& seed : seeds) good = run_one(target, seed.bytes, seed.name) && good;
    std::printf("%s: %zu seeds\n", std::string(target.name).c_str(), seeds.size());
  }
  return good;
}

// What a fuzzer starts from.
void write_seeds(const fs::path& folder) {
  const auto write = [&](std::string_view target, const std::string& name, const Bytes& bytes) {
    test::write_file(folder / target / name,
                     {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
  for (const Target& target : targets()) {
    fs::create_directories(folder / target.name);
    for (const Seed& seed : seeds_of(target.name)) write(target.name, seed.name, seed.bytes);
  }
  for (const std::string_view target : kDrawing) {
    for (int number = 0; number < kDrawnSeeds; ++number)
      write(target, "drawn-" + std::to_string(number), program_bytes(number));
  }
}

struct Amount {
  std::uint64_t count = 0;
  double seconds = 0;  // where there is no count
  std::uint64_t first = 0;
};

// Inputs by number, of a target that takes any bytes.
bool run_drawn(const char* name, const Amount& amount) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point start = Clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(Clock::now() - start).count(); };
  const Target& target = *find_target(name);
  std::uint64_t done = 0;
  for (; amount.count > 0 ? done < amount.count : passed() < amount.seconds; ++done) {
    const std::uint64_t number = amount.first + done;
    if (!run_one(target, program_bytes(number), name + (" " + std::to_string(number))))
      return false;
  }
  std::printf("%s: %llu drawn from number %llu, %.1f a second\n", name,
              static_cast<unsigned long long>(done), static_cast<unsigned long long>(amount.first),
              static_cast<double>(done) / passed());
  return true;
}

// targets.txt, by which the fuzzers are built and run, names the targets that there are.
bool lists_agree() {
  std::istringstream lines(test::read_file(test::source_path("tests/fuzz/targets.txt")));
  std::vector<std::string> listed, there;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) listed.push_back(line.substr(0, line.find(' ')));
  }
  for (const Target& target : targets()) there.emplace_back(target.name);
  std::sort(listed.begin(), listed.end());
  std::sort(there.begin(), there.end());
  if (listed != there) std::fprintf(stderr, "targets.txt and targets.cc name different targets\n");
  return listed == there;
}

// Every operator of the table has a maker, and what it makes is accepted often enough to matter.
bool every_operator_occurs() {
  constexpr int kGenerated = 1500, kFewest = 5;
  std::map<std::string_view, int> seen;
  for (int number = 0; number < kGenerated; ++number) {
    const GeneratedProgram program = generate_program(program_bytes(number));
    for (const Node& node : program.graph.nodes) ++seen[node.op->type().name];
  }
  bool good = true;
  for (const PaddleOp* op : paddle_ops()) {
    bool has_maker = false;
    for (const std::span<const Maker> makers : {image_makers(), maths_makers(), tensor_makers()}) {
      for (const Maker& maker : makers) has_maker = has_maker || maker.name == op->type->name;
    }
    if (has_maker && seen[op->type->name] >= kFewest) continue;
    std::fprintf(stderr, "operator '%s' %s; see tests/fuzz/*_makers.cc\n",
                 std::string(op->name).c_str(),
                 has_maker ? "occurs in hardly any generated program" : "has no maker");
    good = false;
  }
  return good;
}

// A program that asks for more than any of these needs shall not take it from others.
void limit_memory() {
  if (test::kSanitized) return;  // they reserve all that there is
  constexpr rlim_t kMost = rlim_t{3} << 30;
  const rlimit limit{kMost, kMost};
  setrlimit(RLIMIT_AS, &limit);
}

void watch_signals() {
  const char* folder = std::getenv("U2NET_FINDINGS");
  std::snprintf(finding_path, sizeof finding_path, "%s/finding.bin", folder ? folder : ".");
  if (__sanitizer_set_death_callback) __sanitizer_set_death_callback(on_death);
  if (test::kSanitized) return;  // the sanitizer says more
  for (int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(number, on_signal);
}

int run(const std::vector<std::string>& words) {
  if (words.empty()) {
    const bool lists = lists_agree(), seeds = run_seeds(), operators = every_operator_occurs();
    const bool programs = run_drawn("program", {.count = kPrograms});
    const bool calls = run_drawn("c_interface", {.count = kCalls});
    return lists && seeds && operators && programs && calls ? 0 : 1;
  }
  if (words[0] == "--programs" || words[0] == "--minutes") {
    if (words.size() < 2) return 2;
    Amount amount{.first = words.size() > 2 ? std::stoull(words[2]) : 0};
    words[0] == "--programs" ? amount.count = std::stoull(words[1])
                             : amount.seconds = 60 * std::stod(words[1]);
    return run_drawn("program", amount) ? 0 : 1;
  }
  if (words[0] == "--write-seeds" && words.size() == 2) {
    write_seeds(words[1]);
    return 0;
  }
  const Target* target = find_target(words[0]);
  if (target == nullptr) {
    std::fprintf(stderr, "there is no target '%s'\n", words[0].c_str());
    return 2;
  }
  bool good = true;
  for (std::size_t i = 1; i < words.size(); ++i) good = run_file(*target, words[i]) && good;
  return good ? 0 : 1;
}

}  // namespace
}  // namespace u2net::fuzz

int main(int argc, char** argv) {
  u2net::fuzz::limit_memory();
  u2net::fuzz::watch_signals();
  return u2net::fuzz::run({argv + 1, argv + argc});
}
