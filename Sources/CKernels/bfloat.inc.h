// The products of matrix.inc.h on bfloat16 operands, summed in float. Two neighbours along the sum
// share 32 bits, the earlier one in the lower half, as the processor's instruction expects.
//
// Processors without the instruction get the same numbers from float arithmetic, which is slower
// than matrix.inc.h and serves tests.

/// Rounds to the nearest bfloat16, ties to even, in the upper half; NaN stays NaN.
INLINE vuint to_bfloat(vfloat x) {
  vuint b = __builtin_bit_cast(vuint, x);
  vuint rounded = b + 0x7fff + ((b >> 16) & 1);
  vuint nan = __builtin_bit_cast(vuint, x != x);
  return (((b | 0x400000) & nan) | (rounded & ~nan)) & 0xffff0000;
}

/// `even` in the lower halves, `odd` in the upper.
INLINE vuint pair_bfloats(vfloat even, vfloat odd) { return (to_bfloat(even) >> 16) | to_bfloat(odd); }

INLINE vuint load_pairs(const uint32_t *p) {
  return __builtin_bit_cast(vuint, load((const float *)(const void *)p));
}
INLINE void store_pairs(uint32_t *p, vuint v) {
  store((float *)(void *)p, __builtin_bit_cast(vfloat, v));
}

/// sum plus both products of a pair.
INLINE vfloat add_pair(vfloat sum, vuint a, vuint b) {
#if defined(NATIVE_BFLOAT)
  typedef __bf16 vbfloat __attribute__((ext_vector_type(2 * WIDTH)));
  return __builtin_ia32_dpbf16ps_512(sum, __builtin_bit_cast(vbfloat, a),
                                     __builtin_bit_cast(vbfloat, b));
#else
  vfloat a0 = __builtin_bit_cast(vfloat, a << 16), a1 = __builtin_bit_cast(vfloat, a & 0xffff0000);
  vfloat b0 = __builtin_bit_cast(vfloat, b << 16), b1 = __builtin_bit_cast(vfloat, b & 0xffff0000);
  return fma_(a0, b0, fma_(a1, b1, sum));
#endif
}

/// c[rows, PANEL] = a[rows, pairs] b[pairs, PANEL]; a's rows are `row` pairs apart, pairs `step`.
INLINE void pair_tile(const size_t rows, size_t pairs, const uint32_t *a, size_t row, size_t step,
                      const uint32_t *b, float *c, size_t stride) {
  vfloat sum[ROWS][2];
  for (size_t r = 0; r < rows; r++) sum[r][0] = sum[r][1] = splat(0.0f);
  for (size_t k = 0; k < pairs; k++, b += PANEL, a += step) {
    vuint b0 = load_pairs(b), b1 = load_pairs(b + WIDTH);
    for (size_t r = 0; r < rows; r++) {
      vuint x = (vuint)a[r * row];
      sum[r][0] = add_pair(sum[r][0], x, b0);
      sum[r][1] = add_pair(sum[r][1], x, b1);
    }
  }
  for (size_t r = 0; r < rows; r++, c += stride) {
    store(c, sum[r][0]);
    store(c + WIDTH, sum[r][1]);
  }
}

static void pair_tile_of(size_t rows, size_t pairs, const uint32_t *a, size_t row, size_t step,
                         const uint32_t *b, float *c, size_t stride) {
#define CASE(n) \
  case n:       \
    return pair_tile(n, pairs, a, row, step, b, c, stride);
  switch (rows) { EACH_ROW_COUNT(CASE) }
#undef CASE
}

INLINE size_t pairs_of(size_t count) { return (count + 1) / 2; }

/// Pairs rows 2 i and 2 i + 1 of a matrix with PANEL columns; a missing last row counts as zero.
INLINE void pair_rows(size_t rows, size_t stride, const float *from, uint32_t *to) {
  for (size_t r = 0; r < rows; r += 2, from += 2 * stride, to += PANEL)
    for (size_t c = 0; c < PANEL; c += WIDTH) {
      vfloat odd = r + 1 < rows ? load(from + stride + c) : splat(0.0f);
      store_pairs(to + c, pair_bfloats(load(from + c), odd));
    }
}

typedef uint16_t vword __attribute__((ext_vector_type(WIDTH)));
typedef uint16_t vword_unaligned
    __attribute__((ext_vector_type(WIDTH), aligned(2), may_alias));

/// Pairs neighbours in one row: its bfloat16 values in order, a missing last one zero.
INLINE void pair_neighbours(size_t count, const float *from, uint32_t *to) {
  uint16_t *words = (uint16_t *)to;
  size_t k = 0;
  for (; k + WIDTH <= count; k += WIDTH)
    *(vword_unaligned *)(words + k) = __builtin_convertvector(to_bfloat(load(from + k)) >> 16, vword);
  if (k == count) return;
  uint16_t rest[WIDTH];
  *(vword_unaligned *)rest =
      __builtin_convertvector(to_bfloat(load_part(from + k, count - k)) >> 16, vword);
  memcpy(words + k, rest, (count - k + 1) / 2 * 2 * sizeof(uint16_t));
}

