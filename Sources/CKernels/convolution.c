// Convolution and pooling of any shape, around a matrix product, as plain loops.
#include <string.h>

#include "CKernels.h"

void srelu_image_to_columns(const srelu_convolution *s, size_t samples, const float *input,
                            float *columns) {
  size_t bytes = (size_t)s->channels * sizeof(float);
  for (size_t n = 0; n < samples; n++, input += (size_t)s->height * s->width * s->channels)
    for (int32_t y = 0; y < s->out_height; y++)
      for (int32_t x = 0; x < s->out_width; x++)
        for (int32_t ky = 0; ky < s->kernel; ky++)
          for (int32_t kx = 0; kx < s->kernel; kx++, columns += s->channels) {
            int32_t iy = y + ky - s->pad, ix = x + kx - s->pad;
            if (iy < 0 || iy >= s->height || ix < 0 || ix >= s->width)
              memset(columns, 0, bytes);
            else
              memcpy(columns, input + ((size_t)iy * s->width + ix) * s->channels, bytes);
          }
}

void srelu_columns_to_image(const srelu_convolution *s, size_t samples, const float *columns,
                            float *input_gradient) {
  for (size_t n = 0; n < samples; n++, input_gradient += (size_t)s->height * s->width * s->channels)
    for (int32_t y = 0; y < s->out_height; y++)
      for (int32_t x = 0; x < s->out_width; x++)
        for (int32_t ky = 0; ky < s->kernel; ky++)
          for (int32_t kx = 0; kx < s->kernel; kx++, columns += s->channels) {
            int32_t iy = y + ky - s->pad, ix = x + kx - s->pad;
            if (iy < 0 || iy >= s->height || ix < 0 || ix >= s->width) continue;
            float *pixel = input_gradient + ((size_t)iy * s->width + ix) * s->channels;
            for (int32_t c = 0; c < s->channels; c++) pixel[c] += columns[c];
          }
}

/// Finds the extremes of the valid pixels of a window, in order; place = 2 * row + column.
static void pool_window(const srelu_convolution *s, const float *image, int32_t y, int32_t x,
                        const float *bias, srelu_pooled to) {
  for (int32_t f = 0; f < s->filters; f++) {
    float most = 0, least = 0;
    uint8_t at_most = 0, at_least = 0;
    for (int32_t p = 0; p < 4; p++) {
      int32_t iy = 2 * y + p / 2, ix = 2 * x + p % 2;
      if (iy >= s->out_height || ix >= s->out_width) {
        // As the first, whose place comes before.
        if (to.plane) to.high[p * to.plane + f] = to.high[f];
        continue;
      }
      float v = image[((size_t)iy * s->out_width + ix) * s->filters + f];
      if (to.plane) to.high[p * to.plane + f] = v + bias[f];
      if (p == 0 || v > most || v != v) most = v, at_most = (uint8_t)p;
      if (p == 0 || v < least || v != v) least = v, at_least = (uint8_t)p;
    }
    if (to.plane) continue;
    to.high[f] = most + bias[f];
    if (to.low) to.low[f] = least + bias[f];
    to.place[f] = to.low ? (uint8_t)(at_most | at_least << 2) : at_most;
  }
}

void srelu_pool(const srelu_convolution *s, size_t samples, const float *input, const float *bias,
                srelu_pooled to) {
  for (size_t n = 0; n < samples; n++, input += (size_t)s->out_height * s->out_width * s->filters)
    for (int32_t y = 0; y < s->pool_height; y++)
      for (int32_t x = 0; x < s->pool_width; x++) {
        pool_window(s, input, y, x, bias, to);
        to.high += s->filters;
        if (to.low) to.low += s->filters;
        to.place += s->filters;
      }
}

void srelu_unpool(const srelu_convolution *s, size_t samples, const float *gradient,
                  const uint8_t *place, float *output) {
  size_t image = (size_t)s->out_height * s->out_width * s->filters;
  memset(output, 0, samples * image * sizeof(float));
  for (size_t n = 0; n < samples; n++, output += image)
    for (int32_t y = 0; y < s->pool_height; y++)
      for (int32_t x = 0; x < s->pool_width; x++)
        for (int32_t f = 0; f < s->filters; f++) {
          uint8_t p = *place++;
          int32_t iy = 2 * y + p / 2, ix = 2 * x + p % 2;
          output[((size_t)iy * s->out_width + ix) * s->filters + f] = *gradient++;
        }
}
