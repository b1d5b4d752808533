// Elementary functions, with the same bits on every instruction set: no libm, multiply-adds fused by
// name, nothing contracted. Each is within 2 units in the last place where the result is normal, and
// exact at infinities; NaN stays NaN.

#define DOUBLES(x) __builtin_convertvector(x, vdouble)
#define FLOATS(x) __builtin_convertvector(x, vfloat)

INLINE vdouble splat2(double x) { return (vdouble)x; }
INLINE vint64 bits2(vdouble x) { return __builtin_bit_cast(vint64, x); }
INLINE vdouble doubles(vint64 x) { return __builtin_bit_cast(vdouble, x); }
INLINE vdouble select2(vint64 mask, vdouble a, vdouble b) {
  return doubles((bits2(a) & mask) | (bits2(b) & ~mask));
}
INLINE vint64 wide(vint mask) { return __builtin_convertvector(mask, vint64); }

/// c[0] x^(n - 1) + ... + c[n - 1] by Horner's rule, for constants.
INLINE vfloat polynomial(vfloat x, const float *c, size_t n) {
  vfloat p = splat(c[0]);
#pragma clang loop unroll(full)
  for (size_t i = 1; i < n; i++) p = fma_(p, x, splat(c[i]));
  return p;
}
INLINE vdouble polynomial2(vdouble x, const double *c, size_t n) {
  vdouble p = splat2(c[0]);
#pragma clang loop unroll(full)
  for (size_t i = 1; i < n; i++) p = fma_(p, x, splat2(c[i]));
  return p;
}
#define COUNT_OF(type, ...) (sizeof((const type[]){__VA_ARGS__}) / sizeof(type))
#define POLYNOMIAL(x, ...) \
  polynomial(x, (const float[]){__VA_ARGS__}, COUNT_OF(float, __VA_ARGS__))
#define POLYNOMIAL2(x, ...) \
  polynomial2(x, (const double[]){__VA_ARGS__}, COUNT_OF(double, __VA_ARGS__))

// MARK: In single precision

typedef struct {
  vfloat n, p, low, high;
} vpowers;

/// x = n ln2 + r with |r| <= ln2 / 2; p = exp(r) - 1, and 2^n = low * high.
INLINE vpowers powers(vfloat x) {
  const vfloat magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  vfloat shifted = fma_(x, splat(1.44269504f), magic);
  vint exponent = bits(shifted) - bits(magic);
  vfloat n = shifted - magic;
  vfloat r = fma_(n, splat(-0.693147182f), x);
  r = fma_(n, splat(1.90465432e-9f), r);
  vfloat q = POLYNOMIAL(r, 1.0f / 5040, 1.0f / 720, 1.0f / 120, 1.0f / 24, 1.0f / 6, 0.5f);
  vfloat p = fma_(q * r, r, r);
  vint half = exponent >> 1;
  return (vpowers){n, p, floats((half + 127) << 23), floats((exponent - half + 127) << 23)};
}

INLINE vfloat function_exp(vfloat x) {
  x = select(x < splat(-104.0f), splat(-104.0f), x);
  x = select(x > splat(89.0f), splat(89.0f), x);
  vpowers e = powers(x);
  return fma_(e.low, e.p, e.low) * e.high;
}

/// exp(-|x|).
INLINE vfloat function_decay(vfloat x) {
  x = floats(bits(x) | (int32_t)0x80000000);
  x = select(x < splat(-104.0f), splat(-104.0f), x);
  vpowers e = powers(x);
  return fma_(e.low, e.p, e.low) * e.high;
}

INLINE vfloat function_expm1(vfloat x) {
  vfloat near = select(x < splat(-40.0f), splat(-40.0f), x);
  near = select(near > splat(89.0f), splat(89.0f), near);
  vpowers e = powers(near);
  vfloat scale = e.low * e.high;
  vfloat large = fma_(e.low, e.p, e.low) * e.high;
  vfloat y = select(near > splat(40.0f), large, fma_(scale, e.p, scale - splat(1.0f)));
  return select(x == 0, x, y);
}

