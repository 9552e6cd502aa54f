// SPDX-License-Identifier: Apache-2.0
// Arguments that make no sense, through the C interface and the C++ one: each a status or an error
// that says which, and nothing is read that is not there.
#include <climits>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "tests/api/small_model.h"
#include "u2net/u2net.h"

namespace u2net::engine::test {
namespace {

constexpr auto kHuge = std::numeric_limits<std::size_t>::max();
constexpr auto kReach = static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max());

// The status, and that the message has this in it.
testing::AssertionResult gives(u2net_status expected, std::string_view part, u2net_status got) {
  if (got != expected) {
    return testing::AssertionFailure() << "expected " << u2net_status_name(expected) << ", got "
                                       << u2net_status_name(got) << ": " << u2net_last_error();
  }
  if (std::string_view(u2net_last_error()).find(part) == std::string_view::npos)
    return testing::AssertionFailure() << "'" << part << "' is not in: " << u2net_last_error();
  return testing::AssertionSuccess();
}

struct CInterface : testing::Test {
  u2net_model* model = nullptr;
  u2net_session* session = nullptr;
  std::vector<float> values = std::vector<float>(3 * 8 * 8, 0.5F);
  std::int64_t dims[4] = {1, 3, 8, 8};

  static u2net_status load(const u2net_options* options, u2net_model** result) {
    const ModelFileBytes& bytes = small_model_bytes();
    return u2net_model_load_memory(bytes.program.data(), bytes.program.size(),
                                   bytes.parameters.data(), bytes.parameters.size(), options,
                                   result);
  }
  void SetUp() override {
    ASSERT_EQ(load(nullptr, &model), U2NET_OK);
    ASSERT_EQ(u2net_session_create(model, nullptr, &session), U2NET_OK);
  }
  void TearDown() override {
    u2net_session_release(session);
    u2net_model_release(model);
  }
  u2net_status set(const std::int64_t* sizes, std::size_t rank, const void* data, std::size_t bytes,
                   int dtype = U2NET_FLOAT32) {
    const auto type = static_cast<u2net_dtype>(dtype);
    const u2net_status copied =
        u2net_session_set_input(session, nullptr, type, sizes, rank, data, bytes);
    EXPECT_EQ(u2net_session_set_input_borrow(session, nullptr, type, sizes, rank, data, bytes),
              copied);
    return copied;
  }
};

TEST_F(CInterface, RefusesModesThatThereAreNot) {
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model* none = nullptr;
  u2net_session* nobody = nullptr;
  for (int mode : {-1, 6, 7, 8, 77, INT_MIN, INT_MAX}) {
    options.mode = static_cast<u2net_mode>(mode);
    EXPECT_TRUE(gives(U2NET_USAGE, "mode " + std::to_string(mode), load(&options, &none)));
    EXPECT_TRUE(gives(U2NET_USAGE, "mode " + std::to_string(mode),
                      u2net_session_create(model, &options, &nobody)));
    EXPECT_EQ(u2net_has_mode(options.mode), 0) << mode;
  }
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(nobody, nullptr);
}

TEST_F(CInterface, RefusesTypesThatThereAreNot) {
  for (int dtype : {-1, 4, 7, 19, 22, 31, 32, INT_MIN, INT_MAX}) {
    EXPECT_TRUE(gives(U2NET_USAGE, "element type " + std::to_string(dtype),
                      set(dims, 4, values.data(), values.size() * sizeof(float), dtype)));
  }
  for (int status : {-1, 14, 99, INT_MIN, INT_MAX})
    EXPECT_STREQ(u2net_status_name(static_cast<u2net_status>(status)), "unknown status");
}

TEST_F(CInterface, RefusesThreadsThatThereAreNot) {
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model* none = nullptr;
  u2net_session* nobody = nullptr;
  for (int threads : {-1, -2, 257, INT_MIN, INT_MAX}) {
    options.threads = threads;
    EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(threads), load(&options, &none)));
    EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(threads),
                      u2net_session_create(model, &options, &nobody)));
  }
}

