/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface from C, on the library as it is installed: every function, every status that a
 * call can be made to return. */
#define _POSIX_C_SOURCE 200809L
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "u2net/u2net.h"

#define U2NETP U2NET_SOURCE_DIR "/models/u2netp/u2netp"
#define SMALL U2NET_SOURCE_DIR "/tests/data/golden/add_of_conv_to_itself/model"

static int failures = 0;

#define EXPECT(condition)                                                            \
  do {                                                                               \
    if (!(condition)) {                                                              \
      fprintf(stderr, "%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, \
              u2net_last_error());                                                   \
      ++failures;                                                                    \
    }                                                                                \
  } while (0)
#define EXPECT_STATUS(expected, call)                                                         \
  do {                                                                                        \
    const u2net_status got = (call);                                                          \
    if (got != (expected)) {                                                                  \
      fprintf(stderr, "%s:%d: %s gives %s: %s\n", __FILE__, __LINE__, #call,                  \
              u2net_status_name(got), u2net_last_error());                                    \
      ++failures;                                                                             \
    } else if (got != U2NET_OK &&                                                             \
               (u2net_last_error()[0] == '\0' || strchr(u2net_last_error(), '\n') != NULL)) { \
      fprintf(stderr, "%s:%d: %s says nothing, or too much\n", __FILE__, __LINE__, #call);    \
      ++failures;                                                                             \
    }                                                                                         \
  } while (0)
#define OK(call) EXPECT_STATUS(U2NET_OK, call)

typedef struct bytes {
  unsigned char* data;
  size_t size;
} bytes;

static bytes file_bytes(const char* path) {
  bytes result = {NULL, 0};
  FILE* file = fopen(path, "rb");
  long size;
  if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0) abort();
  rewind(file);
  result.size = (size_t)size;
  result.data = malloc(result.size);
  if (result.data == NULL || fread(result.data, 1, result.size, file) != result.size) abort();
  fclose(file);
  return result;
}

static u2net_model* load(const char* path, u2net_mode mode, int threads) {
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model* model = NULL;
  options.mode = mode;
  options.threads = threads;
  OK(u2net_model_load(path, NULL, &options, &model));
  if (model == NULL) exit(1);
  return model;
}

static size_t elements(const int64_t* dims, size_t rank) {
  size_t count = 1;
  for (size_t i = 0; i < rank; ++i) count *= (size_t)dims[i];
  return count;
}

/* A model's only input, all free sizes 1, filled with something. */
typedef struct input {
  int64_t dims[U2NET_MAX_RANK];
  size_t rank, bytes;
  float* data;
} input;

static input input_of(const u2net_model* model) {
  input x;
  u2net_dtype dtype = U2NET_BOOL;
  OK(u2net_model_input_type(model, 0, &dtype, x.dims, &x.rank));
  EXPECT(dtype == U2NET_FLOAT32);
  for (size_t i = 0; i < x.rank; ++i) {
    if (x.dims[i] < 0) x.dims[i] = i == 0 ? 1 : 9;
  }
  x.bytes = elements(x.dims, x.rank) * sizeof(float);
  x.data = malloc(x.bytes);
  if (x.data == NULL) abort();
  for (size_t i = 0; i < x.bytes / sizeof(float); ++i) x.data[i] = (float)(i % 17) / 17.0F - 0.5F;
  return x;
}

static void test_sessions(void) {
  u2net_model* model = load(SMALL, U2NET_MODE_DEFAULT, 1);
  u2net_session *first = NULL, *second = NULL;
  const char* name = NULL;
  const void* borrowed = NULL;
  size_t count = 0, bytes = 0, needed = 0, rank = 0;
  int64_t dims[U2NET_MAX_RANK];
  u2net_dtype dtype = U2NET_BOOL;
  float* output;
  input x = input_of(model);

  OK(u2net_model_input_count(model, &count));
  EXPECT(count == 1);
  OK(u2net_model_output_count(model, &count));
  EXPECT(count == 1);
  OK(u2net_model_input_name_borrow(model, 0, &name));
  EXPECT(strlen(name) > 0);
  OK(u2net_session_create(model, NULL, &first));
  EXPECT_STATUS(U2NET_USAGE, u2net_session_get_output(first, NULL, NULL, 0, &needed));
  OK(u2net_session_set_input(first, name, U2NET_FLOAT32, x.dims, x.rank, x.data, x.bytes));
  OK(u2net_session_run(first));
  OK(u2net_session_output_type(first, NULL, &dtype, dims, &rank));
  EXPECT(dtype == U2NET_FLOAT32);
  EXPECT_STATUS(U2NET_BUFFER_TOO_SMALL, u2net_session_get_output(first, NULL, NULL, 0, &needed));
  EXPECT(needed == elements(dims, rank) * sizeof(float));
  output = malloc(needed);
  if (output == NULL) abort();
  OK(u2net_model_output_name_borrow(model, 0, &name));
  OK(u2net_session_get_output(first, name, output, needed, NULL));

  /* A clone lives on without the model and the session that it was made of. */
  OK(u2net_session_clone(first, &second));
  u2net_session_release(first);
  u2net_model_release(model);
  OK(u2net_session_set_input_borrow(second, NULL, U2NET_FLOAT32, x.dims, x.rank, x.data, x.bytes));
  OK(u2net_session_run(second));
  OK(u2net_session_get_output_borrow(second, NULL, &borrowed, &bytes));
  EXPECT(bytes == needed && memcmp(borrowed, output, needed) == 0);

  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_session_set_input(second, "no such input", U2NET_FLOAT32,
                                                           x.dims, x.rank, x.data, x.bytes));
  EXPECT(strstr(u2net_last_error(), "no such input") != NULL);
  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_session_set_input(second, NULL, U2NET_FLOAT32, x.dims,
                                                           x.rank, x.data, x.bytes - 1));
  EXPECT_STATUS(U2NET_INPUT_SHAPE,
                u2net_session_set_input(second, NULL, U2NET_FLOAT32, x.dims, 9, x.data, x.bytes));
  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_session_set_input(second, NULL, U2NET_INT32, x.dims,
                                                           x.rank, x.data, x.bytes));
  EXPECT_STATUS(U2NET_USAGE, u2net_session_set_input(second, NULL, (u2net_dtype)4, x.dims, x.rank,
                                                     x.data, x.bytes));
  u2net_session_release(second);
  free(output);
  free(x.data);
}

