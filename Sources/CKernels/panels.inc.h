// Conversions between rows and the layouts of matrix.inc.h, and a dense layer's activation.

// Shuffles of x and y within each 128-bit lane, and of whole lanes.
#define SHUFFLE(...) __builtin_shufflevector(x, y, __VA_ARGS__)
#if WIDTH == 4
#define ZIP_LOW SHUFFLE(0, 4, 1, 5)
#define ZIP_HIGH SHUFFLE(2, 6, 3, 7)
#define PAIR_LOW SHUFFLE(0, 1, 4, 5)
#define PAIR_HIGH SHUFFLE(2, 3, 6, 7)
#elif WIDTH == 8
#define ZIP_LOW SHUFFLE(0, 8, 1, 9, 4, 12, 5, 13)
#define ZIP_HIGH SHUFFLE(2, 10, 3, 11, 6, 14, 7, 15)
#define PAIR_LOW SHUFFLE(0, 1, 8, 9, 4, 5, 12, 13)
#define PAIR_HIGH SHUFFLE(2, 3, 10, 11, 6, 7, 14, 15)
#define LANE_LOW SHUFFLE(0, 1, 2, 3, 8, 9, 10, 11)
#define LANE_HIGH SHUFFLE(4, 5, 6, 7, 12, 13, 14, 15)
#else
#define ZIP_LOW SHUFFLE(0, 16, 1, 17, 4, 20, 5, 21, 8, 24, 9, 25, 12, 28, 13, 29)
#define ZIP_HIGH SHUFFLE(2, 18, 3, 19, 6, 22, 7, 23, 10, 26, 11, 27, 14, 30, 15, 31)
#define PAIR_LOW SHUFFLE(0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define PAIR_HIGH SHUFFLE(2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define HALF_LOW SHUFFLE(0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HALF_HIGH SHUFFLE(8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define LANE_LOW SHUFFLE(0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define LANE_HIGH SHUFFLE(4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#endif
/// Replaces rows i and j by two shuffles of them.
#define EXCHANGE(i, j, low, high)      \
  {                                    \
    vfloat x = row[i], y = row[j];     \
    row[i] = low;                      \
    row[j] = high;                     \
  }

/// Transposes WIDTH rows: first four by four within the lanes, then the lanes.
INLINE void transpose(vfloat row[WIDTH]) {
#pragma clang loop unroll(full)
  for (int q = 0; q < WIDTH; q += 4) {
    EXCHANGE(q, q + 1, ZIP_LOW, ZIP_HIGH)
    EXCHANGE(q + 2, q + 3, ZIP_LOW, ZIP_HIGH)
    EXCHANGE(q, q + 2, PAIR_LOW, PAIR_HIGH)
    EXCHANGE(q + 1, q + 3, PAIR_LOW, PAIR_HIGH)
    vfloat second = row[q + 2];  // so far rows 0, 2, 1, 3 of the four
    row[q + 2] = row[q + 1];
    row[q + 1] = second;
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
#if WIDTH == 16
    EXCHANGE(i, i + 8, HALF_LOW, HALF_HIGH)
    EXCHANGE(i + 4, i + 12, HALF_LOW, HALF_HIGH)
    EXCHANGE(i, i + 4, LANE_LOW, LANE_HIGH)
    EXCHANGE(i + 8, i + 12, LANE_LOW, LANE_HIGH)
#elif WIDTH == 8
    EXCHANGE(i, i + 4, LANE_LOW, LANE_HIGH)
#endif
  }
}

/// Offset of a unit's or a sample's vector in panels of `length` rows.
INLINE size_t place_in_panels(size_t column, size_t row, size_t length) {
  return column / PANEL * PANEL * length + row * PANEL + column % PANEL;
}

/// Converts rows of `width` values to both layouts; either may be NULL. Sample panels are padded
/// with zeros to whole vectors.
static void rows_to_panels(size_t samples, size_t width, const float *rows, float *units,
                           size_t length, float *across) {
  for (size_t s = 0; s < samples; s += WIDTH) {
    size_t present = least(WIDTH, samples - s);
    for (size_t u = 0; u < width; u += WIDTH) {
      size_t n = least(WIDTH, width - u);
      vfloat row[WIDTH];
      for (size_t i = 0; i < WIDTH; i++) {
        const float *from = rows + (s + i) * width + u;
        row[i] = i >= present ? splat(0.0f) : n == WIDTH ? load(from) : load_part(from, n);
      }
      if (units) {
        float *to = units + place_in_panels(u, s, length);
        for (size_t i = 0; i < present; i++, to += PANEL) store(to, row[i]);
      }
      if (across) {
        transpose(row);
        float *to = across + place_in_panels(s, u, width);
        for (size_t i = 0; i < n; i++, to += PANEL) store(to, row[i]);
      }
    }
  }
}

