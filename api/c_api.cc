// SPDX-License-Identifier: Apache-2.0
// u2net.h over u2net.hpp and segment.hpp.
#include <algorithm>
#include <cstddef>
#include <cstring>

#include "api/internals.h"
#include "api/status.h"
#include "engine/base/text.h"
#include "u2net/segment.hpp"
#include "u2net/u2net.h"
#include "u2net/u2net.hpp"

using namespace u2net::v1;
using u2net::engine::str_cat;

struct u2net_model {
  explicit u2net_model(const Config& config)
      : model(config), inputs(model.inputs()), outputs(model.output_names()) {}
  Model model;
  std::vector<TensorInfo> inputs;
  std::vector<std::string> outputs;
};

struct u2net_session {
  Session session;
  std::string first_input, first_output;
};

struct u2net_segmenter {
  Segmenter segmenter;
};

namespace {

template <class T>
T& required(T* pointer, const char* what) {
  if (pointer == nullptr) throw Error(ErrorCode::kUsage, str_cat(what, " is NULL"));
  return *pointer;
}

// Whether a struct of that size has whole members, and no more than any version will have.
bool is_struct_size(std::size_t size) {
  constexpr std::size_t kEnds[] = {offsetof(u2net_options, mode),
                                   offsetof(u2net_options, threads),
                                   offsetof(u2net_options, max_memory),
                                   offsetof(u2net_options, exact),
                                   offsetof(u2net_options, disabled_passes),
                                   offsetof(u2net_options, precision),
                                   offsetof(u2net_options, reserved)};
  constexpr std::size_t kMost = 4096;
  return std::find(std::begin(kEnds), std::end(kEnds), size) != std::end(kEnds) ||
         (size >= sizeof(u2net_options) && size <= kMost);
}

// The options as far as the caller knows them; defaults beyond, and where there are none.
u2net_options complete(const u2net_options* given) {
  u2net_options options = U2NET_OPTIONS_INIT;
  if (given == nullptr) return options;
  const std::size_t known = sizeof options;
  if (!is_struct_size(given->struct_size)) {
    throw Error(ErrorCode::kUsage, str_cat("options.struct_size is ", given->struct_size),
                "start from U2NET_OPTIONS_INIT");
  }
  // A newer caller may have members that are unknown here: they must say "default".
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = known; i < given->struct_size; ++i) {
    if (bytes[i] != 0)
      throw Error(ErrorCode::kUsage, "options has a member that this version does not know");
  }
  std::memcpy(&options, given, std::min(given->struct_size, known));
  if (options.reserved != 0)
    throw Error(ErrorCode::kUsage, str_cat("options.reserved is ", options.reserved));
  return options;
}

SessionOptions for_session(const u2net_options* given) {
  if (given == nullptr) return {};
  const u2net_options options = complete(given);
  mode_name(static_cast<Mode>(options.mode));  // throws where it is none
  precision_name(static_cast<Precision>(options.precision));
  if (options.threads < 0) {
    throw Error(ErrorCode::kUsage,
                str_cat("threads: got ", options.threads, ", expected 0 or more"));
  }
  return {options.threads, options.max_memory};
}

Config configured(Config config, const u2net_options* given) {
  const u2net_options options = complete(given);
  config.set_mode(static_cast<Mode>(options.mode)).set_threads(options.threads);
  config.set_exact(options.exact != 0);
  config.set_precision(static_cast<Precision>(options.precision));
  if (options.max_memory != 0) config.set_max_memory(options.max_memory);
  const std::string_view passes = options.disabled_passes ? options.disabled_passes : "";
  for (std::size_t begin = 0; begin < passes.size();) {
    const std::size_t end = std::min(passes.find(',', begin), passes.size());
    if (end > begin) config.disable_pass(std::string(passes.substr(begin, end - begin)));
    begin = end + 1;
  }
  return config;
}

// `result` is NULL unless all went well.
template <class Make>
u2net_status make_model(u2net_model** result, Make&& make) {
  return guarded([&] {
    required(result, "result") = nullptr;
    *result = new u2net_model(make());
    return U2NET_OK;
  });
}

template <class List>
const typename List::value_type& at(const List& list, std::size_t index, const char* what) {
  if (index >= list.size()) {
    throw Error(ErrorCode::kUsage,
                str_cat("no ", what, " ", index, "; this model has ", list.size()));
  }
  return list[index];
}

void give_type(DType type, const Shape& shape, u2net_dtype* dtype, int64_t* dims,
               std::size_t* rank) {
  required(dtype, "dtype") = static_cast<u2net_dtype>(type);
  required(rank, "rank") = shape.size();
  std::copy(shape.begin(), shape.end(), &required(dims, "dims"));
}