static void test_segmenter(void) {
  enum { kWidth = 37, kHeight = 23 };
  static uint8_t pixels[kWidth * kHeight * 3], mask[kWidth * kHeight], again[kWidth * kHeight];
  static uint8_t rgba[kWidth * kHeight * 4];
  u2net_model* model = load(U2NETP, U2NET_MODE_NATIVE, 2);
  u2net_segmenter* segmenter = NULL;
  u2net_mask_info info = {0, 0, -1};
  u2net_image picture = {pixels, kWidth, kHeight, U2NET_RGB8, 0};
  u2net_image wide = {pixels, 20000, 1, U2NET_RGB8, 0};

  for (int i = 0; i < kWidth * kHeight; ++i) { /* a bright disc: a subject */
    const int x = i % kWidth - kWidth / 2, y = i / kWidth - kHeight / 2;
    const uint8_t inside[] = {235, 190, 60}, outside[] = {40, 60, 90};
    memcpy(pixels + 3 * i, x * x + y * y < 64 ? inside : outside, 3);
  }
  OK(u2net_segmenter_create(model, NULL, &segmenter));
  u2net_model_release(model);
  OK(u2net_segmenter_segment(segmenter, &picture, mask, sizeof mask, &info));
  EXPECT(info.flat == 0 && info.raw_min < info.raw_max);
  OK(u2net_segmenter_segment(segmenter, &picture, again, sizeof again, NULL));
  EXPECT(memcmp(mask, again, sizeof mask) == 0);
  OK(u2net_cutout(&picture, mask, sizeof mask, rgba, sizeof rgba));
  for (size_t i = 0; i < sizeof mask; ++i) { /* what is hidden has no colour */
    static const uint8_t cleared[3] = {0, 0, 0};
    EXPECT(rgba[4 * i + 3] == mask[i]);
    EXPECT(memcmp(rgba + 4 * i, mask[i] == 0 ? cleared : pixels + 3 * i, 3) == 0);
  }

  EXPECT_STATUS(U2NET_BUFFER_TOO_SMALL,
                u2net_segmenter_segment(segmenter, &picture, mask, sizeof mask - 1, NULL));
  EXPECT_STATUS(U2NET_BUFFER_TOO_SMALL,
                u2net_cutout(&picture, mask, sizeof mask, rgba, sizeof rgba - 1));
  EXPECT_STATUS(U2NET_INPUT_LIMIT,
                u2net_segmenter_segment(segmenter, &wide, mask, (size_t)1 << 40, NULL));
  picture.width = 0;
  EXPECT_STATUS(U2NET_INPUT_SHAPE,
                u2net_segmenter_segment(segmenter, &picture, mask, sizeof mask, NULL));
  EXPECT_STATUS(U2NET_USAGE, u2net_segmenter_segment(segmenter, NULL, mask, sizeof mask, NULL));
  u2net_segmenter_release(segmenter);
}

