/* SPDX-License-Identifier: Apache-2.0 */
/* segment MODEL < picture.ppm > mask.pgm: a mask in C. Any decoder will do; here it is binary PPM.
 */
#include <stdio.h>
#include <stdlib.h>

#include "u2net/u2net.h"

int main(int argc, char** argv) {
  u2net_model* model = NULL;
  u2net_segmenter* segmenter = NULL;
  u2net_image picture = {NULL, 0, 0, U2NET_RGB8, 0};
  if (argc != 2 || scanf("P6 %d %d 255", &picture.width, &picture.height) != 2) return 2;
  getchar();
  size_t size = (size_t)picture.width * (size_t)picture.height;
  uint8_t *pixels = malloc(3 * size), *mask = malloc(size);
  if (pixels == NULL || mask == NULL || fread(pixels, 3, size, stdin) != size) return 2;
  picture.pixels = pixels;

  if (u2net_model_load(argv[1], NULL, NULL, &model) != U2NET_OK ||
      u2net_segmenter_create(model, NULL, &segmenter) != U2NET_OK ||
      u2net_segmenter_segment(segmenter, &picture, mask, size, NULL) != U2NET_OK) {
    fprintf(stderr, "error: %s\n", u2net_last_error());
    return 1;
  }
  printf("P5\n%d %d\n255\n", picture.width, picture.height);
  fwrite(mask, 1, size, stdout);
  u2net_segmenter_release(segmenter);
  u2net_model_release(model);
  free(pixels);
  free(mask);
  return 0;
}
