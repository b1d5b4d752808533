// The max-pooling of windows by what comes after the activation.

/// One vector of candidates; `place` receives the winners' places, p holds both candidates'.
INLINE vfloat larger_of(const srelu_activation *a, srelu_activation_kind kind, vfloat high,
                        vfloat low, vfloat slope, vint p, vint *place) {
  vfloat alpha = splat(a->alpha), beta = splat(a->beta);
  vfloat at_low = evaluate(kind, low, alpha, beta, slope).value;
  vfloat at_high = evaluate(kind, high, alpha, beta, slope).value;
  vint place_low = p >> 2, place_high = p & 3;
  // As in any max-pool, the first of the window's pixels that reach the maximum wins.
  vint lower = (at_low > at_high) | ((at_low == at_high) & (place_low < place_high));
  *place = select_int(lower, place_low, place_high);
  return select(lower, low, high);
}

/// Values whose undecided ones are listed at a time.
enum { LISTED = 4096 };

/// Keeps the winner where the bottom tells which it is, and lists the others in `open`. Returns their
/// number.
static size_t decide(srelu_bottom bottom, size_t count, float *high, const float *low,
                     uint8_t *place, uint16_t *open) {
  size_t number = 0;
  for (size_t v = 0; v < count; v += WIDTH) {
    size_t n = least(WIDTH, count - v);
    vfloat h = n == WIDTH ? load(high + v) : load_part(high + v, n);
    vfloat l = n == WIDTH ? load(low + v) : load_part(low + v, n);
    vint takes_high = l >= splat(bottom.rises_from);
    vint takes_low = (h <= splat(bottom.falls_until)) & ~takes_high;
    vbyte both = 0;
    if (n == WIDTH)
      both = load_bytes(place + v);
    else
      memcpy(&both, place + v, n);
    vint p = __builtin_convertvector(both, vint);
    p = select_int(takes_high, p & 3, select_int(takes_low, p >> 2, p));
    both = __builtin_convertvector(p, vbyte);
    h = select(takes_low, l, h);
    if (n == WIDTH) {
      store(high + v, h);
      store_bytes(place + v, both);
    } else {
      store_part(high + v, h, n);
      memcpy(place + v, &both, n);
    }
    uint64_t left = mask_bits(~(takes_high | takes_low)) & ((1u << n) - 1);
    for (; left; left &= left - 1) open[number++] = (uint16_t)(v + (size_t)__builtin_ctzll(left));
  }
  return number;
}

INLINE void select_extreme_kind(srelu_activation_kind kind, const srelu_activation *a,
                                srelu_bottom bottom, size_t total, size_t width,
                                const float *slopes, float *high, const float *low,
                                uint8_t *place) {
  uint16_t open[LISTED];
  for (size_t at = 0; at < total; at += LISTED, high += LISTED, low += LISTED, place += LISTED) {
    size_t count = decide(bottom, least(LISTED, total - at), high, low, place, open);
    for (size_t v = 0; v < count; v += WIDTH) {
      size_t n = least(WIDTH, count - v);
      float h[WIDTH] = {0}, l[WIDTH] = {0}, slope[WIDTH] = {0};
      uint8_t p[WIDTH] = {0};
      for (size_t i = 0; i < n; i++) {
        size_t from = open[v + i];
        h[i] = high[from];
        l[i] = low[from];
        p[i] = place[from];
        if (slopes) slope[i] = slopes[(at + from) % width];
      }
      vint winner;
      store(h, larger_of(a, kind, load(h), load(l), load(slope),
                         __builtin_convertvector(load_bytes(p), vint), &winner));
      store_bytes(p, __builtin_convertvector(winner, vbyte));
      for (size_t i = 0; i < n; i++) {
        high[open[v + i]] = h[i];
        place[open[v + i]] = p[i];
      }
    }
  }
}

