// Activations and their derivatives, in one pass with bias and dropout.

typedef struct {
  vfloat value, derivative;
} vpair;

/// Phi(-z) / phi(z) for z >= 0 (Mills' ratio), as a polynomial in t = 1 / (1 + 0.4 z), from the
/// coefficient of t^10 to that of t: a weighted least-squares fit to sqrt(pi/2) erfcx(z / sqrt 2) on
/// [0, 13.3] with relative error 1.5e-8 before rounding.
#define MILLS_RATIO                                                                \
  0.079973210, -0.438994986, 0.948407025, -0.924395415, 0.288607879, -0.061472080, \
      0.226964695, 0.334145108, 0.400078946, 0.399999773

INLINE vfloat mills_ratio(vfloat z) {
  static const float c[] = {MILLS_RATIO};
  vfloat t = splat(1.0f) / fma_(splat(0.4f), z, splat(1.0f)), p = splat(c[0]);
#pragma clang loop unroll(full)
  for (size_t i = 1; i < sizeof c / sizeof *c; i++) p = fma_(p, t, splat(c[i]));
  return p * t;
}

INLINE bool any(vint mask) { return __builtin_expect(mask_bits(mask) != 0, 0); }

/// a x, but 0 at both infinities if a is 0: the limit, not the product.
INLINE vfloat times(vfloat a, vfloat x) {
  return select((a == 0) & (vabs(x) == splat(INFINITY)), splat(0.0f), a * x);
}

/// GELU below -8, where the rounding of x^2 / 2 would show: x^2 is split in two parts, the first
/// exact, and the exponential is computed as a square, so that it reaches the smallest float and
/// then 0.
INLINE vpair gelu_tail(vfloat x) {
  const vfloat scale = splat(0.398942280f);
  // Also keeps infinity from meeting a 0.
  x = select(x < splat(-30.0f), splat(-30.0f), x);
  vfloat z = vabs(x);
  vfloat high = floats(bits(z) & ~0xfff);
  vfloat rest = exp_negative(splat(-0.5f) * (z - high) * (z + high)) * scale;
  vfloat root = exp_negative(splat(-0.25f) * high * high);
  vfloat tail = rest * mills_ratio(z);
  return (vpair){x * tail * root * root, fma_(x, rest, tail) * root * root};
}

INLINE vpair gelu(vfloat x) {
  vfloat z = vabs(x);
  vfloat density = exp_negative(splat(-0.5f) * z * z) * splat(0.398942280f);
  // Beyond exp_negative's range the density is 0.
  vint far = z > splat(13.2f);
  if (any(far)) density = select(far, splat(0.0f), density);
  vfloat tail = density * mills_ratio(z);
  vfloat phi = select(x > 0, splat(1.0f) - tail, tail);
  vpair f = {x * phi, fma_(select(far, splat(0.0f), x), density, phi)};
  vint below = x < splat(-8.0f);
  if (any(below)) {
    vpair exact = gelu_tail(x);
    f.value = select(below, exact.value, f.value);
    f.derivative = select(below, exact.derivative, f.derivative);
  }
  return f;
}

INLINE vpair sigmoid(vfloat x) {
  vfloat e = exp_negative(-vabs(x));
  // Beyond exp_negative's range its square root is still in range.
  vint far = vabs(x) > splat(87.0f);
  if (any(far)) {
    vfloat root = exp_negative(splat(-0.5f) * vabs(x));
    e = select(far, root * root, e);
  }
  vfloat s = splat(1.0f) / (splat(1.0f) + e);
  return (vpair){select(x < 0, e * s, s), e * s * s};
}

/// x sigmoid(x). Beyond 200 the products have reached their limits, and infinity would meet a 0.
INLINE vpair silu(vfloat x) {
  vpair s = sigmoid(x);
  vfloat near = select(x < splat(-200.0f), splat(-200.0f), x);
  vfloat inner = select(near > splat(200.0f), splat(200.0f), near);
  return (vpair){near * s.value, fma_(inner, s.derivative, s.value)};
}

INLINE vpair hyperbolic_tangent(vfloat x) {
  vfloat u = expm1_negative(splat(-2.0f) * vabs(x));
  vfloat t = -u / (u + splat(2.0f));
  return (vpair){select(x < 0, -t, t), (splat(1.0f) - t) * (splat(1.0f) + t)};
}

/// f and f' at x. The positive branch is the one for "not x <= 0", so that NaN stays NaN.
INLINE vpair evaluate(srelu_activation_kind kind, vfloat x, vfloat alpha, vfloat beta,
                      vfloat slope) {
  vint negative = x <= 0;
  switch (kind) {
    case SRELU_LEAKY:
      return (vpair){select(negative, times(alpha, x), x), select(negative, alpha, splat(1.0f))};
    case SRELU_PARAMETRIC:
      return (vpair){select(negative, times(slope, x), x), select(negative, slope, splat(1.0f))};
    case SRELU_EXPONENTIAL: {
      vfloat e = expm1_negative(select(negative, x, splat(0.0f)));
      return (vpair){select(negative, beta * e, alpha * x),
                     select(negative, fma_(beta, e, beta), alpha)};
    }
    case SRELU_GELU:
      return gelu(x);
    case SRELU_SIGMOID:
      return sigmoid(x);
    case SRELU_TANH:
      return hyperbolic_tangent(x);
    case SRELU_SILU:
      return silu(x);
    case SRELU_IDENTITY:
      break;
  }
  return (vpair){x, splat(1.0f)};
}

