// Matrix products of a dense layer. The forward pass doesn't copy the weights, and the activations
// lie in two layouts that the products read in order:
//
//   sample panels  t[panel, feature, PANEL]: PANEL samples side by side
//   unit panels    u[panel, sample, PANEL]:  PANEL features side by side
//
// The last panel is padded; results never depend on the padding.

enum { PANEL = 2 * WIDTH };
// A tile has ROWS x 2 vectors as accumulators, which leaves registers for the operands. Each number
// of rows up to ROWS has its own code.
#define SIX_ROWS(CASE) CASE(1) CASE(2) CASE(3) CASE(4) CASE(5) CASE(6)
#if WIDTH >= 16
enum { ROWS = 12 };
#define EACH_ROW_COUNT(CASE) \
  SIX_ROWS(CASE) CASE(7) CASE(8) CASE(9) CASE(10) CASE(11) CASE(12)
#else
enum { ROWS = 6 };
#define EACH_ROW_COUNT(CASE) SIX_ROWS(CASE)
#endif
// Terms of the inner sum between two updates of the result, so that the panels stay in the caches.
enum { DEPTH = 400 };


/// The tile's path over the left operand: `row` floats from row to row, `step` from one term of the
/// sum to the next, and after each `chunk` terms `jump` floats from chunk to chunk.
typedef struct {
  size_t row, step, chunk, jump;
} walk;

/// c[rows, PANEL] (+)= a[rows, depth] b[depth, PANEL].
INLINE void tile(const size_t rows, size_t depth, const float *a, const walk w, const float *b,
                 float *c, size_t stride, bool add) {
  // Every sum is one chain of multiply-adds, carried over the blocks of its terms.
  vfloat sum[ROWS][2];
  for (size_t r = 0; r < rows; r++) {
    sum[r][0] = add ? load(c + r * stride) : splat(0.0f);
    sum[r][1] = add ? load(c + r * stride + WIDTH) : splat(0.0f);
  }
  for (size_t done = 0; done < depth; done += w.chunk, a += w.jump) {
    const float *p = a;
    for (size_t k = least(w.chunk, depth - done); k; k--) {
      vfloat b0 = load(b), b1 = load(b + WIDTH);
      b += PANEL;
      for (size_t r = 0; r < rows; r++) {
        vfloat x = splat(p[r * w.row]);
        sum[r][0] = fma_(x, b0, sum[r][0]);
        sum[r][1] = fma_(x, b1, sum[r][1]);
      }
      p += w.step;
    }
  }
  for (size_t r = 0; r < rows; r++, c += stride) {
    store(c, sum[r][0]);
    store(c + WIDTH, sum[r][1]);
  }
}

INLINE void tile_of(size_t rows, size_t depth, const float *a, const walk w, const float *b,
                    float *c, size_t stride, bool add) {
#define CASE(n) \
  case n:       \
    return tile(n, depth, a, w, b, c, stride, add);
  switch (rows) { EACH_ROW_COUNT(CASE) }
#undef CASE
}

/// The left operand's rows are contiguous, `row` floats apart.
static void tile_rows(size_t rows, size_t depth, const float *a, size_t row, const float *b,
                      float *c, size_t stride, bool add) {
  tile_of(rows, depth, a, (walk){row, 1, depth, 0}, b, c, stride, add);
}

/// The left operand is in unit panels; the tile's rows are units.
static void tile_units(size_t rows, size_t depth, const float *a, const float *b, float *c,
                       size_t stride) {
  tile_of(rows, depth, a, (walk){1, PANEL, depth, 0}, b, c, stride, false);
}

/// The left operand is in unit panels; the tile's rows are samples.
static void tile_samples(size_t rows, size_t depth, const float *a, size_t length,
                         const float *b, float *c, bool add) {
  tile_of(rows, depth, a, (walk){PANEL, 1, PANEL, length * PANEL}, b, c, PANEL, add);
}

static void dense_forward(size_t samples, size_t inputs, size_t outputs, size_t first,
                          size_t end, const float *weights, const float *x, float *y) {
  size_t panels = (samples + PANEL - 1) / PANEL;
  for (size_t k = 0; k < inputs; k += DEPTH) {
    size_t depth = least(DEPTH, inputs - k);
    for (size_t o = first; o < end; o += ROWS)
      for (size_t p = 0; p < panels; p++)
        tile_rows(least(ROWS, end - o), depth, weights + o * inputs + k, inputs,
                  x + (p * inputs + k) * PANEL, y + (p * outputs + o) * PANEL, PANEL, k > 0);
  }
}