/// ln of m * 2^e plus `rest`, f = m - 1, m from sqrt(1/2) to sqrt(2).
INLINE vfloat log_of_parts(vfloat f, vfloat e, vfloat rest) {
  vfloat s = f / (splat(2.0f) + f), z = s * s;
  vfloat r = POLYNOMIAL(z, 2.0f / 9, 2.0f / 7, 2.0f / 5, 2.0f / 3);
  r = r * z;
  vfloat half = splat(0.5f) * f * f;
  vfloat low = fma_(e, splat(9.05800061e-6f), rest);
  // e times the first 16 bits of ln2 is exact.
  return fma_(e, splat(0.693138123f), f - (half - fma_(s, half + r, low)));
}

/// Splits x > 0 into m - 1 and e.
INLINE vfloat split(vfloat x, vfloat *e) {
  vint small = x < splat(1.17549435e-38f);
  x = select(small, x * splat(8388608.0f), x);
  const int32_t root = 0x3f3504f3;
  vint at = bits(x) - root;
  vint exponent = at >> 23;
  exponent -= select_int(small, (vint)23, (vint)0);
  *e = FLOATS(exponent);
  return floats((at & 0x7fffff) + root) - splat(1.0f);
}

/// ln(x) for y computed of x where that is valid, its limits elsewhere.
INLINE vfloat log_limits(vfloat x, vfloat y) {
  y = select(x == splat(INFINITY), x, y);
  y = select(x == 0, splat(-INFINITY), y);
  return select(x >= 0, y, splat(NAN));
}

INLINE vfloat function_log(vfloat x) {
  vfloat e, f = split(x, &e);
  return log_limits(x, log_of_parts(f, e, splat(0.0f)));
}

INLINE vfloat function_log1p(vfloat x) {
  vfloat u = splat(1.0f) + x;
  vfloat lost = select(x > splat(1.0f), splat(1.0f) - (u - x), x - (u - splat(1.0f)));
  vfloat e, f = split(u, &e);
  vfloat y = log_limits(u, log_of_parts(f, e, lost / u));
  return select(x == 0, x, y);
}

/// x with the sign of `sign`.
INLINE vfloat signed_as(vfloat x, vfloat sign) {
  return floats((bits(x) & 0x7fffffff) | (bits(sign) & (int32_t)0x80000000));
}

/// Near 0 a polynomial in x^2, interpolated at Chebyshev nodes on [0, 0.32] with relative error 3e-9;
/// elsewhere 1 - 2 e / (1 + e) with e = exp(-2 |x|).
INLINE vfloat function_tanh(vfloat x) {
  vfloat e = function_decay(x + x);
  vfloat far = splat(1.0f) - (e + e) / (splat(1.0f) + e);
  vfloat z = x * x;
  vfloat p = POLYNOMIAL(z, 0.00247771456f, -0.00849213637f, 0.0218101349f, -0.0539638884f,
                        0.133333221f, -0.333333343f);
  vfloat near = fma_(x * z, p, x);
  return signed_as(select(vabs(x) < splat(0.55f), near, far), x);
}

INLINE vfloat function_sign(vfloat x) {
  return select(x > 0, splat(1.0f), select(x < 0, splat(-1.0f), x));
}

// MARK: In double precision, rounded at the end

INLINE vdouble round2(vdouble x) {
  const vdouble magic = splat2(6755399441055744.0);  // 1.5 * 2^52
  return (x + magic) - magic;
}

/// 2^n for whole n from -1022 to 1023.
INLINE vdouble exponential2(vdouble n) {
  vint64 exponent = bits2(n + splat2(6755399441055744.0)) - bits2(splat2(6755399441055744.0));
  return doubles((exponent + 1023) << 52);
}

/// exp(r) for |r| <= 0.35.
INLINE vdouble exp_near(vdouble r) {
  vdouble q = POLYNOMIAL2(r, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320, 1.0 / 5040, 1.0 / 720,
                          1.0 / 120, 1.0 / 24, 1.0 / 6, 0.5, 1.0);
  return fma_(q, r, splat2(1.0));
}

/// exp(x) for -700 <= x <= 0.
INLINE vdouble exp_below(vdouble x) {
  vdouble n = round2(x * splat2(1.4426950408889634));
  return exp_near(fma_(n, splat2(-0.69314718055994531), x)) * exponential2(n);
}