static void test_models_in_memory(void) {
  bytes program = file_bytes(U2NETP ".pdmodel"), parameters = file_bytes(U2NETP ".pdiparams");
  u2net_model* model = NULL;
  unsigned char* relu;

  OK(u2net_model_load_memory(program.data, program.size, parameters.data, parameters.size, NULL,
                             &model));
  u2net_model_release(model);
  EXPECT_STATUS(U2NET_MODEL_PARAMS,
                u2net_model_load_memory(program.data, program.size, parameters.data,
                                        parameters.size - 1, NULL, &model));
  EXPECT(model == NULL);
  EXPECT_STATUS(U2NET_MODEL_FORMAT,
                u2net_model_load_memory(program.data, program.size - 1, parameters.data,
                                        parameters.size, NULL, &model));
  /* Another operator of the same length: "relu" -> "rel6". */
  for (relu = program.data; relu + 6 < program.data + program.size; ++relu) {
    if (memcmp(relu, "\x04relu", 5) == 0) relu[4] = '6';
  }
  EXPECT_STATUS(U2NET_MODEL_UNSUPPORTED,
                u2net_model_load_memory(program.data, program.size, parameters.data,
                                        parameters.size, NULL, &model));
  EXPECT(strstr(u2net_last_error(), "rel6") != NULL);
  free(program.data);
  free(parameters.data);

  model = NULL;
  if (u2net_has_bundled_model()) {
    OK(u2net_model_load_bundled(NULL, &model));
    u2net_model_release(model);
  } else {
    EXPECT_STATUS(U2NET_MODEL_NOT_FOUND, u2net_model_load_bundled(NULL, &model));
  }
}

/* Leaves so many bytes of address space, and returns the limit before. */
static struct rlimit leave_address_space(rlim_t bytes) {
  struct rlimit before, low;
  unsigned long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%lu", &pages) != 1 || getrlimit(RLIMIT_AS, &before) != 0)
    abort();
  fclose(file);
  low = before;
  low.rlim_cur = (rlim_t)pages * 4096 + bytes;
  if (setrlimit(RLIMIT_AS, &low) != 0) abort();
  return before;
}

