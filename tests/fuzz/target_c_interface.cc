// SPDX-License-Identifier: Apache-2.0
// Sequences of calls of the C interface with arguments of any kind: NULL, enums out of range, sizes
// near SIZE_MAX, calls in any order, handles of other models. What no library can detect is left
// out: pointers to less memory than was said, and handles that were released.
#include <array>
#include <limits>
#include <string>
#include <tuple>
#include <vector>

#include "tests/fuzz/c_calls.h"
#include "tests/fuzz/choices.h"
#include "tests/fuzz/finding.h"
#include "tests/fuzz/target_list.h"
#include "tests/support/fill.h"
#include "tests/support/program_builder.h"

namespace u2net::fuzz {
using namespace engine;
namespace {

constexpr std::size_t kRoom = 1 << 14;  // bytes of every buffer

// image of any size -> a mask of its size; and -> four planes.
struct Programs {
  std::array<std::string, 2> program, parameters;
};

const Programs& programs() {
  static const Programs made = [] {
    test::Random random("mask program");
    test::ProgramBuilder b;
    b.feed("image", {-1, 3, -1, -1});
    b.parameter("w", test::uniform(random, {1, 3, 3, 3}));
    for (const char* name : {"conv", "out"}) b.variable(name);
    b.op("conv2d", {{"Input", {"image"}}, {"Filter", {"w"}}}, {{"Output", {"conv"}}},
         {{"paddings", std::vector<std::int64_t>{1, 1}}});
    b.op("sigmoid", {{"X", {"conv"}}}, {{"Out", {"out"}}});
    b.fetch("out");
    const test::ProgramBuilder four = test::small_program();
    return Programs{{b.program(), four.program()}, {b.parameters(), four.parameters()}};
  }();
  return made;
}

class Calls {
 public:
  explicit Calls(std::span<const std::uint8_t> bytes) : c_(bytes) {
    for (std::size_t i = 0; i < kRoom; ++i) data_[i] = static_cast<std::uint8_t>(i * 37 % 64);
  }
  ~Calls() {
    u2net_segmenter_release(segmenter_);
    for (u2net_session* s : sessions_) u2net_session_release(s);
    for (u2net_model* m : models_) u2net_model_release(m);
  }
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  void run() {
    using Call = void (Calls::*)();
    static constexpr Call kCalls[] = {&Calls::load,      &Calls::create_session, &Calls::set_input,
                                      &Calls::run_it,    &Calls::get_output,     &Calls::ask_model,
                                      &Calls::segment,   &Calls::cut_out,        &Calls::release,
                                      &Calls::ask_types, &Calls::set_input,      &Calls::run_it};
    for (int calls = 0; calls < 60 && !c_.is_empty(); ++calls) (this->*c_.one_of(kCalls))();
  }

 private:
  // Arguments in braces: they decide in their order.
  template <class Function, class... Arguments>
  void call(Function function, std::tuple<Arguments...> arguments) {
    expect_status(std::apply(function, arguments));
  }

  // Of a call: one of the codes, and a message where it failed.
  void expect_status(int status) {
    if (status < U2NET_OK || status > U2NET_BUFFER_TOO_SMALL)
      throw Finding("status " + std::to_string(status));
    if (status == U2NET_INTERNAL)
      throw Finding(std::string("an internal error: ") + u2net_last_error());
    if (status != U2NET_OK && *u2net_last_error() == '\0')
      throw Finding("a failure without a message");
  }

  int any_int() {
    return c_.one_of({0,
                      1,
                      2,
                      3,
                      5,
                      6,
                      20,
                      21,
                      4,
                      7,
                      8,
                      16,
                      17,
                      -1,
                      31,
                      32,
                      100,
                      1000,
                      std::numeric_limits<int>::max(),
                      std::numeric_limits<int>::min()});
  }
  std::size_t any_size() {
    constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
    return c_.one_of({std::size_t{0}, std::size_t{1}, std::size_t{3}, std::size_t{24},
                      std::size_t{768}, kRoom, kMost, kMost - 1, kMost / 2, kMost / 2 + 1,
                      kMost / 4, std::size_t{1} << 32, std::size_t{1} << 31});
  }
  const char* any_name() {
    return c_.one_of<const char*>({nullptr, "image", "out", "", "w", "in\xff\xfe"});
  }
  template <class T>
  T* maybe(T* pointer) {
    return c_.chance(1) ? nullptr : pointer;
  }
  u2net_session* session() { return maybe(sessions_[c_.below(sessions_.size())]); }
  u2net_model* model() { return maybe(models_[c_.below(models_.size())]); }

