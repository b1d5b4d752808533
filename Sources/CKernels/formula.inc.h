// Programs of formulas: each operation runs over a block of values that stays in the cache.

/// Values in a register: whole rows of the transposed blocks of a dense layer.
#define BLOCK ((size_t)32 * WIDTH)

/// An operand, and the floats from one vector of it to the next: 0 for one value everywhere.
typedef struct {
  const float *at;
  size_t step;
} formula_operand;

/// A program with its operands for blocks.
typedef struct {
  const srelu_program *program;
  float *registers;
  formula_operand operands[SRELU_MOST_OPERANDS];
} formula_run;

/// Positive or NaN.
INLINE vint is_above(vfloat u) { return ~(u <= splat(0.0f)); }

// Functions of u made of e = exp(-|u|), which they share and which can't overflow.

INLINE vfloat decay_sigmoid(vfloat u, vfloat e) {
  vint above = is_above(u);
  vfloat below = e + splat(1.0f), s = select(above, splat(1.0f), e) / below;
  // What rounding took from the divisor, times s / divisor.
  vfloat lost = e - (below - splat(1.0f));
  return fma_(-s * select(above, s, splat(1.0f) - s), lost, s);
}

INLINE vfloat decay_softplus(vfloat u, vfloat e) {
  return function_log1p(e) + select(is_above(u), u, splat(0.0f));
}

/// tanh(ln(1 + e^u)) = n / (n + 2) with n = e^u (e^u + 2); for u > 0 both are divided by e^2u.
INLINE vfloat decay_tanh_softplus(vfloat u, vfloat e) {
  vint above = is_above(u);
  vfloat twice = e + e;
  vfloat n = select(above, twice + splat(1.0f), fma_(e, e, twice));
  return n / (n + select(above, twice * e, splat(2.0f)));
}

static void run_block(const formula_run *run, size_t count) {
  const srelu_program *program = run->program;
  for (size_t i = 0; i < program->count; i++) {
    const srelu_instruction *instruction = program->instructions + i;
    float *to = run->registers + instruction->target * BLOCK;
    formula_operand first = run->operands[instruction->a], second = run->operands[instruction->b],
                    third = run->operands[instruction->c];
    const float *pa = first.at, *pb = second.at, *pc = third.at;
#define LOOP(...)                                    \
  for (size_t v = 0; v < count; v += WIDTH) {        \
    __VA_ARGS__                                      \
    pa += first.step;                                \
  }                                                  \
  break;
#define UNARY(name, expression)        \
  case SRELU_OPERATION_##name:         \
    LOOP({                             \
      vfloat a = load(pa);             \
      store(to + v, expression);       \
    })
#define BINARY(name, expression)             \
  case SRELU_OPERATION_##name:               \
    LOOP({                                   \
      vfloat a = load(pa), b = load(pb);     \
      store(to + v, expression);             \
      pb += second.step;                     \
    })
#define TERNARY(name, expression)                           \
  case SRELU_OPERATION_##name:                              \
    LOOP({                                                  \
      vfloat a = load(pa), b = load(pb), c = load(pc);      \
      store(to + v, expression);                            \
      pb += second.step;                                    \
      pc += third.step;                                     \
    })
    switch ((srelu_operation)instruction->operation) {
      BINARY(ADD, a + b)
      BINARY(SUBTRACT, a - b)
      BINARY(MULTIPLY, a * b)
      BINARY(DIVIDE, a / b)
      TERNARY(MULTIPLY_ADD, fma_(a, b, c))
      TERNARY(SUBTRACT_PRODUCT, fma_(-a, b, c))
      UNARY(NEGATE, -a)
      UNARY(ABS, vabs(a))
      UNARY(SIGN, function_sign(a))
      UNARY(SQRT, __builtin_elementwise_sqrt(a))
      UNARY(EXP, function_exp(a))
      UNARY(DECAY, function_decay(a))
      BINARY(SIGMOID, decay_sigmoid(a, b))
      BINARY(MIRRORED_SIGMOID, decay_sigmoid(-a, b))
      BINARY(SOFTPLUS, decay_softplus(a, b))
      BINARY(TANH_SOFTPLUS, decay_tanh_softplus(a, b))
      UNARY(EXPM1, function_expm1(a))
      UNARY(LOG, function_log(a))
      UNARY(LOG1P, function_log1p(a))
      UNARY(SIN, function_sin(a))
      UNARY(COS, function_cos(a))
      UNARY(ATAN, function_atan(a))
      UNARY(TANH, function_tanh(a))
      UNARY(ERF, function_erf(a))
      UNARY(NORMCDF, function_normcdf(a))
      BINARY(POWER, function_power(a, b))
      BINARY(LESS, floats(a < b))
      BINARY(LESS_OR_EQUAL, floats(a <= b))
      BINARY(EQUAL, floats(a == b))
      BINARY(NOT_LESS, floats(~(a < b)))
      BINARY(NOT_LESS_OR_EQUAL, floats(~(a <= b)))
      BINARY(NOT_EQUAL, floats(a != b))
      TERNARY(CHOOSE, select(bits(a), b, c))
    }
#undef LOOP
#undef UNARY
#undef BINARY
#undef TERNARY
  }
}