/* 256 stacks do not fit into what is left; a few do when it is there again. */
static void test_threads(void) {
  struct rlimit before;
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model* model = load(SMALL, U2NET_MODE_NATIVE, 1);
  u2net_session* session = NULL;
  options.threads = 256;
  before = leave_address_space((rlim_t)8 << 20);
  EXPECT_STATUS(U2NET_NO_THREADS, u2net_session_create(model, &options, &session));
  if (setrlimit(RLIMIT_AS, &before) != 0) abort();
  EXPECT(session == NULL && u2net_last_hint()[0] != '\0');
  EXPECT(strcmp(u2net_status_name(U2NET_NO_THREADS), "U2NET_NO_THREADS") == 0);
  options.threads = 4;
  OK(u2net_session_create(model, &options, &session));
  u2net_session_release(session);
  u2net_model_release(model);
}

static void test_options(void) {
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model* model = NULL;
  u2net_session* session = NULL;
  static struct {
    u2net_options options;
    int newer;
  } larger = {U2NET_OPTIONS_INIT, 0}; /* static: its padding is 0 as well */
  input x;

  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, NULL, NULL));
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(NULL, NULL, NULL, &model));
  EXPECT_STATUS(U2NET_MODEL_NOT_FOUND, u2net_model_load("/no/such", NULL, NULL, &model));
  options.struct_size = 0;
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &model));
  options.struct_size = sizeof options;
  options.threads = -1;
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &model));
  options.threads = 0;
  options.disabled_passes = "fuse_relu,no_such_pass";
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &model));
  EXPECT(strstr(u2net_last_error(), "no_such_pass") != NULL);
  options.disabled_passes = "fuse_relu,fuse_bias";
  OK(u2net_model_load(SMALL, NULL, &options, &model));
  u2net_model_release(model);

  options.precision = (u2net_precision)7;
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &model));
  options.precision = U2NET_BF16; /* a permission: fine on every processor */
  OK(u2net_model_load(SMALL, NULL, &options, &model));
  u2net_model_release(model);
  options.precision = U2NET_F32;

  /* A newer caller's struct: fine as long as the new members say "default". */
  larger.options.struct_size = sizeof larger;
  OK(u2net_model_load(SMALL, NULL, &larger.options, &model));
  larger.newer = 1;
  EXPECT_STATUS(U2NET_USAGE, u2net_session_create(model, &larger.options, &session));
  EXPECT(session == NULL);

  options.disabled_passes = NULL;
  options.max_memory = 1;
  OK(u2net_session_create(model, &options, &session));
  x = input_of(model);
  OK(u2net_session_set_input(session, NULL, U2NET_FLOAT32, x.dims, x.rank, x.data, x.bytes));
  EXPECT_STATUS(U2NET_MODEL_LIMIT, u2net_session_run(session));
  free(x.data);
  u2net_session_release(session);
  u2net_model_release(model);

  options.mode = U2NET_MODE_ONEDNN;
  if (u2net_has_mode(U2NET_MODE_ONEDNN)) {
    OK(u2net_model_load(SMALL, NULL, &options, &model));
    u2net_model_release(model);
  } else {
    EXPECT_STATUS(U2NET_MODE_UNAVAILABLE, u2net_model_load(SMALL, NULL, &options, &model));
  }
  EXPECT(u2net_has_mode(U2NET_MODE_NATIVE) == 1 && u2net_has_mode(U2NET_MODE_DEFAULT) == 1);
  EXPECT(u2net_has_mode((u2net_mode)77) == 0);
}

