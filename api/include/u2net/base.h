/* SPDX-License-Identifier: Apache-2.0 */
/* What all public headers share. */
#ifndef U2NET_BASE_H
#define U2NET_BASE_H

#define U2NET_VERSION_MAJOR 0
#define U2NET_VERSION_MINOR 1
#define U2NET_VERSION_PATCH 0

#if defined(__GNUC__)
#define U2NET_API __attribute__((visibility("default")))
#else
#define U2NET_API
#endif

/* The type under an enumeration of which any int may arrive, and is refused: in C++ values that
 * have no name would be undefined without one. */
#ifdef __cplusplus
#define U2NET_OF_INT : int
#else
#define U2NET_OF_INT
#endif

/* Dimensions of a tensor, at most. */
#define U2NET_MAX_RANK 8

#endif
