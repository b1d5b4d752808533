// Convolution with a 2x2 max-pool, without ever storing the unpooled output, and its backward pass
// from the pooled gradient: a window's gradient belongs to one of its four pixels, so three quarters
// of the dense work is multiplication by zero and is left out. Exact, not approximate.

enum { TILE = 2 * WIDTH };  // filters that one pass of the forward kernel computes

/// A row of the kernel times its channels is contiguous in an NHWC image.
INLINE size_t segment(const srelu_convolution *s) { return (size_t)s->kernel * s->channels; }

static bool convolution_is_direct(const srelu_convolution *s) {
  // An even kernel on a padded image has its zeros on the bottom and right alone.
  bool unpadded = s->pad == 0 && s->out_height == s->height - s->kernel + 1 &&
                  s->out_width == s->width - s->kernel + 1;
  return unpadded && s->filters % TILE == 0 && s->pool_height * 2 <= s->out_height &&
         s->pool_width * 2 <= s->out_width && (s->channels == 1 || segment(s) % WIDTH == 0);
}

/// packed[tile, ky, kx, channel, filter in tile]: what the forward kernel reads, in order.
static void pack_filters(const srelu_convolution *s, const float *filters, float *packed) {
  size_t taps = segment(s) * s->kernel;
  for (size_t tile = 0; tile * TILE < (size_t)s->filters; tile++)
    for (size_t k = 0; k < taps; k++)
      for (size_t f = 0; f < TILE; f++) *packed++ = filters[(tile * TILE + f) * taps + k];
}

/// Largest (or smallest) of four candidates and its place; the first wins a tie, NaN wins always:
/// comparisons with one that is held are false.
INLINE vfloat extreme(const vfloat v[4], bool largest, vint *place) {
  vfloat best = v[0];
  vint where = 0;
  for (int i = 1; i < 4; i++) {
    vint better = largest ? v[i] > best : v[i] < best;
    better |= v[i] != v[i];
    best = select(better, v[i], best);
    where = select_int(better, (vint)i, where);
  }
  *place = where;
  return best;
}

/// One window: the four pixels' sums over all taps for TILE filters, pooled.
INLINE void window(const srelu_convolution *s, const float *input, const float *packed,
                   const float *bias, float *high, float *low, uint8_t *place) {
  vfloat sum[2][4];
  for (int half = 0; half < 2; half++)
    for (int p = 0; p < 4; p++) sum[half][p] = splat(0.0f);
  size_t row = (size_t)s->width * s->channels, length = segment(s), right = s->channels;
  for (int32_t ky = 0; ky < s->kernel; ky++) {
    const float *upper = input + ky * row, *lower = upper + row;
    for (size_t k = 0; k < length; k++) {
      vfloat w0 = load(packed), w1 = load(packed + WIDTH);
      packed += TILE;
      vfloat x0 = splat(upper[k]), x1 = splat(upper[k + right]);
      vfloat x2 = splat(lower[k]), x3 = splat(lower[k + right]);
      sum[0][0] = fma_(x0, w0, sum[0][0]);
      sum[1][0] = fma_(x0, w1, sum[1][0]);
      sum[0][1] = fma_(x1, w0, sum[0][1]);
      sum[1][1] = fma_(x1, w1, sum[1][1]);
      sum[0][2] = fma_(x2, w0, sum[0][2]);
      sum[1][2] = fma_(x2, w1, sum[1][2]);
      sum[0][3] = fma_(x3, w0, sum[0][3]);
      sum[1][3] = fma_(x3, w1, sum[1][3]);
    }
  }
  for (int half = 0; half < 2; half++) {
    vfloat b = load(bias + half * WIDTH);
    vint at_high, at_low = 0;
    store(high + half * WIDTH, extreme(sum[half], true, &at_high) + b);
    if (low) store(low + half * WIDTH, extreme(sum[half], false, &at_low) + b);
    store_bytes(place + half * WIDTH, __builtin_convertvector(at_high | (at_low << 2), vbyte));
  }
}

