// The backward pass of convolution.inc.h from the pooled gradient: a window's gradient belongs to
// one of its four pixels, so three quarters of the dense work multiply zeros and are skipped.

/// One image's pooled gradient by filter: values[filter, window], and the offset of the window's
/// pixel in the image; rows are padded with zeros to whole vectors.
typedef struct {
  float *values;
  int32_t *offsets;
  size_t stride;
} by_filter;

INLINE size_t window_count(const srelu_convolution *s) {
  return (size_t)s->pool_height * s->pool_width;
}

INLINE size_t by_filter_stride(const srelu_convolution *s) {
  return (window_count(s) + WIDTH - 1) / WIDTH * WIDTH;
}

static void turn_by_filter(const srelu_convolution *s, const float *gradient,
                           const uint8_t *place, by_filter out) {
  size_t filters = s->filters, windows = window_count(s);
  for (size_t w = 0; w < windows; w += WIDTH)
    for (size_t f = 0; f < filters; f += WIDTH) {
      vfloat value[WIDTH], offset[WIDTH];
      for (size_t i = 0; i < WIDTH; i++) {
        value[i] = offset[i] = splat(0.0f);
        if (w + i >= windows) continue;
        size_t at = (w + i) * filters + f;
        int32_t y = (int32_t)(w + i) / s->pool_width, x = (int32_t)(w + i) % s->pool_width;
        vint p = __builtin_convertvector(load_bytes(place + at), vint);
        vint pixel = (2 * y + (p >> 1)) * s->width + 2 * x + (p & 1);
        value[i] = load(gradient + at);
        offset[i] = floats(pixel * s->channels);
      }
      transpose(value);
      transpose(offset);
      for (size_t i = 0; i < WIDTH; i++) {
        store(out.values + (f + i) * out.stride + w, value[i]);
        store((float *)(void *)out.offsets + (f + i) * out.stride + w, offset[i]);
      }
    }
}

/// sums[0 ..< vectors] += value * input row, over all non-zeros; the sums stay in registers.
INLINE void accumulate(const float *values, const int32_t *offsets, uint64_t mask,
                       const float *input, float *sums, const size_t vectors) {
  vfloat sum[12];
  for (size_t v = 0; v < vectors; v++) sum[v] = load(sums + v * WIDTH);
  for (; mask; mask &= mask - 1) {
    int w = __builtin_ctzll(mask);
    const float *row = input + offsets[w];
    vfloat g = splat(values[w]);
    for (size_t v = 0; v < vectors; v++) sum[v] = fma_(g, load(row + v * WIDTH), sum[v]);
  }
  for (size_t v = 0; v < vectors; v++) store(sums + v * WIDTH, sum[v]);
}

/// Adds one filter's gradient from up to 64 windows of an image.
INLINE void filter_from_windows(const srelu_convolution *s, const float *values,
                                const int32_t *offsets, uint64_t mask, const float *image,
                                float *filter_gradient) {
  size_t row = (size_t)s->width * s->channels, length = segment(s);
  for (int32_t ky = 0; ky < s->kernel; ky++, image += row, filter_gradient += length) {
    size_t c = 0;
    for (; c + 12 * WIDTH <= length; c += 12 * WIDTH)
      accumulate(values, offsets, mask, image + c, filter_gradient + c, 12);
    for (; c + 6 * WIDTH <= length; c += 6 * WIDTH)
      accumulate(values, offsets, mask, image + c, filter_gradient + c, 6);
    for (; c < length; c += WIDTH)
      accumulate(values, offsets, mask, image + c, filter_gradient + c, 1);
  }
}

static size_t backward_scratch_count(const srelu_convolution *s) {
  return 2 * s->filters * by_filter_stride(s);
}

static void backward_filters_wide(const srelu_convolution *s, size_t samples, const float *input,
                                  const float *gradient, const uint8_t *place,
                                  float *filter_gradient, float *scratch) {
  size_t image = (size_t)s->height * s->width * s->channels, filters = s->filters;
  size_t taps = segment(s) * s->kernel, windows = window_count(s), stride = by_filter_stride(s);
  by_filter turned = {scratch, (int32_t *)(void *)(scratch + filters * stride), stride};
  for (size_t n = 0; n < samples; n++) {
    turn_by_filter(s, gradient + n * windows * filters, place + n * windows * filters, turned);
    for (size_t f = 0; f < filters; f++)
      for (size_t w = 0; w < windows; w += 64) {
        const float *values = turned.values + f * stride + w;
        uint64_t mask = 0;
        for (size_t i = 0; i < least(64, stride - w); i += WIDTH)
          mask |= mask_bits(load(values + i) != 0) << i;
        filter_from_windows(s, values, turned.offsets + f * stride + w, mask, input + n * image,
                            filter_gradient + f * taps);
      }
  }
}

