// Convolution with a 2x2 max-pool that never stores the unpooled output.
//
// There are three methods: images of one channel keep a 3x3 kernel in registers; 3x3 kernels on
// more channels use Winograd's transform (winograd.inc.h); all others sum tap by tap.

enum { TILE = 2 * WIDTH };  // filters per pass of the tap-by-tap kernel

/// Length of a kernel row times its channels, which is contiguous in an NHWC image.
INLINE size_t segment(const srelu_convolution *s) { return (size_t)s->kernel * s->channels; }

static bool convolution_is_direct(const srelu_convolution *s) {
  // For an even kernel on a padded image the zeros are only at the bottom and right.
  bool unpadded = s->pad == 0 && s->out_height == s->height - s->kernel + 1 &&
                  s->out_width == s->width - s->kernel + 1;
  return unpadded && s->filters % (2 * WIDEST) == 0 && s->pool_height * 2 <= s->out_height &&
         s->pool_width * 2 <= s->out_width && (s->channels == 1 || segment(s) % WIDEST == 0);
}

/// Largest (or smallest) of four candidates and its place: the first of equal ones; NaN if any is.
INLINE vfloat extreme(const vfloat v[4], bool largest, vint *place) {
  vfloat a = largest ? select(v[0] > v[1], v[0], v[1]) : select(v[0] < v[1], v[0], v[1]);
  vfloat b = largest ? select(v[2] > v[3], v[2], v[3]) : select(v[2] < v[3], v[2], v[3]);
  vfloat best = largest ? select(a > b, a, b) : select(a < b, a, b);
  vint where = ~(v[2] == best) & 1;
  where = ~(v[1] == best) & (where + 1);
  where = ~(v[0] == best) & (where + 1);
  KEEP_VECTOR(where);
  *place = where;
  vint nan = (v[0] != v[0]) | (v[1] != v[1]) | (v[2] != v[2]) | (v[3] != v[3]);
  return floats(bits(best) | nan);
}

/// The target from value `at` on.
INLINE srelu_pooled from(srelu_pooled to, size_t at) {
  return (srelu_pooled){to.high + at, to.low ? to.low + at : NULL, to.place + at, to.plane};
}

/// Stores what `to` asks for of a window's pixels plus bias.
INLINE void pool_four(const vfloat pixel[4], const float *bias, srelu_pooled to) {
  if (to.plane) {
    for (size_t p = 0; p < 4; p++) store(to.high + p * to.plane, pixel[p] + load(bias));
    return;
  }
  vint at_high, at_low = 0;
  store(to.high, extreme(pixel, true, &at_high) + load(bias));
  if (to.low) store(to.low, extreme(pixel, false, &at_low) + load(bias));
  store_bytes(to.place, __builtin_convertvector(at_high | (at_low << 2), vbyte));
}

#include "winograd.inc.h"

/// packed[tile, ky, kx, channel, filter in tile], in the order of the tap-by-tap kernel.
static void pack_taps(const srelu_convolution *s, const float *filters, float *packed) {
  size_t taps = segment(s) * s->kernel;
  for (size_t tile = 0; tile * TILE < (size_t)s->filters; tile++)
    for (size_t k = 0; k < taps; k++)
      for (size_t f = 0; f < TILE; f++) *packed++ = filters[(tile * TILE + f) * taps + k];
}

/// Computes one window: the four pixels' sums over all taps for TILE filters, pooled.
INLINE void window(const srelu_convolution *s, const float *input, const float *packed,
                   const float *bias, srelu_pooled to) {
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
    size_t at = half * WIDTH;
    pool_four(sum[half], bias + at, from(to, at));
  }
}

static void pool_taps(const srelu_convolution *s, const float *input, const float *packed,
                      const float *bias, srelu_pooled to) {
  size_t taps = segment(s) * s->kernel;
  for (size_t f = 0; f < (size_t)s->filters; f += TILE)
    for (int32_t y = 0; y < s->pool_height; y++)
      for (int32_t x = 0; x < s->pool_width; x++) {
        size_t at = ((size_t)y * s->pool_width + x) * s->filters + f;
        window(s, input + ((size_t)2 * y * s->width + 2 * x) * s->channels, packed + f * taps,
               bias + f, from(to, at));
      }
}

/// True if WIDTH filters fit into registers: one channel, 3x3.
INLINE bool is_narrow(const srelu_convolution *s) { return s->channels == 1 && s->kernel == 3; }

/// Computes all windows of a one-channel image; the 4x4 patch under a window is read once.
INLINE void pool_narrow(const srelu_convolution *s, const float *input, const float *packed,
                        const float *bias, srelu_pooled to) {
  for (size_t f = 0; f < (size_t)s->filters; f += WIDTH) {
    vfloat tap[9];
    const float *filters = packed + f / TILE * TILE * 9 + f % TILE;
    for (int k = 0; k < 9; k++) tap[k] = load(filters + k * TILE);
    for (int32_t y = 0; y < s->pool_height; y++)
      for (int32_t x = 0; x < s->pool_width; x++) {
        const float *corner = input + (size_t)2 * y * s->width + 2 * x;
        vfloat sum[4];
        for (int p = 0; p < 4; p++) sum[p] = splat(0.0f);
#pragma clang loop unroll(full)
        for (int row = 0; row < 4; row++) {
          KEEP_LOADS_HERE;
#pragma clang loop unroll(full)
          for (int column = 0; column < 4; column++) {
            vfloat pixel = splat(corner[row * s->width + column]);
            for (int p = 0; p < 4; p++) {
              int ky = row - p / 2, kx = column - p % 2;
              if (ky < 0 || ky > 2 || kx < 0 || kx > 2) continue;
              sum[p] = fma_(pixel, tap[ky * 3 + kx], sum[p]);
            }
          }
        }
        size_t at = ((size_t)y * s->pool_width + x) * s->filters + f;
        pool_four(sum, bias + f, from(to, at));
      }
  }
}

static size_t packed_filters_count(const srelu_convolution *s) {
  return is_winograd(s) ? winograd_filters_count(s) : segment(s) * s->kernel * s->filters;
}


static void pack_filters(const srelu_convolution *s, const float *filters, float *packed) {
  if (is_winograd(s))
    winograd_filters(s, filters, packed);
  else
    pack_taps(s, filters, packed);
}

static void convolution_pool(const srelu_convolution *s, size_t samples, const float *input,
                             const float *packed, const float *bias, srelu_pooled to,
                             float *scratch) {
  if (is_winograd(s)) return winograd_pool(s, samples, input, packed, bias, to, scratch);
  size_t image = (size_t)s->height * s->width * s->channels;
  size_t pooled = (size_t)s->pool_height * s->pool_width * s->filters;
  for (size_t n = 0; n < samples; n++) {
    const float *sample = input + n * image;
    srelu_pooled at = from(to, n * pooled);
    // A loop of its own for each of the first two, without their tests.
    if (!is_narrow(s))
      pool_taps(s, sample, packed, bias, at);
    else if (to.plane)
      pool_narrow(s, sample, packed, bias, at);
    else if (to.low)
      pool_narrow(s, sample, packed, bias, (srelu_pooled){at.high, at.low, at.place, 0});
    else
      pool_narrow(s, sample, packed, bias, (srelu_pooled){at.high, NULL, at.place, 0});
  }
}