static void convolution_pool(const srelu_convolution *s, size_t samples, const float *input,
                             const float *packed, const float *bias, float *high, float *low,
                             uint8_t *place) {
  size_t taps = segment(s) * s->kernel, image = (size_t)s->height * s->width * s->channels;
  size_t windows = (size_t)s->pool_height * s->pool_width;
  for (size_t n = 0; n < samples; n++)
    for (size_t f = 0; f < (size_t)s->filters; f += TILE)
      for (int32_t y = 0; y < s->pool_height; y++)
        for (int32_t x = 0; x < s->pool_width; x++) {
          size_t at = (n * windows + (size_t)y * s->pool_width + x) * s->filters + f;
          window(s, input + n * image + ((size_t)2 * y * s->width + 2 * x) * s->channels,
                 packed + f * taps, bias + f, high + at, low ? low + at : NULL, place + at);
        }
}

/// The non-zero gradients of one filter in one image, and where their windows' pixels start.
typedef struct {
  float value;
  uint32_t offset;
} nonzero;

static size_t collect(const srelu_convolution *s, size_t filter, const float *gradient,
                      const uint8_t *place, nonzero *out) {
  size_t count = 0;
  for (int32_t y = 0; y < s->pool_height; y++)
    for (int32_t x = 0; x < s->pool_width; x++) {
      size_t at = ((size_t)y * s->pool_width + x) * s->filters + filter;
      uint8_t p = place[at];
      out[count].value = gradient[at];
      out[count].offset =
          (uint32_t)(((size_t)(2 * y + (p >> 1)) * s->width + 2 * x + (p & 1)) * s->channels);
      count += gradient[at] != 0;
    }
  return count;
}

/// sums[0 ..< vectors] += value * input row, over all non-zeros; the sums stay in registers.
INLINE void accumulate(const nonzero *list, size_t count, const float *input, float *sums,
                       size_t vectors) {
  vfloat sum[12];
  for (size_t v = 0; v < vectors; v++) sum[v] = load(sums + v * WIDTH);
  for (size_t i = 0; i < count; i++) {
    const float *row = input + list[i].offset;
    vfloat g = splat(list[i].value);
    for (size_t v = 0; v < vectors; v++) sum[v] = fma_(g, load(row + v * WIDTH), sum[v]);
  }
  for (size_t v = 0; v < vectors; v++) store(sums + v * WIDTH, sum[v]);
}

static void backward_filters_wide(const srelu_convolution *s, size_t samples, const float *input,
                                  const float *gradient, const uint8_t *place,
                                  float *filter_gradient, nonzero *list) {
  size_t row = (size_t)s->width * s->channels, length = segment(s), taps = length * s->kernel;
  size_t pooled = (size_t)s->pool_height * s->pool_width * s->filters;
  for (size_t n = 0; n < samples; n++) {
    const float *image = input + n * s->height * row;
    for (size_t f = 0; f < (size_t)s->filters; f++) {
      size_t count = collect(s, f, gradient + n * pooled, place + n * pooled, list);
      for (int32_t ky = 0; ky < s->kernel; ky++) {
        float *sums = filter_gradient + f * taps + ky * length;
        size_t c = 0;
        for (; c + 12 * WIDTH <= length; c += 12 * WIDTH)
          accumulate(list, count, image + ky * row + c, sums + c, 12);
        for (; c + 6 * WIDTH <= length; c += 6 * WIDTH)
          accumulate(list, count, image + ky * row + c, sums + c, 6);
        for (; c < length; c += WIDTH)
          accumulate(list, count, image + ky * row + c, sums + c, 1);
      }
    }
  }
}