  const u2net_options* options() {
    if (c_.coin()) return nullptr;
    // No larger than the memory that is there; the room behind must count as unknown members.
    const std::size_t size =
        c_.one_of({sizeof(u2net_options), sizeof(std::size_t), sizeof(std::size_t) + 4,
                   sizeof(u2net_options) + 16, std::size_t{0}, std::size_t{1}});
    options_ = {};
    options_.known =
        c_options(size, c_.coin() ? 0 : any_int(), c_.coin() ? 1 : c_.one_of({0, 2, 3, -1, -1000}),
                  c_.coin() ? 0 : any_size(), any_int(),
                  c_.one_of<const char*>({nullptr, "", "fuse_relu", "nothing", ",,fold_concat,"}),
                  c_.coin() ? 0 : any_int());
    options_.more[c_.below(16)] = static_cast<char>(c_.chance(2));
    return &options_.known;
  }

  void load() {
    const std::size_t which = c_.below(2), slot = c_.below(models_.size());
    const Programs& p = programs();
    const std::string& program = p.program[which];
    const std::string& parameters = p.parameters[c_.chance(14) ? which : 1 - which];
    u2net_model* loaded = nullptr;
    if (c_.chance(2)) {
      call(u2net_model_load, std::tuple{any_name(), any_name(), options(), maybe(&loaded)});
    } else {
      const std::size_t shorter = c_.chance(13) ? 0 : c_.below(40);
      call(u2net_model_load_memory,
           std::tuple{maybe(program.data()), program.size() - shorter, maybe(parameters.data()),
                      parameters.size(), options(), maybe(&loaded)});
    }
    if (loaded == nullptr) return;
    u2net_model_release(models_[slot]);
    models_[slot] = loaded;
  }

  void create_session() {
    u2net_session* made = nullptr;
    if (c_.chance(3)) {
      call(u2net_session_clone, std::tuple{session(), maybe(&made)});
    } else {
      call(u2net_session_create, std::tuple{model(), options(), maybe(&made)});
    }
    if (made == nullptr) return;
    u2net_session*& slot = sessions_[c_.below(sessions_.size())];
    u2net_session_release(slot);
    slot = made;
  }

  void set_input() {
    std::array<std::int64_t, U2NET_MAX_RANK> dims{1, 3, 8, 8};
    std::size_t rank = 4, bytes = 768;
    int dtype = U2NET_FLOAT32;
    if (c_.chance(4)) dtype = any_int();
    if (c_.chance(4)) dims[c_.below(dims.size())] = static_cast<std::int64_t>(any_size());
    if (c_.chance(4)) dims[0] = c_.between(1, 4), bytes = 768 * static_cast<std::size_t>(dims[0]);
    if (c_.chance(2)) rank = c_.one_of({any_size(), std::size_t{0}, std::size_t{5}, dims.size()});
    if (c_.chance(2)) bytes = any_size();
    if (bytes > kRoom && says_the_truth(dims, rank, dtype, bytes)) return;  // there is not so much
    call(c_set_input, std::tuple{session(), c_.coin() ? 1 : 0, any_name(), dtype,
                                 maybe(dims.data()), rank, maybe(data_.data()), bytes});
  }

  static bool says_the_truth(std::span<const std::int64_t> dims, std::size_t rank, int dtype,
                             std::size_t bytes) {
    __extension__ using Wide = unsigned __int128;
    Wide product = dtype == U2NET_INT64 || dtype == U2NET_FLOAT64   ? 8
                   : dtype == U2NET_INT32 || dtype == U2NET_FLOAT32 ? 4
                   : dtype == U2NET_INT16                           ? 2
                                                                    : 1;
    for (std::size_t i = 0; i < std::min(rank, dims.size()); ++i) {
      product *= static_cast<std::uint64_t>(dims[i]);
      if (product > Wide{1} << 64) return false;
    }
    return product == bytes;
  }

  void run_it() { call(u2net_session_run, std::tuple{session()}); }

  void get_output() {
    std::size_t needed = 0;
    const void* borrowed = nullptr;
    std::vector<std::uint8_t> buffer(c_.one_of<std::size_t>({kRoom, 1024, 256, 1, 0}));
    u2net_session* const s = session();
    const char* const name = any_name();
    const int status =
        u2net_session_get_output(s, name, maybe(buffer.data()), buffer.size(), maybe(&needed));
    expect_status(status);
    call(u2net_session_get_output_borrow, std::tuple{s, name, maybe(&borrowed), maybe(&needed)});
    const auto* bytes = static_cast<const volatile std::uint8_t*>(borrowed);
    for (std::size_t i = 0; bytes != nullptr && i < needed; ++i) sum_ += bytes[i];
  }