/// For one-channel images, whose few taps are not contiguous: vectors run over the filters, and
/// each of a window's four pixels takes the filters whose maximum it holds. One row of the kernel
/// (up to 3 taps) stays in registers over an image.
INLINE void narrow_row(const srelu_convolution *s, const int taps, const float *image,
                       const float *gradient, const uint8_t *place, float *sums) {
  size_t filters = s->filters;
  vfloat sum[3];
  for (int k = 0; k < taps; k++) sum[k] = load(sums + k * filters);
  for (int32_t y = 0; y < s->pool_height; y++)
    for (int32_t x = 0; x < s->pool_width; x++) {
      size_t at = ((size_t)y * s->pool_width + x) * filters;
      vfloat g = load(gradient + at);
      vint where = __builtin_convertvector(load_bytes(place + at), vint);
      const float *upper = image + (size_t)2 * y * s->width + 2 * x, *lower = upper + s->width;
      vfloat part[4];
      for (int p = 0; p < 4; p++) part[p] = select(where == p, g, splat(0.0f));
      for (int k = 0; k < taps; k++) {
        sum[k] = fma_(part[0], splat(upper[k]), sum[k]);
        sum[k] = fma_(part[1], splat(upper[k + 1]), sum[k]);
        sum[k] = fma_(part[2], splat(lower[k]), sum[k]);
        sum[k] = fma_(part[3], splat(lower[k + 1]), sum[k]);
      }
    }
  for (int k = 0; k < taps; k++) store(sums + k * filters, sum[k]);
}

/// The same for all nine taps of a 3x3 kernel at once.
INLINE void narrow_square(const srelu_convolution *s, const float *image, const float *gradient,
                          const uint8_t *place, float *sums) {
  size_t filters = s->filters;
  vfloat sum[9];
  for (int k = 0; k < 9; k++) sum[k] = load(sums + k * filters);
  for (int32_t y = 0; y < s->pool_height; y++)
    for (int32_t x = 0; x < s->pool_width; x++) {
      size_t at = ((size_t)y * s->pool_width + x) * filters;
      vfloat g = load(gradient + at);
      vint where = __builtin_convertvector(load_bytes(place + at), vint);
      const float *corner = image + (size_t)2 * y * s->width + 2 * x;
      vfloat part[4];
      for (int p = 0; p < 4; p++) part[p] = select(where == p, g, splat(0.0f));
#pragma clang loop unroll(full)
      for (int row = 0; row < 4; row++) {
        KEEP_LOADS_HERE;
#pragma clang loop unroll(full)
        for (int column = 0; column < 4; column++) {
          vfloat pixel = splat(corner[row * s->width + column]);
          for (int p = 0; p < 4; p++) {
            int ky = row - p / 2, kx = column - p % 2;
            if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
            sum[ky * 3 + kx] = fma_(part[p], pixel, sum[ky * 3 + kx]);
          }
        }
      }
    }
  for (int k = 0; k < 9; k++) store(sums + k * filters, sum[k]);
}

/// sums[ky, kx, filter] is transposed to the filters' layout at the end.
static void backward_filters_narrow(const srelu_convolution *s, size_t samples,
                                    const float *input, const float *gradient,
                                    const uint8_t *place, float *filter_gradient, float *sums) {
  size_t side = s->kernel, taps = side * side, filters = s->filters;
  size_t pooled = (size_t)s->pool_height * s->pool_width * filters;
  memset(sums, 0, taps * filters * sizeof(float));
  for (size_t n = 0; n < samples; n++) {
    const float *image = input + n * s->height * s->width;
    for (size_t f = 0; f < filters; f += WIDTH) {
      const float *g = gradient + n * pooled + f;
      const uint8_t *at = place + n * pooled + f;
      if (side == 3) {
        narrow_square(s, image, g, at, sums + f);
        continue;
      }
      for (size_t ky = 0; ky < side; ky++) {
        const float *row = image + ky * s->width;
        float *sum = sums + ky * side * filters + f;
        size_t kx = 0;
        for (; kx + 3 <= side; kx += 3) narrow_row(s, 3, row + kx, g, at, sum + kx * filters);
        for (; kx < side; kx++) narrow_row(s, 1, row + kx, g, at, sum + kx * filters);
      }
    }
  }
  for (size_t f = 0; f < filters; f++)
    for (size_t k = 0; k < taps; k++) filter_gradient[f * taps + k] += sums[k * filters + f];
}

