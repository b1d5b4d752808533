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

/// GELU below -8: x^2 is split in two parts, the first exact, and the exponential is computed as a square,
/// so that it reaches the smallest float and then 0.
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
  // z^2 / 2 is rounded, which would show in its exponential: the rest is made up for.
  vfloat square = z * z, rest = fma_(z, z, -square);
  vfloat density = exp_negative(splat(-0.5f) * square) * splat(0.398942280f);
  density = fma_(density, splat(-0.5f) * rest, density);
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
      if (b.bias_gradient) bias[v] += g;
      if (b.slope_gradient) slope[v] = fma_(upstream, LOAD(b.negative), slope[v]);
    }
  for (size_t v = 0; v < vectors; v++) {
    size_t at = c + v * WIDTH;
    if (b.bias_gradient)
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
