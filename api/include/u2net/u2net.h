/* SPDX-License-Identifier: Apache-2.0 */
/* The C interface (C99). Every call returns a status; u2net_last_error() tells the rest. Memory is
 * the caller's and is copied, but where the name ends in `_borrow`. Handles are released with the
 * function of their name; NULL is fine there. A model may be shared by threads, a session or a
 * segmenter is for one thread at a time. Names are UTF-8, zero-terminated. Numbers that no
 * enumeration has, sizes that overflow and NULL where something is needed are refused with a
 * status.
 *
 * What u2net.hpp says at its top holds here: the same bits for every number of threads, what a
 * child of fork() may do (run and release; U2NET_USAGE from a session that another thread was in,
 * U2NET_MODE_UNAVAILABLE from mode onednn), denormal numbers (zero within a call; MXCSR is as it
 * was afterwards), infinite values and NaN.
 */
#ifndef U2NET_H
#define U2NET_H

#include <stddef.h>
#include <stdint.h>

#include "u2net/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum u2net_status U2NET_OF_INT {
  U2NET_OK = 0,
  U2NET_USAGE = 1,             /* an argument that makes no sense */
  U2NET_MODEL_NOT_FOUND = 2,   /* a model or parameter file cannot be opened or read */
  U2NET_MODEL_FORMAT = 3,      /* not a (whole, consistent) Paddle program */
  U2NET_MODEL_PARAMS = 4,      /* the parameters do not fit the program */
  U2NET_MODEL_UNSUPPORTED = 5, /* a valid program that needs what this engine does not have */
  U2NET_MODEL_LIMIT = 6,       /* a size cap was exceeded */
  U2NET_INPUT_SHAPE = 7,       /* wrong name, shape or type of an input */
  U2NET_INPUT_LIMIT = 8,       /* a picture is larger than allowed */
  U2NET_MODE_UNAVAILABLE = 9,  /* a mode that this build, or a forked process, does not have */
  U2NET_OUT_OF_MEMORY = 10,    /* the same call may succeed later; in mode onednn, oneDNN and OpenMP
                                  end the process where there is no memory for them */
  U2NET_INTERNAL = 11,         /* a bug in the engine */
  U2NET_BUFFER_TOO_SMALL = 12, /* the caller's buffer; nothing was written */
  U2NET_NO_THREADS = 13        /* the system starts no more threads */
} u2net_status;

typedef enum u2net_mode U2NET_OF_INT {
  U2NET_MODE_DEFAULT = 0, /* native */
  U2NET_MODE_DYNAMIC = 1,
  U2NET_MODE_STATIC = 2,
  U2NET_MODE_INFERENCE = 3,
  U2NET_MODE_ONEDNN = 4,
  U2NET_MODE_NATIVE = 5
} u2net_mode;

/* What mode native may compute in, where that is faster on this processor; u2net.hpp, Precision. */
typedef enum u2net_precision U2NET_OF_INT {
  U2NET_F32 = 0,
  U2NET_BF16 = 1,
  U2NET_BF16X3 = 2,
  U2NET_MIXED = 3
} u2net_precision;

typedef enum u2net_dtype U2NET_OF_INT {
  U2NET_BOOL = 0,
  U2NET_INT16 = 1,
  U2NET_INT32 = 2,
  U2NET_INT64 = 3,
  U2NET_FLOAT32 = 5,
  U2NET_FLOAT64 = 6,
  U2NET_UINT8 = 20,
  U2NET_INT8 = 21
} u2net_dtype;

/* Of the last call that failed on this thread: one line, and one action to take or "". Until the
 * next call that fails on this thread. */
U2NET_API const char* u2net_last_error(void);
U2NET_API const char* u2net_last_hint(void);
/* "U2NET_MODEL_FORMAT", or "unknown status". */
U2NET_API const char* u2net_status_name(u2net_status status);
U2NET_API const char* u2net_version(void);
/* 1 or 0. */
U2NET_API int u2net_has_bundled_model(void);
U2NET_API int u2net_has_mode(u2net_mode mode);

/* Zero means default everywhere: start from U2NET_OPTIONS_INIT. Where options are taken, NULL
 * stands for the defaults. Members may be added at the end; struct_size says which are there: whole
 * ones. */
typedef struct u2net_options {
  size_t struct_size;
  u2net_mode mode;             /* of a model */
  int threads;                 /* of each session; 0: OMP_NUM_THREADS, or all that may be used */
  size_t max_memory;           /* bytes of activations of each session; 0: 16 GiB */
  int exact;                   /* 1: mode native without convolutions by transforms */
  const char* disabled_passes; /* of a model: names with commas between, or NULL */
  u2net_precision precision;   /* of a model in mode native */
  int reserved;                /* 0 */
} u2net_options;

#define U2NET_OPTIONS_INIT \
  { sizeof(u2net_options), U2NET_MODE_DEFAULT, 0, 0, 0, NULL, U2NET_F32, 0 }

/* ---- models ---- */

typedef struct u2net_model u2net_model;

/* `model` is a prefix (m for m.pdmodel + m.pdiparams), a program file or a folder; `parameters` is
 * NULL or the parameter file. Or a file that `u2net pack` made (.u2n), which is mapped as long as
 * the model exists. */