typedef struct {
  const float *x, *bias, *slopes, *mask;
  float *y, *derivative, *negative;
} activate_row;

/// Activates one vector of a row: columns c ..< c + n, where n < WIDTH only at the row's end.
INLINE void activate_vector(srelu_activation_kind kind, const srelu_activation *a,
                            const activate_row *r, size_t c, size_t n) {
#define LOAD(p) (n == WIDTH ? load((p) + c) : load_part((p) + c, n))
#define STORE(p, v) (n == WIDTH ? store((p) + c, v) : store_part((p) + c, v, n))
  vfloat x = LOAD(r->x);
  if (r->bias) x += LOAD(r->bias);
  vfloat slope = splat(0.0f);
  if (kind == SRELU_PARAMETRIC) slope = LOAD(r->slopes);
  vpair f = evaluate(kind, x, splat(a->alpha), splat(a->beta), slope);
  if (r->mask) {
    vfloat mask = LOAD(r->mask);
    f.value *= mask;
    f.derivative *= mask;
    if (r->negative) STORE(r->negative, select(x <= 0, x, splat(0.0f)) * mask);
  } else if (r->negative) {
    STORE(r->negative, select(x <= 0, x, splat(0.0f)));
  }
  STORE(r->y, f.value);
  if (r->derivative) STORE(r->derivative, f.derivative);
#undef LOAD
#undef STORE
}

INLINE void activate_rows(srelu_activation_kind kind, const srelu_activation *a, activate_row r,
                          size_t rows, size_t width) {
  for (size_t row = 0; row < rows; row++) {
    size_t c = 0;
    for (; c + WIDTH <= width; c += WIDTH) activate_vector(kind, a, &r, c, WIDTH);
    if (c < width) activate_vector(kind, a, &r, c, width - c);
    r.x += width;
    r.y += width;
    if (r.mask) r.mask += width;
    if (r.derivative) r.derivative += width;
    if (r.negative) r.negative += width;
  }
}

/// A separate loop per kind, so that the kind is tested once per call.
static void activate_kind(const srelu_activation *a, activate_row r, size_t rows, size_t width) {
#define CASE(formula)   \
  case SRELU_##formula: \
    return activate_rows(SRELU_##formula, a, r, rows, width);
  switch (a->kind) { SRELU_EACH_FORMULA(CASE) }
#undef CASE
}

static void activate(const srelu_activation *activation, size_t samples, size_t rows, size_t width,
                     const float *x, const float *bias, const float *slopes,
                     const srelu_dropout *dropout, float *y, float *derivative, float *negative,
                     float *scratch) {
  activate_row r = {x, bias, slopes, NULL, y, derivative, negative};
  if (!dropout) return activate_kind(activation, r, samples * rows, width);
  size_t units = rows * width;
  r.mask = scratch;
  for (size_t s = 0; s < samples; s++) {
    dropout_mask(dropout, dropout->first_slot + (uint32_t)s, units, scratch);
    activate_kind(activation, r, rows, width);
    r.x += units;
    r.y += units;
    if (derivative) r.derivative += units;
    if (negative) r.negative += units;
  }
}

typedef struct {
  const float *dy, *derivative, *negative;
  float *gradient, *bias_gradient, *slope_gradient;
} backward_columns;

/// `vectors` vectors of columns from column c on, over all rows; the last vector has n columns.
INLINE void activate_backward_columns(const size_t vectors, size_t n, size_t c, size_t rows,
                                      size_t stride, const backward_columns b) {
#define LOAD(p) (n == WIDTH ? load((p) + at) : load_part((p) + at, n))
  vfloat bias[4], slope[4];
  for (size_t v = 0; v < vectors; v++) bias[v] = slope[v] = splat(0.0f);
  for (size_t row = 0; row < rows; row++)
    for (size_t v = 0; v < vectors; v++) {
      size_t at = row * stride + c + v * WIDTH;
      vfloat upstream = LOAD(b.dy);
      vfloat g = b.derivative ? upstream * LOAD(b.derivative) : upstream;
      if (n == WIDTH)
        store(b.gradient + at, g);
      else
        store_part(b.gradient + at, g, n);
      bias[v] += g;
      if (b.slope_gradient) slope[v] = fma_(upstream, LOAD(b.negative), slope[v]);
    }
  for (size_t v = 0; v < vectors; v++) {
    size_t at = c + v * WIDTH;
    store_part(b.bias_gradient + at, LOAD(b.bias_gradient) + bias[v], n);
    if (b.slope_gradient)
      store_part(b.slope_gradient + at, LOAD(b.slope_gradient) + slope[v], n);
  }
#undef LOAD
}

static void activate_backward(size_t rows, size_t width, size_t stride, const float *dy,
                              const float *derivative, const float *negative, float *gradient,
                              float *bias_gradient, float *slope_gradient) {
  backward_columns b = {dy, derivative, negative, gradient, bias_gradient, slope_gradient};
  size_t c = 0;
  for (; c + 4 * WIDTH <= width; c += 4 * WIDTH)
    activate_backward_columns(4, WIDTH, c, rows, stride, b);
  for (; c + WIDTH <= width; c += WIDTH)
    activate_backward_columns(1, WIDTH, c, rows, stride, b);
  if (c < width) activate_backward_columns(1, width - c, c, rows, stride, b);
}

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