TensorView view_of(u2net_dtype dtype, const int64_t* dims, std::size_t rank, const void* data,
                   std::size_t bytes) {
  if (rank > U2NET_MAX_RANK) {
    throw Error(ErrorCode::kInputShape,
                str_cat("a tensor of rank ", rank, ", at most ", U2NET_MAX_RANK));
  }
  if (rank > 0) required(dims, "dims");
  TensorView view(static_cast<DType>(dtype), Shape(dims, dims + rank), data);
  if (view.bytes() != bytes) {
    throw Error(ErrorCode::kInputShape,
                str_cat("a tensor of shape ", view.shape(), " ", dtype_name(view.dtype()), " has ",
                        view.bytes(), " bytes, got ", bytes));
  }
  return view;
}

const TensorView& output_of(const u2net_session* session, const char* name) {
  const u2net_session& s = required(session, "session");
  return s.session.borrow_output(name ? std::string_view(name) : s.first_output);
}

u2net_session* new_session(Session session) {
  const Model model = session.model();
  const std::vector<TensorInfo> inputs = model.inputs();
  const std::vector<std::string> outputs = model.output_names();
  return new u2net_session{std::move(session), inputs.empty() ? "" : inputs.front().name,
                           outputs.empty() ? "" : outputs.front()};
}

// One that can be looked at, as far as its numbers tell.
ImageView image_of(const u2net_image* picture) {
  const u2net_image& p = required(picture, "picture");
  const ImageView view{p.pixels, p.width, p.height, static_cast<PixelFormat>(p.format), p.stride};
  check_picture(view);
  return view;
}

std::size_t pixels_of(const ImageView& picture) {
  return static_cast<std::size_t>(picture.width) * static_cast<std::size_t>(picture.height);
}

u2net_status too_small(const char* what, std::size_t bytes, std::size_t needed) {
  return fail(U2NET_BUFFER_TOO_SMALL, str_cat(what, " has ", bytes, " bytes, needs ", needed));
}

}  // namespace

const char* u2net_version(void) {
  static const std::string text = version();
  return text.c_str();
}

int u2net_has_bundled_model(void) { return has_bundled_model() ? 1 : 0; }

int u2net_has_mode(u2net_mode mode) {
  if (mode == U2NET_MODE_DEFAULT) mode = U2NET_MODE_NATIVE;
  int found = 0;
  guarded([&] {
    for (Mode available : available_modes())
      found |= static_cast<int>(available) == static_cast<int>(mode);
    return U2NET_OK;
  });
  return found;
}

u2net_status u2net_model_load(const char* model, const char* parameters,
                              const u2net_options* options, u2net_model** result) {
  return make_model(result, [&] {
    return configured(Config(&required(model, "model"), parameters ? parameters : ""), options);
  });
}

u2net_status u2net_model_load_memory(const void* program, size_t program_bytes,
                                     const void* parameters, size_t parameter_bytes,
                                     const u2net_options* options, u2net_model** result) {
  return make_model(result, [&] {
    return configured(Config::borrow_memory(program, program_bytes, parameters, parameter_bytes),
                      options);
  });
}

u2net_status u2net_model_load_bundled(const u2net_options* options, u2net_model** result) {
  return make_model(result, [&] { return configured(Config(), options); });
}

void u2net_model_release(u2net_model* model) { delete model; }

u2net_status u2net_model_input_count(const u2net_model* model, size_t* count) {
  return guarded([&] {
    required(count, "count") = required(model, "model").inputs.size();
    return U2NET_OK;
  });
}

u2net_status u2net_model_output_count(const u2net_model* model, size_t* count) {
  return guarded([&] {
    required(count, "count") = required(model, "model").outputs.size();
    return U2NET_OK;
  });
}

u2net_status u2net_model_input_name_borrow(const u2net_model* model, size_t index,
                                           const char** name) {
  return guarded([&] {
    required(name, "name") = at(required(model, "model").inputs, index, "input").name.c_str();
    return U2NET_OK;
  });
}

u2net_status u2net_model_output_name_borrow(const u2net_model* model, size_t index,
                                            const char** name) {
  return guarded([&] {
    required(name, "name") = at(required(model, "model").outputs, index, "output").c_str();
    return U2NET_OK;
  });
}

u2net_status u2net_model_input_type(const u2net_model* model, size_t index, u2net_dtype* dtype,
                                    int64_t dims[U2NET_MAX_RANK], size_t* rank) {
  return guarded([&] {
    const TensorInfo& info = at(required(model, "model").inputs, index, "input");
    give_type(info.dtype, info.shape, dtype, dims, rank);
    return U2NET_OK;
  });
}