static size_t program_scratch_count(const srelu_program *program) {
  return (program->registers + 2 * program->learned + 1) * BLOCK + program->constant_count * WIDTH;
}

/// Lays the program's operands out in `scratch`; those of learned parameters are set by the caller.
/// Returns what is behind.
static float *prepare(formula_run *run, const srelu_program *program, float *scratch) {
  run->program = program;
  run->registers = scratch;
  size_t operand = 0;
  for (; operand < program->registers; operand++, scratch += BLOCK)
    run->operands[operand] = (formula_operand){scratch, WIDTH};
  operand += program->learned;
  for (size_t i = 0; i < program->constant_count; i++, operand++, scratch += WIDTH) {
    store(scratch, splat(program->constants[i]));
    run->operands[operand] = (formula_operand){scratch, 0};
  }
  return scratch;
}

/// Makes a learned parameter an operand for the `count` values from `at` on.
static void repeat_parameter(formula_run *run, size_t index, srelu_parameter parameter, size_t at,
                             size_t count, float *pattern) {
  formula_operand *operand = run->operands + run->program->registers + index;
  if (parameter.period == 1) {
    store(pattern, splat(parameter.values[0]));
    *operand = (formula_operand){pattern, 0};
    return;
  }
  for (size_t done = 0; done < count;) {
    size_t from = (at + done) % parameter.period;
    size_t n = least(count - done, parameter.period - from);
    memcpy(pattern + done, parameter.values + from, n * sizeof(float));
    done += n;
  }
  *operand = (formula_operand){pattern, WIDTH};
}

/// Copies an operand's block, times a mask if there is one.
INLINE void write_block(formula_operand operand, size_t n, const float *mask, float *to) {
  size_t v = 0;
  for (; v + WIDTH <= n; v += WIDTH, operand.at += operand.step) {
    vfloat value = load(operand.at);
    store(to + v, mask ? value * load(mask + v) : value);
  }
  if (v == n) return;
  vfloat value = load(operand.at);
  store_part(to + v, mask ? value * load_part(mask + v, n - v) : value, n - v);
}

/// Makes x the values from `x` on, which are copied only where a vector would reach behind them.
INLINE void read_x(formula_run *run, const float *x, size_t n) {
  if (n % WIDTH) {
    memcpy(run->registers, x, n * sizeof(float));
    x = run->registers;
  }
  run->operands[0].at = x;
}

/// Blocks of values in rows of `width` columns: whole rows if at least one fits a block, else parts
/// of rows.
typedef struct {
  const srelu_parameter *parameters;
  float *patterns;
  size_t total, width;
  /// The current block: values from `at` on.
  size_t at, count;
} block_walk;