TEST_F(CInterface, RefusesPrecisionsThatThereAreNot) {
  u2net_model* none = nullptr;
  u2net_session* nobody = nullptr;
  for (int precision : {-1, 4, INT_MIN, INT_MAX}) {
    u2net_options options = U2NET_OPTIONS_INIT;
    options.precision = static_cast<u2net_precision>(precision);
    EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(precision), load(&options, &none)));
    EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(precision),
                      u2net_session_create(model, &options, &nobody)));
  }
  u2net_options options = U2NET_OPTIONS_INIT;
  options.reserved = 1;
  EXPECT_TRUE(gives(U2NET_USAGE, "reserved", load(&options, &none)));
}

TEST_F(CInterface, RefusesOptionsOfSizesThatThereAreNot) {
  u2net_model* none = nullptr;
  for (std::size_t size :
       {std::size_t{0}, std::size_t{1}, std::size_t{7}, std::size_t{9}, std::size_t{13},
        sizeof(u2net_options) - 1, std::size_t{4097}, kReach, kHuge - 7, kHuge}) {
    u2net_options options = U2NET_OPTIONS_INIT;
    options.struct_size = size;
    EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(size), load(&options, &none)));
  }
  // As an older caller may have them: whole members, and nothing behind them is looked at.
  u2net_options older = U2NET_OPTIONS_INIT;
  older.struct_size = offsetof(u2net_options, threads);
  older.threads = -1;
  older.disabled_passes = "no_such_pass";
  ASSERT_EQ(load(&older, &none), U2NET_OK) << u2net_last_error();
  u2net_model_release(none);
}

TEST_F(CInterface, RefusesShapesThatThereAreNot) {
  const std::size_t bytes = values.size() * sizeof(float);
  EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "rank", set(dims, kHuge, values.data(), bytes)));
  EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "rank", set(dims, 9, values.data(), bytes)));
  EXPECT_TRUE(gives(U2NET_USAGE, "dims", set(nullptr, 4, values.data(), bytes)));
  EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "[]", set(nullptr, 0, values.data(), sizeof(float))));
  EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "no data", set(dims, 4, nullptr, bytes)));
  const std::int64_t hostile[][4] = {{INT64_MAX, 3, 8, 8},
                                     {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX},
                                     {std::int64_t{1} << 60, 3, 8, 8},
                                     {-1, 3, 8, 8},
                                     {INT64_MIN, 3, 8, 8},
                                     {0, 3, 8, 8},
                                     {0, INT64_MAX, INT64_MAX, 8}};
  for (const auto& shape : hostile) {
    for (std::size_t size : {std::size_t{0}, bytes, kHuge})
      EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "", set(shape, 4, values.data(), size)));
  }
  for (std::size_t size : {std::size_t{0}, bytes - 1, bytes + 1, kHuge})
    EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "bytes", set(dims, 4, values.data(), size)));
}

