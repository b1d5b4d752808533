// Vectors of WIDTH floats for the file that includes this; WIDTH is fixed before.
#pragma once

#include <math.h>
#include <string.h>

#include "CKernels.h"

typedef float vfloat __attribute__((ext_vector_type(WIDTH)));
typedef int32_t vint __attribute__((ext_vector_type(WIDTH)));
typedef uint32_t vuint __attribute__((ext_vector_type(WIDTH)));
typedef uint64_t vlong __attribute__((ext_vector_type(WIDTH)));
typedef uint8_t vbyte __attribute__((ext_vector_type(WIDTH)));

// Buffers start at 64-byte boundaries, rows within them at any float.
typedef float vfloat_unaligned __attribute__((ext_vector_type(WIDTH), aligned(4), may_alias));
typedef uint8_t vbyte_unaligned __attribute__((ext_vector_type(WIDTH), aligned(1), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE vfloat load(const float *p) { return *(const vfloat_unaligned *)p; }
INLINE void store(float *p, vfloat v) { *(vfloat_unaligned *)p = v; }
INLINE vbyte load_bytes(const uint8_t *p) { return *(const vbyte_unaligned *)p; }
INLINE void store_bytes(uint8_t *p, vbyte v) { *(vbyte_unaligned *)p = v; }
INLINE vfloat splat(float x) { return (vfloat)x; }
INLINE vfloat fma_(vfloat a, vfloat b, vfloat c) { return __builtin_elementwise_fma(a, b, c); }
INLINE vint bits(vfloat x) { return __builtin_bit_cast(vint, x); }
INLINE vfloat floats(vint x) { return __builtin_bit_cast(vfloat, x); }
/// a where the mask is set, b elsewhere.
INLINE vfloat select(vint mask, vfloat a, vfloat b) {
  return floats((bits(a) & mask) | (bits(b) & ~mask));
}
INLINE vint select_int(vint mask, vint a, vint b) { return (a & mask) | (b & ~mask); }
INLINE vfloat vabs(vfloat x) { return floats(bits(x) & 0x7fffffff); }

// The first `n` < WIDTH floats of a row's end; the rest reads as zero.
INLINE vfloat load_part(const float *p, size_t n) {
  float buffer[WIDTH] = {0};
  memcpy(buffer, p, n * sizeof(float));
  return load(buffer);
}
INLINE void store_part(float *p, vfloat v, size_t n) {
  float buffer[WIDTH];
  store(buffer, v);
  memcpy(p, buffer, n * sizeof(float));
}

/// exp(x) - 1 for x <= 0, within 2 ulp also near 0: x = n ln2 + r, the Taylor polynomial of degree
/// 7 in r (|r| <= ln2 / 2 bounds its error by 6e-9), and 2^n (exp(r) - 1) + (2^n - 1).
INLINE vfloat expm1_negative(vfloat x) {
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
  return fma_(scale, p, scale - splat(1.0f));
}