u2net_status u2net_session_create(const u2net_model* model, const u2net_options* options,
                                  u2net_session** result) {
  return guarded([&] {
    required(result, "result") = nullptr;
    *result = new_session(Session(required(model, "model").model, for_session(options)));
    return U2NET_OK;
  });
}

u2net_status u2net_session_clone(const u2net_session* session, u2net_session** result) {
  return guarded([&] {
    required(result, "result") = nullptr;
    *result = new_session(required(session, "session").session.clone());
    return U2NET_OK;
  });
}

void u2net_session_release(u2net_session* session) { delete session; }

u2net_status u2net_session_set_input(u2net_session* session, const char* name, u2net_dtype dtype,
                                     const int64_t* dims, size_t rank, const void* data,
                                     size_t bytes) {
  return guarded([&] {
    u2net_session& s = required(session, "session");
    s.session.set_input(name ? std::string_view(name) : s.first_input,
                        view_of(dtype, dims, rank, data, bytes));
    return U2NET_OK;
  });
}

u2net_status u2net_session_set_input_borrow(u2net_session* session, const char* name,
                                            u2net_dtype dtype, const int64_t* dims, size_t rank,
                                            const void* data, size_t bytes) {
  return guarded([&] {
    u2net_session& s = required(session, "session");
    s.session.borrow_input(name ? std::string_view(name) : s.first_input,
                           view_of(dtype, dims, rank, data, bytes));
    return U2NET_OK;
  });
}

u2net_status u2net_session_run(u2net_session* session) {
  return guarded([&] {
    required(session, "session").session.run();
    return U2NET_OK;
  });
}

u2net_status u2net_session_output_type(const u2net_session* session, const char* name,
                                       u2net_dtype* dtype, int64_t dims[U2NET_MAX_RANK],
                                       size_t* rank) {
  return guarded([&] {
    const TensorView& output = output_of(session, name);
    give_type(output.dtype(), output.shape(), dtype, dims, rank);
    return U2NET_OK;
  });
}

u2net_status u2net_session_get_output(const u2net_session* session, const char* name, void* buffer,
                                      size_t buffer_bytes, size_t* needed) {
  return guarded([&] {
    const TensorView& output = output_of(session, name);
    const std::size_t bytes = output.bytes();
    if (needed) *needed = bytes;
    if (buffer_bytes < bytes) return too_small("the buffer", buffer_bytes, bytes);
    if (bytes == 0) return U2NET_OK;
    std::memcpy(&required(static_cast<char*>(buffer), "buffer"), output.data(), bytes);
    return U2NET_OK;
  });
}

u2net_status u2net_session_get_output_borrow(const u2net_session* session, const char* name,
                                             const void** data, size_t* bytes) {
  return guarded([&] {
    const TensorView& output = output_of(session, name);
    required(bytes, "bytes") = output.bytes();
    required(data, "data") = output.data();
    return U2NET_OK;
  });
}

u2net_status u2net_segmenter_create(const u2net_model* model, const u2net_options* options,
                                    u2net_segmenter** result) {
  return guarded([&] {
    required(result, "result") = nullptr;
    *result = new u2net_segmenter{Segmenter(required(model, "model").model, for_session(options))};
    return U2NET_OK;
  });
}

void u2net_segmenter_release(u2net_segmenter* segmenter) { delete segmenter; }

u2net_status u2net_segmenter_segment(u2net_segmenter* segmenter, const u2net_image* picture,
                                     uint8_t* mask, size_t mask_bytes, u2net_mask_info* info) {
  return guarded([&] {
    Segmenter& s = required(segmenter, "segmenter").segmenter;
    const ImageView view = image_of(picture);
    if (mask_bytes < pixels_of(view)) return too_small("the mask", mask_bytes, pixels_of(view));
    const MaskInfo made = s.segment_into(view, &required(mask, "mask"));
    if (info) *info = {made.raw_min, made.raw_max, made.flat ? 1 : 0};
    return U2NET_OK;
  });
}

u2net_status u2net_cutout(const u2net_image* picture, const uint8_t* mask, size_t mask_bytes,
                          uint8_t* rgba, size_t rgba_bytes) {
  return guarded([&] {
    const ImageView view = image_of(picture);
    const std::size_t pixels = pixels_of(view);
    if (mask_bytes < pixels) return too_small("the mask", mask_bytes, pixels);
    if (rgba_bytes / 4 < pixels) return too_small("the picture", rgba_bytes, pixels * 4);
    const std::uint8_t* first = &required(mask, "mask");
    const std::vector<std::uint8_t> made =
        cutout(view, Mask{view.width, view.height, {first, first + pixels}, {}});
    std::memcpy(&required(rgba, "rgba"), made.data(), made.size());
    return U2NET_OK;
  });
}