TEST_F(CInterface, RefusesNoPointers) {
  std::size_t count = 0, rank = 0;
  const char* name = nullptr;
  const void* data = nullptr;
  u2net_dtype dtype = U2NET_BOOL;
  std::int64_t sizes[U2NET_MAX_RANK];
  EXPECT_TRUE(gives(U2NET_USAGE, "model", u2net_model_input_count(nullptr, &count)));
  EXPECT_TRUE(gives(U2NET_USAGE, "count", u2net_model_input_count(model, nullptr)));
  EXPECT_TRUE(gives(U2NET_USAGE, "count", u2net_model_output_count(model, nullptr)));
  EXPECT_TRUE(gives(U2NET_USAGE, "name", u2net_model_input_name_borrow(model, 0, nullptr)));
  EXPECT_TRUE(gives(U2NET_USAGE, "no input", u2net_model_input_name_borrow(model, kHuge, &name)));
  EXPECT_TRUE(gives(U2NET_USAGE, "no output", u2net_model_output_name_borrow(model, 1, &name)));
  EXPECT_TRUE(gives(U2NET_USAGE, "dtype", u2net_model_input_type(model, 0, nullptr, sizes, &rank)));
  EXPECT_TRUE(gives(U2NET_USAGE, "dims", u2net_model_input_type(model, 0, &dtype, nullptr, &rank)));
  EXPECT_TRUE(gives(U2NET_USAGE, "rank", u2net_model_input_type(model, 0, &dtype, sizes, nullptr)));
  EXPECT_TRUE(gives(U2NET_USAGE, "result", u2net_session_create(model, nullptr, nullptr)));
  u2net_session* other = nullptr;
  EXPECT_TRUE(gives(U2NET_USAGE, "session", u2net_session_clone(nullptr, &other)));
  EXPECT_TRUE(gives(U2NET_INPUT_SHAPE, "was not set", u2net_session_run(session)));
  ASSERT_EQ(set(dims, 4, values.data(), values.size() * sizeof(float)), U2NET_OK);
  ASSERT_EQ(u2net_session_run(session), U2NET_OK);
  EXPECT_TRUE(gives(U2NET_USAGE, "buffer",
                    u2net_session_get_output(session, nullptr, nullptr, kHuge, &count)));
  EXPECT_TRUE(gives(U2NET_USAGE, "bytes",
                    u2net_session_get_output_borrow(session, nullptr, &data, nullptr)));
  EXPECT_TRUE(gives(U2NET_USAGE, "data",
                    u2net_session_get_output_borrow(session, nullptr, nullptr, &count)));
  u2net_model* none = nullptr;
  EXPECT_TRUE(gives(U2NET_USAGE, "no address",
                    u2net_model_load_memory(nullptr, 1, nullptr, 0, nullptr, &none)));
  EXPECT_TRUE(gives(U2NET_USAGE, std::to_string(kHuge),
                    u2net_model_load_memory("", kHuge, nullptr, 0, nullptr, &none)));
  EXPECT_TRUE(gives(U2NET_MODEL_LIMIT, std::to_string(kReach),
                    u2net_model_load_memory("", kReach, nullptr, 0, nullptr, &none)));
}

struct CPictures : testing::Test {
  enum { kWidth = 3, kHeight = 2 };
  std::uint8_t pixels[kWidth * kHeight * 4] = {}, mask[kWidth * kHeight] = {},
                                         rgba[kWidth * kHeight * 4] = {};
  u2net_image picture = {pixels, kWidth, kHeight, U2NET_RGB8, 0};

  testing::AssertionResult cutout_gives(u2net_status status, std::string_view part,
                                        std::size_t mask_bytes = kHuge,
                                        std::size_t rgba_bytes = kHuge) {
    return gives(status, part, u2net_cutout(&picture, mask, mask_bytes, rgba, rgba_bytes));
  }
};

TEST_F(CPictures, RefusesFormatsThatThereAreNot) {
  for (int format : {-1, 5, 7, 8, 99, INT_MIN, INT_MAX}) {
    picture.format = static_cast<u2net_pixel_format>(format);
    EXPECT_TRUE(cutout_gives(U2NET_USAGE, "format " + std::to_string(format)));
  }
}

TEST_F(CPictures, RefusesSizesThatThereAreNot) {
  for (const auto& [width, height, status] : {std::tuple{0, 2, U2NET_INPUT_SHAPE},
                                              {3, 0, U2NET_INPUT_SHAPE},
                                              {-1, 2, U2NET_INPUT_SHAPE},
                                              {3, INT_MIN, U2NET_INPUT_SHAPE},
                                              {INT_MAX, INT_MAX, U2NET_INPUT_LIMIT},
                                              {16385, 1, U2NET_INPUT_LIMIT},
                                              {16384, 16384, U2NET_INPUT_LIMIT}}) {
    picture.width = width;
    picture.height = height;
    EXPECT_TRUE(cutout_gives(status, std::to_string(width) + "x" + std::to_string(height)));
    EXPECT_TRUE(cutout_gives(status, std::to_string(width) + "x" + std::to_string(height), 0, 0));
  }
}

