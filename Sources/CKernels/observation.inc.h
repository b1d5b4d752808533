// Statistics of the hidden layers' responses, gathered in passing.

/// Sums in WIDEST lanes, so that all instruction sets add in one order.
typedef struct {
  vfloat sum[WIDEST / WIDTH], square[WIDEST / WIDTH];
} lane_moments;

INLINE void add_to_lanes(lane_moments *m, size_t place, vfloat v) {
  size_t part = place % WIDEST / WIDTH;
  m->sum[part] += v;
  m->square[part] = fma_(v, v, m->square[part]);
}

/// Adds the lanes of both to `sums`.
INLINE void add_moments(const lane_moments *m, double *sums) {
  for (size_t lane = 0; lane < WIDEST; lane++) {
    sums[0] += (double)m->sum[lane / WIDTH][lane % WIDTH];
    sums[1] += (double)m->square[lane / WIDTH][lane % WIDTH];
  }
}

static void moments(size_t count, const float *x, double *sums) {
  const size_t block = 64 * WIDEST;  // so few terms per lane that float is exact enough
  for (size_t first = 0; first < count; first += block) {
    size_t end = count - first < block ? count : first + block;
    lane_moments m = {0};
    for (size_t i = first; i < end; i += WIDTH)
      add_to_lanes(&m, i - first, end - i < WIDTH ? load_part(x + i, end - i) : load(x + i));
    add_moments(&m, sums);
  }
}

static void panel_moments(size_t samples, size_t units, const float *x, const float *bias,
                          double *sums) {
  const size_t group = 2 * WIDEST;
  for (size_t first = 0; first < samples; first += group) {
    size_t last = least(samples, first + group);
    for (size_t start = 0; start < units; start += 64) {
      size_t end = units - start < 64 ? units : start + 64;
      lane_moments m = {0};
      for (size_t unit = start; unit < end; unit++)
        for (size_t s = first; s < last; s += WIDTH) {
          vfloat v = load(x + place_in_panels(s, unit, units)) + splat(bias[unit]);
          if (last - s < WIDTH) {
            float kept[WIDTH] = {0};
            for (size_t i = 0; i < last - s; i++) kept[i] = v[i];
            v = load(kept);
          }
          add_to_lanes(&m, s - first, v);
        }
      add_moments(&m, sums);
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
