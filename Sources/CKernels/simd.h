// Vectors of WIDTH floats; the including file defines WIDTH, and FUSES where its instruction set has
// fused multiply-adds.
#pragma once

#include <math.h>
#include <string.h>

#include "CKernels.h"

// Nothing is fused but by name, so that every instruction set and compiler gives the same bits.
#pragma STDC FP_CONTRACT OFF
// Vectors wider than a register are only passed to functions that are always inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float vfloat __attribute__((ext_vector_type(WIDTH)));
typedef int32_t vint __attribute__((ext_vector_type(WIDTH)));
typedef uint32_t vuint __attribute__((ext_vector_type(WIDTH)));
typedef uint64_t vlong __attribute__((ext_vector_type(WIDTH / 2)));
typedef uint8_t vbyte __attribute__((ext_vector_type(WIDTH)));

// The widest vectors of any instruction set. Which algorithm a shape takes, and the order of a sum over
// lanes, goes by these, so that all sets give the same bits.
enum { WIDEST = 16 };

// Buffers are 64-byte aligned, rows within them only as floats.
typedef float vfloat_unaligned __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));
typedef uint8_t vbyte_unaligned __attribute__((ext_vector_type(WIDTH), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vfloat load(const float *p) { return *(const vfloat_unaligned *)p; }
INLINE void store(float *p, vfloat v) { *(vfloat_unaligned *)p = v; }
INLINE vbyte load_bytes(const uint8_t *p) { return *(const vbyte_unaligned *)p; }
INLINE void store_bytes(uint8_t *p, vbyte v) { *(vbyte_unaligned *)p = v; }
INLINE size_t least(size_t a, size_t b) { return a < b ? a : b; }
INLINE vfloat splat(float x) { return (vfloat)x; }
typedef double vdouble __attribute__((ext_vector_type(WIDTH)));
typedef int64_t vint64 __attribute__((ext_vector_type(WIDTH)));

/// a * b + c, rounded once.
INLINE __attribute__((overloadable)) vfloat fma_(vfloat a, vfloat b, vfloat c) {
#if defined(FUSES) || defined(__FMA__) || defined(__aarch64__)
  return __builtin_elementwise_fma(a, b, c);
#else
  // In double the product is exact. The sum is rounded to odd, so that rounding it again, to a float,
  // gives what rounding the exact sum would (Boldo & Melquiond 2008).
  vdouble product = __builtin_convertvector(a, vdouble) * __builtin_convertvector(b, vdouble);
  vdouble term = __builtin_convertvector(c, vdouble), sum = product + term, part = sum - product;
  vdouble error = (product - (sum - part)) + (term - part);
  vint64 whole = __builtin_bit_cast(vint64, sum);
  // Also false where the error is NaN, as for infinities.
  vint64 inexact = (error < 0) | (error > 0), odd = (whole & 1) != 0;
  vint64 away = (error > 0) == (sum > 0);
  whole += inexact & ~odd & (1 | ~away);
  return __builtin_convertvector(__builtin_bit_cast(vdouble, whole), vfloat);
#endif
}
INLINE __attribute__((overloadable)) vdouble fma_(vdouble a, vdouble b, vdouble c) {
  return __builtin_elementwise_fma(a, b, c);
}
INLINE vint bits(vfloat x) { return __builtin_bit_cast(vint, x); }
INLINE vfloat floats(vint x) { return __builtin_bit_cast(vfloat, x); }
/// a where the mask is set, b elsewhere.
INLINE vfloat select(vint mask, vfloat a, vfloat b) {
  return floats((bits(a) & mask) | (bits(b) & ~mask));
}
INLINE vint select_int(vint mask, vint a, vint b) { return (a & mask) | (b & ~mask); }
/// Keeps the compiler from moving loads across, which would exceed the registers.
#define KEEP_LOADS_HERE __asm__ volatile("" ::: "memory")
/// Keeps the compiler from narrowing a vector's integers before this point.
#if defined(__x86_64__)
#define KEEP_VECTOR(v) __asm__("" : "+v"(v))
#else
#define KEEP_VECTOR(v) (void)(v)
#endif
/// Bit i is set where lane i of a mask is.
typedef bool vbool __attribute__((ext_vector_type(WIDTH)));
INLINE uint64_t mask_bits(vint mask) {
  vbool lanes = __builtin_convertvector(mask, vbool);
#if WIDTH == 16
  return __builtin_bit_cast(uint16_t, lanes);
#else
  return __builtin_bit_cast(uint8_t, lanes) & ((1u << WIDTH) - 1);
#endif
}
INLINE vfloat vabs(vfloat x) { return floats(bits(x) & 0x7fffffff); }

// Loads the `n` < WIDTH floats of a row's end; the rest is zero.
INLINE vfloat load_part(const float *p, size_t n) {
  float buffer[WIDTH] = {0};
  memcpy(buffer, p, n * sizeof(float));
  return load(buffer);
}
/// Fills up with the first value, where 0 might not be in a function's domain.
INLINE vfloat load_repeating(const float *p, size_t n) {
  float buffer[WIDTH];
  for (size_t i = 0; i < WIDTH; i++) buffer[i] = p[i < n ? i : 0];
  return load(buffer);
}
INLINE void store_part(float *p, vfloat v, size_t n) {
  float buffer[WIDTH];
  store(buffer, v);
  memcpy(p, buffer, n * sizeof(float));
}

typedef struct {
  vfloat scale, expm1;
} vreduced;

/// For x <= 0: 2^n and exp(r) - 1, where x = n ln2 + r and |r| <= ln2 / 2, which bounds the error
/// of the Taylor polynomial of degree 7 by 6e-9.
INLINE vreduced reduce_exponent(vfloat x) {
  const vfloat floor_ = splat(-87.0f);
  x = select(x < floor_, floor_, x);
  const vfloat magic = splat(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer
  vfloat shifted = fma_(x, splat(1.44269504f), magic);
  vint exponent = bits(shifted) - bits(magic);
  vfloat n = shifted - magic;
  vfloat r = fma_(n, splat(-0.693359375f), x);
  r = fma_(n, splat(2.12194440e-4f), r);
  vfloat q = splat(1.0f / 5040);
  q = fma_(q, r, splat(1.0f / 720));
  q = fma_(q, r, splat(1.0f / 120));
  q = fma_(q, r, splat(1.0f / 24));
  q = fma_(q, r, splat(1.0f / 6));
  q = fma_(q, r, splat(0.5f));
  vfloat p = fma_(q * r, r, r);
  vfloat scale = floats((exponent + 127) << 23);
  return (vreduced){scale, p};
}

/// exp(x) for x <= 0, within 2 ulp where it is a normal number.
INLINE vfloat exp_negative(vfloat x) {
  vreduced e = reduce_exponent(x);
  return fma_(e.scale, e.expm1, e.scale);
}

/// exp(x) - 1 for x <= 0, within 2 ulp also near 0.
INLINE vfloat expm1_negative(vfloat x) {
  vreduced e = reduce_exponent(x);
  return fma_(e.scale, e.expm1, e.scale - splat(1.0f));
}