/// Phi(-z), Phi the standard normal distribution function, for 0 <= z <= 15.
INLINE vdouble normal_tail(vdouble z) {
  vdouble t = splat2(1.0) / fma_(splat2(0.4), z, splat2(1.0));
  vdouble p = POLYNOMIAL2(t, MILLS_RATIO);
  return exp_below(splat2(-0.5) * z * z) * splat2(0.39894228040143268) * p * t;
}

INLINE vfloat function_normcdf(vfloat x) {
  vdouble z = DOUBLES(vabs(x));
  vdouble tail = normal_tail(select2(z > splat2(15.0), splat2(15.0), z));
  vfloat y = FLOATS(select2(wide(x > 0), splat2(1.0) - tail, tail));
  y = select(x < splat(-15.0f), splat(0.0f), y);
  return select(x == x, y, x);
}

INLINE vfloat function_erf(vfloat x) {
  vdouble v = DOUBLES(x), z = DOUBLES(vabs(x)), square = v * v;
  // Near 0 the series; x^(2k) / (k! (2k + 1)) with alternating signs.
  vdouble q = POLYNOMIAL2(square, 1.0 / 12454041600.0, -1.0 / 918086400, 1.0 / 76204800,
      -1.0 / 6894720, 1.0 / 685440, -1.0 / 75600, 1.0 / 9360, -1.0 / 1320, 1.0 / 216, -1.0 / 42,
      1.0 / 10, -1.0 / 3);
  vdouble near = splat2(1.1283791670955126) * fma_(q * square, v, v);
  vdouble far = splat2(1.0) - splat2(2.0) * normal_tail(select2(
                                                z > splat2(6.0), splat2(8.4852813742385702),
                                                splat2(1.4142135623730951) * z));
  vfloat y = FLOATS(select2(z < splat2(1.0), near, far));
  return select(x == x, signed_as(y, x), x);
}

INLINE vfloat function_atan(vfloat x) {
  vdouble z = DOUBLES(vabs(x));
  vint64 large = z > splat2(1.0);
  z = select2(large, splat2(1.0) / z, z);
  vint64 upper = z > splat2(0.41421356237309503);
  vdouble t = select2(upper, (z - splat2(1.0)) / (z + splat2(1.0)), z), s = t * t;
  vdouble q = POLYNOMIAL2(s, 1.0 / 25, -1.0 / 23, 1.0 / 21, -1.0 / 19, 1.0 / 17, -1.0 / 15,
      1.0 / 13, -1.0 / 11, 1.0 / 9, -1.0 / 7, 1.0 / 5, -1.0 / 3);
  vdouble a = fma_(q * s, t, t);
  a = select2(upper, splat2(0.78539816339744831) + a, a);
  a = select2(large, splat2(1.5707963267948966) - a, a);
  return signed_as(FLOATS(a), x);
}

/// The remainder of x by pi / 2 for 2^25 <= |x|, in whole-number arithmetic (Payne & Hanek 1983);
/// `quadrant` receives the multiple's last bits.
static double large_remainder(float x, int64_t *quadrant) {
  static const uint32_t two_over_pi[8] = {0xA2F9836E, 0x4E441529, 0xFC2757D1, 0xF534DDC0,
                                          0xDB629599, 0x3C439041, 0xFE5163AB, 0xDEBBC561};
  uint32_t word;
  memcpy(&word, &x, sizeof word);
  uint32_t fraction = (word & 0x7fffff) | 0x800000;
  // Bits of 2 / pi that only count whole turns are left out.
  uint32_t first = (word >> 23 & 0xff) - 150 - 2;
  unsigned __int128 window = 0;
  for (uint32_t i = 0; i < 4; i++) window = window << 32 | two_over_pi[first / 32 + i];
  window = window << (first % 32) >> 32;
  unsigned __int128 product = window * fraction;
  uint64_t part = (uint64_t)(product << 34 >> 64);
  int64_t turn = (int64_t)(product >> 94) + (int64_t)(part >> 63);
  double rest = (double)(int64_t)part * 0x1p-64 * 1.5707963267948966;
  bool negative = word >> 31;
  *quadrant = negative ? -turn : turn;
  return negative ? -rest : rest;
}

