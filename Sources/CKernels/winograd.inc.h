// 3x3 convolution and 2x2 max-pool through Winograd's F(2x2, 3x3) (Lavin & Gray 2016): a pooling
// window's four pixels are one output tile, so that the four sums over 9 taps take 16 products per
// channel instead of 36, and the transformed output is pooled in registers.

enum { WINOGRAD_CHUNK = 2 };  // samples transformed at a time, to stay in the cache

INLINE bool is_winograd(const srelu_convolution *s) {
  return s->kernel == 3 && s->channels % WIDEST == 0 && s->filters % (2 * WIDEST) == 0;
}

INLINE size_t winograd_tiles(const srelu_convolution *s) {
  return (size_t)s->pool_height * s->pool_width;
}

static size_t winograd_filters_count(const srelu_convolution *s) {
  return (size_t)16 * s->channels * s->filters;
}

static size_t winograd_scratch_count(const srelu_convolution *s) {
  return 16 * WINOGRAD_CHUNK * winograd_tiles(s) * ((size_t)s->channels + PANEL);
}

/// packed[filter panel, 16, channel, PANEL filters] = G g G^T of every filter and channel.
static void winograd_filters(const srelu_convolution *s, const float *filters, float *packed) {
  size_t channels = s->channels, plane = channels * PANEL;
  for (size_t f = 0; f < (size_t)s->filters; f++, filters += 9 * channels) {
    float *panel = packed + f / PANEL * 16 * plane + f % PANEL;
    for (size_t c = 0; c < channels; c++) {
      float g[3][3], half[4][3];
      for (int k = 0; k < 9; k++) g[k / 3][k % 3] = filters[k * channels + c];
      for (int i = 0; i < 3; i++) {
        half[0][i] = g[0][i];
        half[1][i] = 0.5f * (g[0][i] + g[1][i] + g[2][i]);
        half[2][i] = 0.5f * (g[0][i] - g[1][i] + g[2][i]);
        half[3][i] = g[2][i];
      }
      float *to = panel + c * PANEL;
      for (int i = 0; i < 4; i++, to += 4 * plane) {
        to[0] = half[i][0];
        to[plane] = 0.5f * (half[i][0] + half[i][1] + half[i][2]);
        to[2 * plane] = 0.5f * (half[i][0] - half[i][1] + half[i][2]);
        to[3 * plane] = half[i][2];
      }
    }
  }
}

/// B^T d of four values.
INLINE void winograd_input_line(const vfloat d[4], vfloat out[4]) {
  out[0] = d[0] - d[2];
  out[1] = d[1] + d[2];
  out[2] = d[2] - d[1];
  out[3] = d[1] - d[3];
}

/// values[16, tile, channel] = B^T d B of one image's 4x4 patches; the 16 are `plane` floats apart.
INLINE void winograd_image(const srelu_convolution *s, const float *image, float *values,
                           size_t plane) {
  size_t channels = s->channels, row = s->width * channels;
  for (int32_t y = 0; y < s->pool_height; y++)
    for (int32_t x = 0; x < s->pool_width; x++)
      for (size_t c = 0; c < channels; c += WIDTH, values += WIDTH) {
        const float *corner = image + 2 * y * row + 2 * x * channels + c;
        vfloat lines[4][4];
        for (int j = 0; j < 4; j++) {
          vfloat d[4], out[4];
          for (int i = 0; i < 4; i++) d[i] = load(corner + i * row + j * channels);
          winograd_input_line(d, out);
          for (int i = 0; i < 4; i++) lines[i][j] = out[i];
        }
        for (int i = 0; i < 4; i++) {
          vfloat out[4];
          winograd_input_line(lines[i], out);
          for (int j = 0; j < 4; j++) store(values + (4 * i + j) * plane, out[j]);
        }
      }
}

/// The four pixels of a window: A^T m A of its 16 products, PANEL floats apart.
INLINE void winograd_pixels(const float *products, vfloat pixel[4]) {
  vfloat upper[4], lower[4];
  for (int j = 0; j < 4; j++) {
    vfloat m0 = load(products + j * PANEL), m1 = load(products + (4 + j) * PANEL);
    vfloat m2 = load(products + (8 + j) * PANEL), m3 = load(products + (12 + j) * PANEL);
    upper[j] = m0 + m1 + m2;
    lower[j] = m1 - m2 - m3;
  }
  pixel[0] = upper[0] + upper[1] + upper[2];
  pixel[1] = upper[1] - upper[2] - upper[3];
  pixel[2] = lower[0] + lower[1] + lower[2];
  pixel[3] = lower[1] - lower[2] - lower[3];
}

/// `samples` <= WINOGRAD_CHUNK images.
static void winograd_chunk(const srelu_convolution *s, size_t samples, const float *input,
                           const float *packed, const float *bias, srelu_pooled to,
                           float *scratch) {
  size_t channels = s->channels, tiles = winograd_tiles(s), all = samples * tiles;
  float *values = scratch, *products = scratch + 16 * all * channels;
  for (size_t n = 0; n < samples; n++)
    winograd_image(s, input + n * s->height * s->width * channels, values + n * tiles * channels,
                   all * channels);
  for (size_t f = 0; f < (size_t)s->filters; f += PANEL, packed += 16 * channels * PANEL) {
    for (size_t i = 0; i < 16; i++)
      for (size_t t = 0; t < all; t += ROWS)
        tile_rows(least(ROWS, all - t), channels, values + (i * all + t) * channels, channels,
                  packed + i * channels * PANEL, products + (t * 16 + i) * PANEL, 16 * PANEL, false);
    for (size_t t = 0; t < all; t++)
      for (size_t half = 0; half < PANEL; half += WIDTH) {
        vfloat pixel[4];
        winograd_pixels(products + t * 16 * PANEL + half, pixel);
        pool_four(pixel, bias + f + half, from(to, t * s->filters + f + half));
      }
  }
}

static void winograd_pool(const srelu_convolution *s, size_t samples, const float *input,
                          const float *packed, const float *bias, srelu_pooled to,
                          float *scratch) {
  size_t image = (size_t)s->height * s->width * s->channels;
  size_t pooled = winograd_tiles(s) * s->filters;
  for (size_t n = 0; n < samples; n += WINOGRAD_CHUNK)
    winograd_chunk(s, least(WINOGRAD_CHUNK, samples - n), input + n * image, packed, bias,
                   from(to, n * pooled), scratch);
}