static void select_extreme(const srelu_activation *a, srelu_bottom bottom, size_t rows,
                           size_t width, const float *slopes, float *high, const float *low,
                           uint8_t *place) {
#define CASE(formula)                                                                            \
  case SRELU_##formula:                                                                          \
    return select_extreme_kind(SRELU_##formula, a, bottom, rows * width, width, slopes, high, low, \
                               place);
  switch (a->kind) { SRELU_EACH_FORMULA(CASE) }
#undef CASE
}

/// The program's value of register 0.
INLINE formula_operand value_of(const formula_run *run, size_t count) {
  run_block(run, count);
  return run->operands[run->program->value];
}

INLINE float element(formula_operand operand, size_t i) {
  return operand.at[i / WIDTH * operand.step + i % WIDTH];
}

static void program_extreme(const srelu_program *program, srelu_bottom bottom, size_t rows,
                            size_t width, const srelu_parameter *parameters, float *high,
                            const float *low, uint8_t *place, float *scratch) {
  formula_run run;
  float *patterns = prepare(&run, program, scratch);
  float *kept = patterns + program->learned * BLOCK;
  uint16_t list[LISTED];
  size_t total = rows * width;
  for (size_t at = 0; at < total; at += LISTED, high += LISTED, low += LISTED, place += LISTED) {
    size_t count = decide(bottom, least(LISTED, total - at), high, low, place, list);
    for (size_t first = 0; first < count; first += BLOCK) {
      const uint16_t *open = list + first;
      size_t n = least(BLOCK, count - first);
      for (size_t p = 0; p < program->learned; p++) {
        srelu_parameter parameter = parameters[p];
        float *pattern = patterns + p * BLOCK;
        if (parameter.period == 1)
          store(pattern, splat(parameter.values[0]));
        else
          for (size_t i = 0; i < n; i++)
            pattern[i] = parameter.values[(at + open[i]) % parameter.period];
        run.operands[program->registers + p] =
            (formula_operand){pattern, parameter.period > 1 ? WIDTH : 0};
      }
      for (size_t i = 0; i < n; i++) run.registers[i] = low[open[i]];
      write_block(value_of(&run, n), n, NULL, kept);
      for (size_t i = 0; i < n; i++) run.registers[i] = high[open[i]];
      formula_operand f = value_of(&run, n);
      for (size_t i = 0; i < n; i++) {
        float f_low = kept[i], f_high = element(f, i);
        uint8_t *both = place + open[i];
        uint8_t place_low = *both >> 2, place_high = *both & 3;
        // As in any max-pool, the first of the window's pixels that reach the maximum wins.
        bool lower = f_low > f_high || (f_low == f_high && place_low < place_high);
        if (lower) high[open[i]] = low[open[i]];
        *both = lower ? place_low : place_high;
      }
    }
  }
}

static void program_largest(const srelu_program *program, size_t plane, size_t rows, size_t width,
                            const srelu_parameter *parameters, float *high, uint8_t *place,
                            float *scratch) {
  formula_run run;
  float *patterns = prepare(&run, program, scratch);
  float *best = patterns + program->learned * BLOCK;
  block_walk walk = {parameters, patterns, rows * width, width, 0, 0};
  while (next_block(&walk, &run)) {
    size_t at = walk.at, n = walk.count;
    for (size_t p = 0; p < 4; p++) {
      const float *x = high + p * plane + at;
      read_x(&run, x, n);
      formula_operand f = value_of(&run, n);
      if (p == 0) {
        write_block(f, n, NULL, best);
        memset(place + at, 0, n);
        continue;
      }
      for (size_t v = 0; v < n; v += WIDTH, f.at += f.step) {
        size_t count = least(WIDTH, n - v);
        vfloat value = load(f.at), most = load(best + v);
        // The first of equal ones wins; NaN if any is.
        vint wins = (value > most) | (value != value);
        uint64_t lanes = mask_bits(wins) & ((1u << count) - 1);
        if (!lanes) continue;
        store(best + v, select(wins, value, most));
        for (; lanes; lanes &= lanes - 1) {
          size_t i = v + (size_t)__builtin_ctzll(lanes);
          high[at + i] = x[i];
          place[at + i] = (uint8_t)p;
        }
      }
    }
  }
}