TEST_F(CPictures, RefusesStridesThatReachTooFar) {
  for (std::size_t stride : {std::size_t{1}, std::size_t{8}, kReach, kReach - 8, kReach + 1,
                             kHuge / 2 + 9, kHuge - 8, kHuge}) {
    picture.stride = stride;
    EXPECT_TRUE(cutout_gives(U2NET_INPUT_SHAPE, std::to_string(stride)));
  }
  picture.height = 1;  // no second row that it could lead to
  for (std::size_t stride : {std::size_t{9}, kReach, kHuge}) {
    picture.stride = stride;
    EXPECT_EQ(u2net_cutout(&picture, mask, kWidth, rgba, 4 * kWidth), U2NET_OK)
        << u2net_last_error();
  }
}

TEST_F(CPictures, RefusesNoPointersAndSmallBuffers) {
  EXPECT_TRUE(cutout_gives(U2NET_BUFFER_TOO_SMALL, "needs 6", 5));
  EXPECT_TRUE(cutout_gives(U2NET_BUFFER_TOO_SMALL, "needs 24", 6, 23));
  EXPECT_TRUE(gives(U2NET_USAGE, "picture", u2net_cutout(nullptr, mask, kHuge, rgba, kHuge)));
  EXPECT_TRUE(gives(U2NET_USAGE, "mask", u2net_cutout(&picture, nullptr, kHuge, rgba, kHuge)));
  EXPECT_TRUE(gives(U2NET_USAGE, "rgba", u2net_cutout(&picture, mask, kHuge, nullptr, kHuge)));
  EXPECT_TRUE(gives(U2NET_USAGE, "segmenter",
                    u2net_segmenter_segment(nullptr, &picture, mask, kHuge, nullptr)));
  picture.pixels = nullptr;
  EXPECT_TRUE(cutout_gives(U2NET_INPUT_SHAPE, "without pixels"));
}

TEST(Segmenter, RefusesStridesThatReachTooFar) {
  api::Segmenter segmenter{api::Model(bundled_files())};
  const std::vector<std::uint8_t> pixels(12 * 12 * 3);
  std::vector<std::uint8_t> mask(12 * 12);
  const api::ImageView picture{pixels.data(), 12, 12};
  for (std::size_t stride : {std::size_t{1}, std::size_t{11}, kReach, kReach / 11, kHuge}) {
    EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"mask stride", std::to_string(stride)},
                          [&] { segmenter.segment_into(picture, mask.data(), stride); }));
  }
  for (std::size_t stride : {std::size_t{35}, kReach, kReach / 11, kHuge}) {
    EXPECT_TRUE(
        api_fails(api::ErrorCode::kInputShape, {"stride of " + std::to_string(stride)}, [&] {
          segmenter.segment({pixels.data(), 12, 12, api::PixelFormat::kRgb8, stride});
        }));
  }
}

TEST(Interface, RefusesEnumerationsThatThereAreNot) {
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"mode 6"},
                        [] { api::Config().set_mode(static_cast<api::Mode>(6)); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"-1"},
                        [] { api::mode_name(static_cast<api::Mode>(-1)); }));
  EXPECT_TRUE(api_fails(api::ErrorCode::kUsage, {"element type 4"},
                        [] { api::Tensor(static_cast<api::DType>(4), {1}); }));
  api::Session session{api::Model(small_config())};
  const api::TensorView odd(static_cast<api::DType>(99), {1, 3, 8, 8}, &session);
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"image"}, [&] { session.set_input(0, odd); }));
  EXPECT_TRUE(
      api_fails(api::ErrorCode::kInputShape, {"image"}, [&] { session.borrow_input(0, odd); }));
}

}  // namespace
}  // namespace u2net::engine::test