static void dense_backward_weights(size_t samples, size_t length, size_t inputs, size_t first,
                                   size_t end, const float *x, const float *dy, float *gradient,
                                   const srelu_optimizer *optimizer) {
  for (size_t o = first, rows; o < end; o += rows) {
    size_t panel = o / PANEL * PANEL;
    rows = least(ROWS, least(panel + PANEL, end) - o);
    const float *left = dy + panel * length + (o - panel);
    for (size_t i = 0; i < inputs; i += PANEL) {
      size_t at = o * inputs + i;
      if (i + PANEL <= inputs && !optimizer) {
        tile_units(rows, samples, left, x + i * length, gradient + at, inputs);
        continue;
      }
      float part[ROWS * PANEL];
      size_t columns = least(PANEL, inputs - i);
      // An immediate step saves the gradient the trip through memory.
      if (optimizer) prefetch_tile(optimizer, rows, PANEL, optimizer->first + at, inputs);
      tile_units(rows, samples, left, x + i * length, part, PANEL);
      if (optimizer) {
        update_tile(optimizer, rows, columns, part, PANEL, optimizer->first + at, inputs);
        continue;
      }
      for (size_t r = 0; r < rows; r++)
        memcpy(gradient + at + r * inputs, part + r * PANEL, columns * sizeof(float));
    }
  }
}

/// Copies n <= PANEL columns from `first` on of `rows` rows, `stride` floats apart, with zeros behind them.
INLINE void copy_panel(size_t rows, size_t n, size_t stride, size_t first, const float *from,
                       float *to) {
  from += first;
  for (size_t r = 0; r < rows; r++, from += stride, to += PANEL) {
    if (n == PANEL) {
      store(to, load(from));
      store(to + WIDTH, load(from + WIDTH));
    } else {
      memset(to, 0, PANEL * sizeof(float));
      memcpy(to, from, n * sizeof(float));
    }
  }
}

/// Prefetches rows first ..< end of the next panel, so that copying it doesn't wait for each.
INLINE void prefetch_rows(size_t first, size_t end, size_t width, const float *from) {
  for (size_t r = first; r < end; r++)
    for (size_t c = 0; c < PANEL; c += 16) __builtin_prefetch(from + r * width + c);
}

static void dense_backward_input(size_t samples, size_t inputs, size_t outputs, size_t first,
                                 size_t end, const float *weights, const float *dy, size_t length,
                                 float *dx, float *scratch) {
  enum { BLOCK = 16 * PANEL };
  for (size_t i = first; i < end; i += PANEL) {
    copy_panel(outputs, least(PANEL, inputs - i), inputs, i, weights, scratch);
    bool more = i + PANEL < end;
    for (size_t k = 0; k < outputs; k += BLOCK) {
      size_t depth = least(BLOCK, outputs - k);
      for (size_t s = 0; s < samples; s += ROWS) {
        size_t rows = least(ROWS, samples - s);
        if (more)
          prefetch_rows(k + s * depth / samples, k + (s + rows) * depth / samples, inputs,
                        weights + i + PANEL);
        tile_samples(rows, depth, dy + k * length + s * PANEL, length, scratch + k * PANEL,
                     dx + i * samples + s * PANEL, k > 0);
      }
    }
  }
}

/// The same of a matrix whose columns lie apart, one value after the other.
INLINE void gather_panel(size_t rows, size_t n, srelu_matrix b, size_t first, float *to) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < PANEL; i++)
      *to++ = i < n ? b.base[r * b.row + (first + i) * b.column] : 0;
}

static size_t product_scratch_count(void) { return (size_t)DEPTH * PANEL; }

static void matrix_product(size_t rows, size_t columns, size_t inner, srelu_matrix a,
                           srelu_matrix b, bool add, float *c, size_t stride, float *scratch) {
  for (size_t i = 0; i < columns; i += PANEL) {
    size_t n = least(PANEL, columns - i);
    for (size_t k = 0; k < inner; k += DEPTH) {
      size_t depth = least(DEPTH, inner - k);
      bool more = add || k > 0;
      srelu_matrix right = {b.base + k * b.row, b.row, b.column};
      if (b.column == 1)
        copy_panel(depth, n, b.row, i, right.base, scratch);
      else
        gather_panel(depth, n, right, i, scratch);
      for (size_t r = 0; r < rows; r += ROWS) {
        size_t count = least(ROWS, rows - r);
        const float *left = a.base + r * a.row + k * a.column;
        walk w = {a.row, a.column, depth, 0};
        float *to = c + r * stride + i;
        if (n == PANEL) {
          tile_of(count, depth, left, w, scratch, to, stride, more);
          continue;
        }
        float part[ROWS * PANEL] = {0};
        for (size_t j = 0; more && j < count; j++)
          memcpy(part + j * PANEL, to + j * stride, n * sizeof(float));
        tile_of(count, depth, left, w, scratch, part, PANEL, more);
        for (size_t j = 0; j < count; j++)
          memcpy(to + j * stride, part + j * PANEL, n * sizeof(float));
      }
    }
  }
}