  void ask_model() {
    std::size_t count = 0;
    const char* name = nullptr;
    u2net_model* const m = model();
    call(u2net_model_input_count, std::tuple{m, maybe(&count)});
    call(u2net_model_output_count, std::tuple{m, maybe(&count)});
    const std::size_t index = c_.coin() ? 0 : any_size();
    call(u2net_model_input_name_borrow, std::tuple{m, index, maybe(&name)});
    if (name != nullptr) sum_ += std::string(name).size();
    call(u2net_model_output_name_borrow, std::tuple{m, index, maybe(&name)});
    c_has_mode(any_int());
    sum_ += std::string(c_status_name(any_int())).size();
    sum_ += std::string(u2net_last_hint()).size();
  }

  void ask_types() {
    u2net_dtype dtype{};
    std::array<std::int64_t, U2NET_MAX_RANK> dims{};
    std::size_t rank = 0;
    const std::size_t index = c_.coin() ? 0 : any_size();
    expect_status(
        u2net_model_input_type(model(), index, maybe(&dtype), maybe(dims.data()), maybe(&rank)));
    call(u2net_session_output_type,
         std::tuple{session(), any_name(), maybe(&dtype), maybe(dims.data()), maybe(&rank)});
  }

  // Rows that lie in the buffer, or sizes that nobody can have.
  u2net_image picture() {
    int width = static_cast<int>(c_.between(1, 40)), height = static_cast<int>(c_.between(1, 40));
    std::size_t stride = 0;
    int format = static_cast<int>(c_.below(5));
    if (c_.chance(4)) {
      stride = static_cast<std::size_t>(width) * 4 + c_.below(9);
    } else if (c_.chance(3)) {
      constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
      stride = kMost - c_.below(200);
      height = static_cast<int>(c_.one_of({2, 3, 40}));
    }
    if (c_.chance(2)) format = any_int();
    if (c_.chance(1)) width = c_.one_of({0, -1, std::numeric_limits<int>::min()});
    if (c_.chance(1)) height = c_.one_of({0, -1, std::numeric_limits<int>::min()});
    return c_image(maybe(data_.data()), width, height, format, stride);
  }
  // All of it, or less.
  std::size_t room() { return c_.chance(13) ? kRoom : c_.below(2000); }

  void segment() {
    if (segmenter_ == nullptr || c_.chance(2)) {
      u2net_segmenter* made = nullptr;
      call(u2net_segmenter_create, std::tuple{model(), options(), maybe(&made)});
      if (made != nullptr) {
        u2net_segmenter_release(segmenter_);
        segmenter_ = made;
      }
    }
    std::vector<std::uint8_t> mask(room());
    u2net_mask_info info{};
    const u2net_image image = picture();
    call(u2net_segmenter_segment, std::tuple{maybe(segmenter_), maybe(&image), maybe(mask.data()),
                                             mask.size(), maybe(&info)});
  }

  void cut_out() {
    const std::vector<std::uint8_t> mask(room(), 7);
    std::vector<std::uint8_t> rgba(room());
    const u2net_image image = picture();
    call(u2net_cutout, std::tuple{maybe(&image), maybe(mask.data()), mask.size(),
                                  maybe(rgba.data()), rgba.size()});
  }

  // Sessions live on without their model.
  void release() {
    if (c_.coin()) {
      u2net_model*& slot = models_[c_.below(models_.size())];
      u2net_model_release(slot);
      slot = nullptr;
    } else {
      u2net_session*& slot = sessions_[c_.below(sessions_.size())];
      u2net_session_release(slot);
      slot = nullptr;
    }
  }

  struct LongOptions {
    u2net_options known;
    char more[16];
  };

  Choices c_;
  std::array<std::uint8_t, kRoom> data_;
  std::array<u2net_model*, 2> models_{};
  std::array<u2net_session*, 2> sessions_{};
  u2net_segmenter* segmenter_ = nullptr;
  LongOptions options_{};
  std::size_t sum_ = 0;  // of what was read, so that it is read
};

}  // namespace

void fuzz_c_interface(std::span<const std::uint8_t> bytes) { Calls(bytes).run(); }

}  // namespace u2net::fuzz