static size_t convolution_scratch_count(const srelu_convolution *s) {
  size_t forward = is_winograd(s) ? winograd_scratch_count(s) : 0;
  size_t backward =
      s->channels == 1 ? segment(s) * s->kernel * s->filters : backward_scratch_count(s);
  return forward > backward ? forward : backward;
}

static void convolution_backward_filters(const srelu_convolution *s, size_t samples,
                                         const float *input, const float *gradient,
                                         const uint8_t *place, float *filter_gradient,
                                         float *scratch) {
  if (s->channels == 1)
    backward_filters_narrow(s, samples, input, gradient, place, filter_gradient, scratch);
  else
    backward_filters_wide(s, samples, input, gradient, place, filter_gradient, scratch);
}

/// masks[pixel of the window]: which of up to 64 filters have their maximum and a gradient there.
INLINE void masks_of_window(size_t filters, const float *gradient, const uint8_t *place,
                            uint64_t masks[4]) {
  for (int p = 0; p < 4; p++) masks[p] = 0;
  for (size_t f = 0; f < filters; f += WIDTH) {
    vint where = __builtin_convertvector(load_bytes(place + f), vint);
    vint nonzero = load(gradient + f) != 0;
    for (int p = 0; p < 4; p++) masks[p] |= mask_bits(nonzero & (where == p)) << f;
  }
}

/// row[0 ..< vectors] += value * the filter's row, over a mask's filters; sums stay in registers.
INLINE void gather_filters(const float *gradient, uint64_t mask, const float *filters,
                           size_t taps, float *row, const size_t vectors) {
  vfloat sum[12];
  for (size_t v = 0; v < vectors; v++) sum[v] = load(row + v * WIDTH);
  for (; mask; mask &= mask - 1) {
    size_t f = __builtin_ctzll(mask);
    const float *filter = filters + f * taps;
    vfloat g = splat(gradient[f]);
    for (size_t v = 0; v < vectors; v++) sum[v] = fma_(g, load(filter + v * WIDTH), sum[v]);
  }
  for (size_t v = 0; v < vectors; v++) store(row + v * WIDTH, sum[v]);
}

/// Adds the contributions of up to 64 filters to one image through one row of the kernel, which
/// stays in the cache. `filters` starts at that row, `image` at the first row it applies to.
static void input_from_filters(const srelu_convolution *s, const float *filters,
                               const float *gradient, const uint64_t (*masks)[4], float *image) {
  size_t length = segment(s), taps = length * s->kernel;
  for (int32_t y = 0; y < s->pool_height; y++)
    for (int32_t x = 0; x < s->pool_width; x++, masks++, gradient += s->filters)
      for (int p = 0; p < 4; p++) {
        uint64_t mask = (*masks)[p];
        if (!mask) continue;
        float *row =
            image + ((size_t)(2 * y + p / 2) * s->width + 2 * x + p % 2) * s->channels;
        size_t c = 0;
        for (; c + 12 * WIDTH <= length; c += 12 * WIDTH)
          gather_filters(gradient, mask, filters + c, taps, row + c, 12);
        for (; c + 6 * WIDTH <= length; c += 6 * WIDTH)
          gather_filters(gradient, mask, filters + c, taps, row + c, 6);
        for (; c < length; c += WIDTH)
          gather_filters(gradient, mask, filters + c, taps, row + c, 1);
      }
}

static void convolution_backward_input(const srelu_convolution *s, size_t samples,
                                       const float *filters, const float *gradient,
                                       const uint8_t *place, float *input_gradient) {
  size_t row = (size_t)s->width * s->channels, length = segment(s), windows = window_count(s);
  uint64_t masks[windows][4];
  for (size_t n = 0; n < samples; n++, input_gradient += s->height * row,
              gradient += windows * s->filters, place += windows * s->filters) {
    memset(input_gradient, 0, s->height * row * sizeof(float));
    for (size_t f = 0; f < (size_t)s->filters; f += 64) {
      for (size_t w = 0; w < windows; w++)
        masks_of_window(least(64, s->filters - f), gradient + w * s->filters + f,
                        place + w * s->filters + f, masks[w]);
      for (int32_t ky = 0; ky < s->kernel; ky++)
        input_from_filters(s, filters + f * length * s->kernel + ky * length, gradient + f,
                           (const uint64_t(*)[4])masks, input_gradient + ky * row);
    }
  }
}