/// Goes to the next block, first to the first, and lays the parameters out for it. Returns false at
/// the end.
static bool next_block(block_walk *walk, formula_run *run) {
  bool is_first = walk->count == 0;
  walk->at += walk->count;
  if (walk->at >= walk->total) return false;
  size_t rows = BLOCK / walk->width, left = walk->total - walk->at;
  size_t rest = walk->width - walk->at % walk->width;
  walk->count = least(left, rows ? rows * walk->width : least(BLOCK, rest));
  for (size_t i = 0; i < run->program->learned; i++) {
    srelu_parameter parameter = walk->parameters[i];
    // Whole rows look the same to it.
    if (!is_first && rows && walk->width % parameter.period == 0) continue;
    repeat_parameter(run, i, parameter, walk->at, walk->count, walk->patterns + i * BLOCK);
  }
  return true;
}

static void program_rows(const srelu_program *program, size_t samples, size_t rows, size_t width,
                         const float *x, const srelu_parameter *parameters,
                         const srelu_dropout *dropout, float *y, float *derivative,
                         float *const *gradients, float *scratch, float *mask_scratch) {
  formula_run run;
  float *patterns = prepare(&run, program, scratch);
  size_t units = rows * width;
  for (size_t s = 0; s < samples; s++) {
    if (dropout)
      dropout_mask(dropout, dropout->first_slot + (uint32_t)s, units, mask_scratch);
    block_walk walk = {parameters, patterns, units, width, 0, 0};
    while (next_block(&walk, &run)) {
      size_t at = s * units + walk.at, n = walk.count;
      read_x(&run, x + at, n);
      run_block(&run, n);
      const float *mask = dropout ? mask_scratch + walk.at : NULL;
      write_block(run.operands[program->value], n, mask, y + at);
      if (derivative) write_block(run.operands[program->derivative], n, mask, derivative + at);
      if (!gradients) continue;
      for (size_t i = 0; i < program->learned; i++)
        write_block(run.operands[program->gradients[i]], n, mask, gradients[i] + at);
    }
  }
}