/* Numbers that no enumeration has, as C lets them through. */
static void test_undefined_values(void) {
  static const int numbers[] = {-1, 7, 9, 77, INT_MIN, INT_MAX};
  static const size_t sizes[] = {1,       sizeof(size_t) + 1, sizeof(u2net_options) - 1,
                                 1 << 20, SIZE_MAX - 7,       SIZE_MAX};
  static uint8_t pixels[2 * 3 * 4], mask[6], rgba[24];
  u2net_image picture = {pixels, 3, 2, U2NET_RGB8, 0};
  u2net_options options = U2NET_OPTIONS_INIT;
  u2net_model *model = load(SMALL, U2NET_MODE_DEFAULT, 1), *none = NULL;
  u2net_session* session = NULL;
  const int64_t huge[] = {INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX};
  input x = input_of(model);

  OK(u2net_session_create(model, NULL, &session));
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; ++i) {
    options.mode = (u2net_mode)numbers[i];
    EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &none));
    EXPECT(u2net_has_mode(options.mode) == 0 && none == NULL);
    EXPECT_STATUS(U2NET_USAGE, u2net_session_set_input(session, NULL, (u2net_dtype)numbers[i],
                                                       x.dims, x.rank, x.data, x.bytes));
    picture.format = (u2net_pixel_format)numbers[i];
    EXPECT_STATUS(U2NET_USAGE, u2net_cutout(&picture, mask, sizeof mask, rgba, sizeof rgba));
  }
  EXPECT(strcmp(u2net_status_name((u2net_status)INT_MIN), "unknown status") == 0);
  picture.format = U2NET_RGB8;
  picture.stride = SIZE_MAX;
  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_cutout(&picture, mask, sizeof mask, rgba, sizeof rgba));
  picture.stride = SIZE_MAX / 2;
  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_cutout(&picture, mask, sizeof mask, rgba, sizeof rgba));
  picture.stride = 0;
  picture.width = picture.height = INT_MAX;
  EXPECT_STATUS(U2NET_INPUT_LIMIT, u2net_cutout(&picture, mask, SIZE_MAX, rgba, SIZE_MAX));
  options.mode = U2NET_MODE_DEFAULT;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    options.struct_size = sizes[i];
    EXPECT_STATUS(U2NET_USAGE, u2net_model_load(SMALL, NULL, &options, &none));
  }
  EXPECT_STATUS(U2NET_INPUT_SHAPE,
                u2net_session_set_input(session, NULL, U2NET_FLOAT32, huge, 4, x.data, x.bytes));
  EXPECT_STATUS(U2NET_INPUT_SHAPE, u2net_session_set_input(session, NULL, U2NET_FLOAT32, x.dims,
                                                           SIZE_MAX, x.data, x.bytes));
  EXPECT_STATUS(U2NET_USAGE, u2net_model_load_memory("", SIZE_MAX, NULL, 0, NULL, &none));
  u2net_session_release(session);
  u2net_model_release(model);
  free(x.data);
}

/* With no address space left, loading a model fails and says so; with it, all is well again. */
static void test_memory(void) {
  u2net_model* model = NULL;
  const struct rlimit before = leave_address_space((rlim_t)1 << 20);
  EXPECT_STATUS(U2NET_OUT_OF_MEMORY, u2net_model_load(U2NETP, NULL, NULL, &model));
  if (setrlimit(RLIMIT_AS, &before) != 0) abort();
  EXPECT(model == NULL);
  OK(u2net_model_load(U2NETP, NULL, NULL, &model));
  u2net_model_release(model);
}

static void test_names(void) {
  char version[32];
  snprintf(version, sizeof version, "%d.%d.%d", U2NET_VERSION_MAJOR, U2NET_VERSION_MINOR,
           U2NET_VERSION_PATCH);
  EXPECT(strcmp(u2net_version(), version) == 0);
  EXPECT(strcmp(u2net_status_name(U2NET_INPUT_SHAPE), "U2NET_INPUT_SHAPE") == 0);
  EXPECT(strcmp(u2net_status_name((u2net_status)99), "unknown status") == 0);
  u2net_model_release(NULL);
  u2net_session_release(NULL);
  u2net_segmenter_release(NULL);
  EXPECT_STATUS(U2NET_USAGE, u2net_session_run(NULL));
  EXPECT(strstr(u2net_last_error(), "session") != NULL);
}

int main(void) {
  test_memory();
  test_threads();
  test_names();
  test_sessions();
  test_segmenter();
  test_models_in_memory();
  test_options();
  test_undefined_values();
  if (failures == 0) puts("c_api_test: nothing wrong");
  return failures == 0 ? 0 : 1;
}