/// For images of one channel the taps are few and not contiguous: vectors run over the filters, and
/// each of a window's four pixels takes the filters whose maximum it holds.
/// sums[ky, kx, filter] is transposed into the filters' layout at the end.
static void backward_filters_narrow(const srelu_convolution *s, size_t samples,
                                    const float *input, const float *gradient,
                                    const uint8_t *place, float *filter_gradient, float *sums) {
  size_t taps = (size_t)s->kernel * s->kernel, filters = s->filters;
  memset(sums, 0, taps * filters * sizeof(float));
  for (size_t n = 0; n < samples; n++) {
    const float *image = input + n * s->height * s->width;
    for (size_t f = 0; f < filters; f += WIDTH)
      for (int32_t y = 0; y < s->pool_height; y++)
        for (int32_t x = 0; x < s->pool_width; x++) {
          size_t at = (((n * s->pool_height + y) * s->pool_width) + x) * filters + f;
          vfloat g = load(gradient + at);
          vint where = __builtin_convertvector(load_bytes(place + at), vint);
          const float *corner = image + (size_t)2 * y * s->width + 2 * x;
          vfloat part[4];
          for (int p = 0; p < 4; p++) part[p] = select(where == p, g, splat(0.0f));
          for (int32_t ky = 0; ky < s->kernel; ky++)
            for (int32_t kx = 0; kx < s->kernel; kx++) {
              const float *tap = corner + ky * s->width + kx;
              float *sum = sums + ((size_t)ky * s->kernel + kx) * filters + f;
              vfloat total = load(sum);
              total = fma_(part[0], splat(tap[0]), total);
              total = fma_(part[1], splat(tap[1]), total);
              total = fma_(part[2], splat(tap[s->width]), total);
              total = fma_(part[3], splat(tap[s->width + 1]), total);
              store(sum, total);
            }
        }
  }
  for (size_t f = 0; f < filters; f++)
    for (size_t k = 0; k < taps; k++) filter_gradient[f * taps + k] += sums[k * filters + f];
}

static void convolution_backward_filters(const srelu_convolution *s, size_t samples,
                                         const float *input, const float *gradient,
                                         const uint8_t *place, float *filter_gradient,
                                         float *scratch) {
  if (s->channels == 1)
    backward_filters_narrow(s, samples, input, gradient, place, filter_gradient, scratch);
  else
    backward_filters_wide(s, samples, input, gradient, place, filter_gradient,
                          (nonzero *)scratch);
}

/// input rows += value * filter row, over all non-zeros; the filter's row stays in registers.
INLINE void scatter(const nonzero *list, size_t count, const float *filter, float *input_gradient,
                    size_t vectors) {
  vfloat w[12];
  for (size_t v = 0; v < vectors; v++) w[v] = load(filter + v * WIDTH);
  for (size_t i = 0; i < count; i++) {
    float *row = input_gradient + list[i].offset;
    vfloat g = splat(list[i].value);
    for (size_t v = 0; v < vectors; v++)
      store(row + v * WIDTH, fma_(g, w[v], load(row + v * WIDTH)));
  }
}

static void convolution_backward_input(const srelu_convolution *s, size_t samples,
                                       const float *filters, const float *gradient,
                                       const uint8_t *place, float *input_gradient) {
  size_t row = (size_t)s->width * s->channels, length = segment(s), taps = length * s->kernel;
  size_t windows = (size_t)s->pool_height * s->pool_width, pooled = windows * s->filters;
  nonzero list[windows];
  for (size_t n = 0; n < samples; n++) {
    float *image = input_gradient + n * s->height * row;
    memset(image, 0, s->height * row * sizeof(float));
    for (size_t f = 0; f < (size_t)s->filters; f++) {
      size_t count = collect(s, f, gradient + n * pooled, place + n * pooled, list);
      for (int32_t ky = 0; ky < s->kernel; ky++) {
        const float *filter = filters + f * taps + ky * length;
        size_t c = 0;
        for (; c + 12 * WIDTH <= length; c += 12 * WIDTH)
          scatter(list, count, filter + c, image + ky * row + c, 12);
        for (; c + 6 * WIDTH <= length; c += 6 * WIDTH)
          scatter(list, count, filter + c, image + ky * row + c, 6);
        for (; c < length; c += WIDTH) scatter(list, count, filter + c, image + ky * row + c, 1);
      }
    }
  }
}