/// sin(x + shift * pi / 2).
INLINE vfloat wave(vfloat x, int64_t shift) {
  vint large = vabs(x) >= splat(33554432.0f);
  vdouble v = DOUBLES(select(large, splat(0.0f), x));
  vdouble n = round2(v * splat2(0.63661977236758138));
  vdouble r = fma_(n, splat2(-1.5707963267948966), v);
  r = fma_(n, splat2(-6.123233995736766e-17), r);
  vint64 quadrant =
      bits2(n + splat2(6755399441055744.0)) - bits2(splat2(6755399441055744.0));
  if (any(large))
    for (int lane = 0; lane < WIDTH; lane++)
      if (large[lane] && isfinite(x[lane])) {
        int64_t turn;
        r[lane] = large_remainder(x[lane], &turn);
        quadrant[lane] = turn;
      }
  quadrant += shift;
  vdouble s = r * r;
  vdouble q = POLYNOMIAL2(s, 1.0 / 6227020800.0, -1.0 / 39916800, 1.0 / 362880, -1.0 / 5040,
      1.0 / 120, -1.0 / 6);
  vdouble sine = fma_(q * s, r, r);
  vdouble c = POLYNOMIAL2(s, 1.0 / 479001600, -1.0 / 3628800, 1.0 / 40320, -1.0 / 720, 1.0 / 24,
      -0.5);
  vdouble cosine = fma_(c, s, splat2(1.0));
  vdouble y = select2((quadrant & 1) != 0, cosine, sine);
  y = select2((quadrant & 2) != 0, -y, y);
  return select(vabs(x) < splat(INFINITY), FLOATS(y), splat(NAN));
}

INLINE vfloat function_sin(vfloat x) {
  return select(x == 0, x, wave(x, 0));
}
INLINE vfloat function_cos(vfloat x) { return wave(x, 1); }

/// log2(x) for a float x > 0.
INLINE vdouble log2_(vdouble x) {
  const int64_t root = 0x3fe6a09e667f3bcd;
  vint64 at = bits2(x) - root;
  vdouble e = __builtin_convertvector(at >> 52, vdouble);
  vdouble m = doubles((at & 0xfffffffffffff) + root);
  vdouble s = (m - splat2(1.0)) / (m + splat2(1.0)), z = s * s;
  vdouble q = POLYNOMIAL2(z, 1.0 / 15, 1.0 / 13, 1.0 / 11, 1.0 / 9, 1.0 / 7, 1.0 / 5, 1.0 / 3);
  q = fma_(q * z, s, s);
  return fma_(q, splat2(2.8853900817779268), e);
}

/// a^b, as C's pow has it.
INLINE vfloat function_power(vfloat a, vfloat b) {
  vfloat base = vabs(a);
  vdouble y = DOUBLES(b) * log2_(DOUBLES(select(base == 0, splat(1.0f), base)));
  vint one = (base == splat(1.0f)) | (b == 0);
  y = select2(wide(one), splat2(0.0), y);
  y = select2(y > splat2(1000.0), splat2(1000.0), y);
  y = select2(y < splat2(-1000.0), splat2(-1000.0), y);
  vdouble n = round2(y);
  vfloat result =
      FLOATS(exp_near((y - n) * splat2(0.69314718055994531)) * exponential2(n));
  // Zero and infinity, by the exponent's sign.
  vfloat endless = select(b < 0, splat(0.0f), splat(INFINITY));
  vfloat nothing = select(b < 0, splat(INFINITY), splat(0.0f));
  result = select((base == splat(INFINITY)) & (b != 0), endless, result);
  result = select((base == 0) & (b != 0), nothing, result);
  // A float beyond 2^23 is whole, beyond 2^24 even.
  vint big = vabs(b) >= splat(16777216.0f);
  vint whole = __builtin_convertvector(select(big | (b != b), splat(0.0f), b), vint);
  vint isWhole = big | (FLOATS(whole) == b), isOdd = (whole & 1) != 0;
  vint negative = bits(a) >> 31;
  result = select(negative & isOdd & isWhole, -result, result);
  result = select((a < 0) & ~isWhole & (base != splat(INFINITY)), splat(NAN), result);
  result = select((a != a) | (b != b), splat(NAN), result);
  return select((b == 0) | (a == splat(1.0f)), splat(1.0f), result);
}