U2NET_API u2net_status u2net_model_load(const char* model, const char* parameters,
                                        const u2net_options* options, u2net_model** result);
/* The bytes of both files; not needed after the call. */
U2NET_API u2net_status u2net_model_load_memory(const void* program, size_t program_bytes,
                                               const void* parameters, size_t parameter_bytes,
                                               const u2net_options* options, u2net_model** result);
/* The model that was compiled in, if any. */
U2NET_API u2net_status u2net_model_load_bundled(const u2net_options* options, u2net_model** result);
/* Sessions of the model live on. */
U2NET_API void u2net_model_release(u2net_model* model);

U2NET_API u2net_status u2net_model_input_count(const u2net_model* model, size_t* count);
U2NET_API u2net_status u2net_model_output_count(const u2net_model* model, size_t* count);
/* The names live as long as the model. */
U2NET_API u2net_status u2net_model_input_name_borrow(const u2net_model* model, size_t index,
                                                     const char** name);
U2NET_API u2net_status u2net_model_output_name_borrow(const u2net_model* model, size_t index,
                                                      const char** name);
/* `dims` takes `rank` (at most U2NET_MAX_RANK) sizes, -1 for any. */
U2NET_API u2net_status u2net_model_input_type(const u2net_model* model, size_t index,
                                              u2net_dtype* dtype, int64_t dims[U2NET_MAX_RANK],
                                              size_t* rank);

/* ---- sessions: tensors in, tensors out ---- */

typedef struct u2net_session u2net_session;

/* `options` NULL: as the model was loaded; of the others, threads and max_memory count. */
U2NET_API u2net_status u2net_session_create(const u2net_model* model, const u2net_options* options,
                                            u2net_session** result);
/* Another one of the same model with the same options, without inputs. */
U2NET_API u2net_status u2net_session_clone(const u2net_session* session, u2net_session** result);
U2NET_API void u2net_session_release(u2net_session* session);

/* `name` NULL: the first input. `bytes` must be what the shape needs. */
U2NET_API u2net_status u2net_session_set_input(u2net_session* session, const char* name,
                                               u2net_dtype dtype, const int64_t* dims, size_t rank,
                                               const void* data, size_t bytes);
/* Keeps the address: the elements must be there at every run until another value is set. */
U2NET_API u2net_status u2net_session_set_input_borrow(u2net_session* session, const char* name,
                                                      u2net_dtype dtype, const int64_t* dims,
                                                      size_t rank, const void* data, size_t bytes);
U2NET_API u2net_status u2net_session_run(u2net_session* session);

/* Of the last run. `name` NULL: the first output. */
U2NET_API u2net_status u2net_session_output_type(const u2net_session* session, const char* name,
                                                 u2net_dtype* dtype, int64_t dims[U2NET_MAX_RANK],
                                                 size_t* rank);
/* `needed` (may be NULL) is set in any case to the bytes of the output. */
U2NET_API u2net_status u2net_session_get_output(const u2net_session* session, const char* name,
                                                void* buffer, size_t buffer_bytes, size_t* needed);
/* In the session's memory: until its next run, or its release. */
U2NET_API u2net_status u2net_session_get_output_borrow(const u2net_session* session,
                                                       const char* name, const void** data,
                                                       size_t* bytes);

/* ---- segmenters: pixels in, mask out ---- */

typedef enum u2net_pixel_format U2NET_OF_INT {
  U2NET_RGB8 = 0,
  U2NET_BGR8 = 1,
  U2NET_RGBA8 = 2,
  U2NET_BGRA8 = 3,
  U2NET_GRAY8 = 4
} u2net_pixel_format;

typedef struct u2net_image {
  const uint8_t* pixels;
  int width;
  int height;
  u2net_pixel_format format;
  size_t stride; /* bytes from row to row; 0: rows without padding. All rows within PTRDIFF_MAX */
} u2net_image;

typedef struct u2net_mask_info {
  float raw_min; /* of the prediction, before it is stretched to 0..255 */
  float raw_max;
  int flat; /* 1: constant or not finite, the mask is all 0 */
} u2net_mask_info;

typedef struct u2net_segmenter u2net_segmenter;

U2NET_API u2net_status u2net_segmenter_create(const u2net_model* model,
                                              const u2net_options* options,
                                              u2net_segmenter** result);
U2NET_API void u2net_segmenter_release(u2net_segmenter* segmenter);
/* `mask`: a byte a pixel, rows without padding; mask_bytes at least width * height. `info` may be
 * NULL. */
U2NET_API u2net_status u2net_segmenter_segment(u2net_segmenter* segmenter,
                                               const u2net_image* picture, uint8_t* mask,
                                               size_t mask_bytes, u2net_mask_info* info);
/* The picture with `mask` (width * height bytes) as its alpha: RGBA, rows without padding. */
U2NET_API u2net_status u2net_cutout(const u2net_image* picture, const uint8_t* mask,
                                    size_t mask_bytes, uint8_t* rgba, size_t rgba_bytes);

#ifdef __cplusplus
}
#endif

#endif