static size_t bfloat_scratch_count(size_t samples, size_t inputs, size_t outputs) {
  size_t input_panels = (inputs + PANEL - 1) / PANEL * PANEL;
  size_t output_panels = (outputs + PANEL - 1) / PANEL * PANEL;
  size_t sample_panels = (samples + PANEL - 1) / PANEL * PANEL;
  size_t forward = pairs_of(inputs) * (sample_panels + ROWS);
  size_t weights = pairs_of(samples) * (input_panels + output_panels);
  size_t input = pairs_of(outputs) * (samples + PANEL) + PANEL;
  size_t most = forward > weights ? forward : weights;
  return most > input ? most : input;
}

static void bfloat_forward(size_t samples, size_t inputs, size_t outputs, size_t first, size_t end,
                           const float *weights, const float *x, float *y, uint32_t *scratch) {
  size_t panels = (samples + PANEL - 1) / PANEL, pairs = pairs_of(inputs);
  uint32_t *rows = scratch + panels * pairs * PANEL;
  for (size_t p = 0; p < panels; p++)
    pair_rows(inputs, PANEL, x + p * inputs * PANEL, scratch + p * pairs * PANEL);
  for (size_t o = first; o < end; o += ROWS) {
    size_t count = least(ROWS, end - o);
    for (size_t r = 0; r < count; r++)
      pair_neighbours(inputs, weights + (o + r) * inputs, rows + r * pairs);
    for (size_t p = 0; p < panels; p++)
      pair_tile_of(count, pairs, rows, pairs, 1, scratch + p * pairs * PANEL,
                   y + (p * outputs + o) * PANEL, PANEL);
  }
}

static void bfloat_backward_weights(size_t samples, size_t length, size_t inputs, size_t first,
                                    size_t end, const float *x, const float *dy, float *gradient,
                                    uint32_t *scratch) {
  size_t pairs = pairs_of(samples);
  uint32_t *left = scratch + (inputs + PANEL - 1) / PANEL * PANEL * pairs;
  for (size_t i = 0; i < inputs; i += PANEL)
    pair_rows(samples, PANEL, x + i * length, scratch + i * pairs);
  for (size_t panel = first / PANEL * PANEL; panel < end; panel += PANEL) {
    pair_rows(samples, PANEL, dy + panel * length, left);
    for (size_t o = panel < first ? first : panel, rows; o < least(panel + PANEL, end); o += rows) {
      rows = least(ROWS, least(panel + PANEL, end) - o);
      for (size_t i = 0; i < inputs; i += PANEL) {
        float part[ROWS * PANEL], *target = gradient + o * inputs + i;
        bool whole = i + PANEL <= inputs;
        pair_tile_of(rows, pairs, left + (o - panel), 1, PANEL, scratch + i * pairs,
                     whole ? target : part, whole ? inputs : PANEL);
        for (size_t r = 0; !whole && r < rows; r++)
          memcpy(target + r * inputs, part + r * PANEL, (inputs - i) * sizeof(float));
      }
    }
  }
}

/// Rows of pairs along the units, from unit panels.
INLINE void pair_units(size_t samples, size_t units, const float *panels, size_t length,
                       uint32_t *rows) {
  size_t pairs = pairs_of(units);
  for (size_t u = 0; u < units; u += PANEL)
    for (size_t s = 0; s < samples; s++)
      pair_neighbours(least(PANEL, units - u), panels + u * length + s * PANEL,
                      rows + s * pairs + u / 2);
}

/// Pairs the weights' rows for one panel of inputs.
INLINE void pair_weights(size_t outputs, size_t inputs, size_t first, const float *weights,
                         uint32_t *to) {
  float two[2 * PANEL];
  size_t n = least(PANEL, inputs - first);
  for (size_t o = 0; o < outputs; o += 2, to += PANEL) {
    if (n == PANEL) {
      pair_rows(least(2, outputs - o), inputs, weights + o * inputs + first, to);
      continue;
    }
    memset(two, 0, sizeof two);
    for (size_t r = 0; r < least(2, outputs - o); r++)
      memcpy(two + r * PANEL, weights + (o + r) * inputs + first, n * sizeof(float));
    pair_rows(2, PANEL, two, to);
  }
}

static void bfloat_backward_input(size_t samples, size_t inputs, size_t outputs, size_t first,
                                  size_t end, const float *weights, const float *dy, size_t length,
                                  float *dx, uint32_t *scratch) {
  size_t pairs = pairs_of(outputs);
  uint32_t *rows = scratch + pairs * PANEL;
  pair_units(samples, outputs, dy, length, rows);
  for (size_t i = first; i < end; i += PANEL) {
    pair_weights(outputs, inputs, i, weights, scratch);
    for (size_t s = 0; s < samples; s += ROWS)
      pair_tile_of(least(ROWS, samples - s), pairs, rows + s * pairs, pairs, 1, scratch,
                   dx + i * samples + s * PANEL, PANEL);
  }
}