/// One block of a dense layer: WIDTH samples x `columns` units, from sample panels on.
static void program_dense(const srelu_program *program, size_t samples, size_t units,
                          const float *x, const float *bias, const srelu_parameter *parameters,
                          const srelu_dropout *dropout, float *y, float *y_units, size_t length,
                          float *derivative, float *const *gradients, float *scratch,
                          float *mask_scratch) {
  formula_run run;
  float *patterns = prepare(&run, program, scratch);
  size_t mask_stride = (units + 127) / 128 * 128, most = BLOCK / WIDTH;
  for (size_t s = 0; s < samples; s += WIDTH) {
    size_t present = least(WIDTH, samples - s);
    if (dropout)
      for (size_t i = 0; i < present; i++)
        dropout_mask(dropout, dropout->first_slot + (uint32_t)(s + i), units,
                     mask_scratch + i * mask_stride);
    for (size_t first = 0; first < units; first += most) {
      size_t columns = least(most, units - first);
      // Vector (u, i) of the block holds WIDTH units from u on of sample i.
      for (size_t u = 0; u < columns; u += WIDTH) {
        size_t n = least(WIDTH, columns - u), from = place_in_panels(s, first + u, units);
        vfloat row[WIDTH];
        for (size_t i = 0; i < WIDTH; i++)
          row[i] = i < n ? load(x + from + i * PANEL) : splat(0.0f);
        transpose(row);
        const float *shift = bias + first + u;
        vfloat b = n == WIDTH ? load(shift) : load_part(shift, n);
        for (size_t i = 0; i < WIDTH; i++)
          store(run.registers + (u + i) * WIDTH, row[i] + b);
        for (size_t p = 0; p < program->learned; p++) {
          if (parameters[p].period == 1) continue;
          const float *values = parameters[p].values + first + u;
          vfloat v = n == WIDTH ? load(values) : load_repeating(values, n);
          for (size_t i = 0; i < WIDTH; i++)
            store(patterns + p * BLOCK + (u + i) * WIDTH, v);
        }
      }
      for (size_t p = 0; p < program->learned; p++) {
        float *pattern = patterns + p * BLOCK;
        if (parameters[p].period == 1) store(pattern, splat(parameters[p].values[0]));
        run.operands[program->registers + p] =
            (formula_operand){pattern, parameters[p].period > 1 ? WIDTH : 0};
      }
      size_t vectors = (columns + WIDTH - 1) / WIDTH * WIDTH;
      run_block(&run, vectors * WIDTH);
      for (size_t u = 0; u < columns; u += WIDTH) {
        size_t n = least(WIDTH, columns - u);
        size_t at = place_in_panels(first + u, s, samples);
        float *units_row = y_units ? y_units + place_in_panels(first + u, s, length) : NULL;
        vfloat row[WIDTH];
#define OPERAND(o) load(run.operands[o].at + (u + i) * run.operands[o].step)
        for (size_t i = 0; i < WIDTH; i++, at += PANEL) {
          vfloat value = OPERAND(program->value);
          vfloat mask = splat(1.0f);
          if (dropout) {
            mask = load(mask_scratch + i * mask_stride + first + u);
            value *= mask;
          }
          row[i] = value;
          if (i >= present) continue;
          if (units_row) store(units_row + i * PANEL, value);
          if (derivative) {
            vfloat d = OPERAND(program->derivative);
            store(derivative + at, dropout ? d * mask : d);
          }
          if (gradients)
            for (size_t p = 0; p < program->learned; p++) {
              vfloat g = OPERAND(program->gradients[p]);
              store(gradients[p] + at, dropout ? g * mask : g);
            }
        }
#undef OPERAND
        transpose(row);
        size_t to = place_in_panels(s, first + u, units);
        for (size_t i = 0; i < n; i++) store(y + to + i * PANEL, row[i]);
      }
    }
  }
}

/// sums[column] = the sum of x over rows `stride` floats apart, in their order.
static void column_sums(size_t rows, size_t width, size_t stride, const float *x, float *sums) {
  size_t c = 0;
  // Each sum waits for its last addition: several at a time.
  for (; c + 2 * WIDTH <= width; c += 2 * WIDTH) {
    vfloat first = splat(0.0f), second = splat(0.0f);
    const float *at = x + c;
    for (size_t row = 0; row < rows; row++, at += stride) {
      first += load(at);
      second += load(at + WIDTH);
    }
    store(sums + c, first);
    store(sums + c + WIDTH, second);
  }
  for (; c < width; c += WIDTH) {
    size_t n = least(WIDTH, width - c);
    vfloat sum = splat(0.0f);
    const float *at = x + c;
    for (size_t row = 0; row < rows; row++, at += stride) sum += load_part(at, n);
    store_part(sums + c, sum, n);
  }
}

/// sums[column] += dy * factor over rows `stride` floats apart.
static void product_sums(size_t rows, size_t width, size_t stride, const float *dy,
                         const float *factor, float *sums) {
  for (size_t c = 0; c < width; c += WIDTH) {
    size_t n = least(WIDTH, width - c);
    vfloat sum = splat(0.0f);
    for (size_t row = 0; row < rows; row++) {
      size_t at = row * stride + c;
      sum = n == WIDTH ? fma_(load(dy + at), load(factor + at), sum)
                       : fma_(load_part(dy + at, n), load_part(factor + at, n), sum);
    }
    if (n == WIDTH)
      store(sums + c, load(sums + c) + sum);
    else
      store_part(sums + c, load_part(sums + c, n) + sum, n);
  }
}