static void panels_to_rows(size_t samples, size_t width, const float *units, float *rows) {
  for (size_t s = 0; s < samples; s++, rows += width)
    for (size_t u = 0; u < width; u += PANEL)
      memcpy(rows + u, units + place_in_panels(u, s, samples),
             least(PANEL, width - u) * sizeof(float));
}

static void add_bias(size_t samples, size_t units, const float *across, const float *bias,
                     float *rows) {
  for (size_t s = 0; s < samples; s++)
    for (size_t u = 0; u < units; u++)
      *rows++ = across[place_in_panels(s, u, units)] + bias[u];
}

typedef struct {
  const float *bias, *slopes, *mask;
  float *units, *derivative, *negative;
  size_t length;
} dense_activation;

/// Activates WIDTH samples x WIDTH units, `n` and `present` of which exist; `row` holds units on
/// entry and the activated units on return. `at` is the block's offset in unit panels, `units_at` in
/// those of the activated units.
INLINE void activate_block(srelu_activation_kind kind, const srelu_activation *a,
                           const dense_activation *d, vfloat row[WIDTH], size_t u, size_t n,
                           size_t present, size_t at, size_t units_at, size_t mask_stride) {
#define COLUMNS(p) (n == WIDTH ? load((p) + u) : load_part((p) + u, n))
  vfloat bias = COLUMNS(d->bias), slope = splat(0.0f);
  if (kind == SRELU_PARAMETRIC) slope = COLUMNS(d->slopes);
#undef COLUMNS
  transpose(row);
  for (size_t i = 0; i < WIDTH; i++, at += PANEL, units_at += PANEL) {
    vfloat x = row[i] + bias;
    vpair f = evaluate(kind, x, splat(a->alpha), splat(a->beta), slope);
    vfloat negative = select(x <= 0, x, splat(0.0f));
    if (d->mask) {
      vfloat mask = load(d->mask + i * mask_stride + u);
      f.value *= mask;
      f.derivative *= mask;
      negative *= mask;
    }
    row[i] = f.value;
    if (i >= present) continue;
    if (d->units) store(d->units + units_at, f.value);
    if (d->derivative) store(d->derivative + at, f.derivative);
    if (d->negative) store(d->negative + at, negative);
  }
  transpose(row);
}

INLINE void activate_dense_kind(srelu_activation_kind kind, const srelu_activation *a,
                                dense_activation d, size_t samples, size_t units,
                                const float *x, float *y, const srelu_dropout *dropout,
                                float *scratch) {
  size_t mask_stride = (units + 127) / 128 * 128;
  d.mask = dropout ? scratch : NULL;
  for (size_t s = 0; s < samples; s += WIDTH) {
    size_t present = least(WIDTH, samples - s);
    if (dropout)
      for (size_t i = 0; i < present; i++)
        dropout_mask(dropout, dropout->first_slot + (uint32_t)(s + i), units,
                     scratch + i * mask_stride);
    for (size_t u = 0; u < units; u += WIDTH) {
      size_t n = least(WIDTH, units - u), from = place_in_panels(s, u, units);
      vfloat row[WIDTH];
      for (size_t i = 0; i < WIDTH; i++)
        row[i] = i < n ? load(x + from + i * PANEL) : splat(0.0f);
      activate_block(kind, a, &d, row, u, n, present, place_in_panels(u, s, samples),
                     place_in_panels(u, s, d.length), mask_stride);
      for (size_t i = 0; i < n; i++) store(y + from + i * PANEL, row[i]);
    }
  }
}

static void activate_dense(const srelu_activation *a, size_t samples, size_t units,
                           const float *x, const float *bias, const float *slopes,
                           const srelu_dropout *dropout, float *y, float *y_units, size_t length,
                           float *derivative, float *negative, float *scratch) {
  dense_activation d = {bias, slopes, NULL, y_units, derivative, negative, length};
#define CASE(formula)   \
  case SRELU_##formula: \
    return activate_dense_kind(SRELU_##formula, a, d, samples, units, x, y, dropout, scratch);
  switch (a->kind) { SRELU_EACH_FORMULA(CASE) }
#undef CASE
}
