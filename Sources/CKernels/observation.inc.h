// Statistics of the hidden layers' responses, gathered in passing.

/// Adds the lanes of both vectors to `sums`.
INLINE void add_moments(vfloat sum, vfloat square, double *sums) {
  for (size_t lane = 0; lane < WIDTH; lane++) {
    sums[0] += (double)sum[lane];
    sums[1] += (double)square[lane];
  }
}

static void moments(size_t count, const float *x, double *sums) {
  const size_t block = 64 * WIDTH;  // so few terms per lane that float is exact enough
  for (size_t first = 0; first < count; first += block) {
    size_t end = count - first < block ? count : first + block;
    vfloat sum = 0, square = 0;
    for (size_t i = first; i < end; i += WIDTH) {
      vfloat v = end - i < WIDTH ? load_part(x + i, end - i) : load(x + i);
      sum += v;
      square = fma_(v, v, square);
    }
    add_moments(sum, square, sums);
  }
}

static void panel_moments(size_t samples, size_t units, const float *x, const float *bias,
                          double *sums) {
  for (size_t first = 0; first < samples; first += PANEL) {
    size_t valid = samples - first < PANEL ? samples - first : PANEL;
    for (size_t start = 0; start < units; start += 64) {
      size_t end = units - start < 64 ? units : start + 64;
      vfloat sum = 0, square = 0;
      for (size_t unit = start; unit < end; unit++) {
        const float *row = x + (first * units + unit * PANEL);
        for (size_t lane = 0; lane < valid; lane += WIDTH) {
          vfloat v = load(row + lane) + splat(bias[unit]);
          if (valid - lane < WIDTH) {
            float kept[WIDTH] = {0};
            for (size_t i = 0; i < valid - lane; i++) kept[i] = v[i];
            v = load(kept);
          }
          sum += v;
          square = fma_(v, v, square);
        }
      }
      add_moments(sum, square, sums);
    }
  }
}

/// One vector of columns from column c on, over all rows; n < WIDTH columns at the row's end.
INLINE size_t derivative_columns(size_t rows, size_t stride, size_t c, size_t n,
                                 const float *derivative, float threshold, float *largest) {
  vfloat most = n == WIDTH ? load(largest + c) : load_part(largest + c, n);
  vint below = 0;
  for (size_t row = 0; row < rows; row++) {
    const float *at = derivative + row * stride + c;
    vfloat d = vabs(n == WIDTH ? load(at) : load_part(at, n));
    most = select(d > most, d, most);
    below -= d < splat(threshold);
  }
  if (n == WIDTH)
    store(largest + c, most);
  else
    store_part(largest + c, most, n);
  size_t count = 0;
  for (size_t lane = 0; lane < n; lane++) count += (size_t)below[lane];
  return count;
}

static size_t derivative_extent(size_t rows, size_t width, size_t stride, const float *derivative,
                                float threshold, float *largest) {
  size_t below = 0, c = 0;
  for (; c + WIDTH <= width; c += WIDTH)
    below += derivative_columns(rows, stride, c, WIDTH, derivative, threshold, largest);
  if (c < width)
    below += derivative_columns(rows, stride, c, width - c, derivative, threshold, largest);
  return below;
}
