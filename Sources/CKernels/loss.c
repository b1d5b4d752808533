// Losses over a batch's logits: few values, so plain loops. Their functions are this file's own, made of
// additions and multiplications that are never fused: those of the C library differ from one to the next.
#include <math.h>
#include <string.h>

#include "CKernels.h"

#pragma STDC FP_CONTRACT OFF

static const double ln2_high = 0x1.62e42fee00000p-1, ln2_low = 0x1.a39ef35793c76p-33;

/// exp(x) for x <= 0, within a unit in the last place; 0 where that is too small for a number.
static double exponential(double x) {
  if (!(x > -708)) return x != x ? x : 0;
  const double magic = 0x1.8p52;  // adding it rounds to a whole number
  double n = (x * 0x1.71547652b82fep0 + magic) - magic;
  double r = (x - n * ln2_high) - n * ln2_low;
  // The Taylor polynomial of degree 13.
  double p = 1;
  for (int k = 13; k > 0; k--) p = 1 + p * r * (1.0 / k);
  uint64_t bits = (uint64_t)(1023 + (int64_t)n) << 52;
  double scale;
  memcpy(&scale, &bits, sizeof scale);
  return p * scale;
}

/// 2 artanh(s) for |s| < 0.172.
static double twice_artanh(double s) {
  double z = s * s, p = 0;
  for (int k = 23; k > 1; k -= 2) p = z * (1.0 / k + p);
  return 2 * s + 2 * s * p;
}

/// log(x) for 1 <= x < 2^1000.
static double logarithm(double x) {
  if (!(x >= 1)) return x - x + NAN;
  uint64_t bits;
  memcpy(&bits, &x, sizeof bits);
  int64_t exponent = (int64_t)(bits >> 52) - 1023;
  bits = (bits & 0xfffffffffffff) | (uint64_t)1023 << 52;
  double m;
  memcpy(&m, &bits, sizeof m);
  if (m > 0x1.6a09e667f3bcdp0) {
    m *= 0.5;
    exponent++;
  }
  return exponent * ln2_high + (twice_artanh((m - 1) / (m + 1)) + exponent * ln2_low);
}

/// log(1 + x) for 0 <= x <= 1.
static double logarithm_of_sum(double x) {
  if (!(x > 0.414)) return twice_artanh(x / (2 + x));
  return ln2_high + (twice_artanh((x - 1) / (x + 3)) + ln2_low);
}

void srelu_softmax_cross_entropy(size_t rows, size_t classes, const float *logits,
                                 const uint8_t *labels, float scale, uint8_t *predicted,
                                 float *gradient, double *losses) {
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * classes;
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
      if (z[c] > z[best]) best = c;
    predicted[r] = (uint8_t)best;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) sum += exponential((double)z[c] - z[best]);
    losses[r] = logarithm(sum) + z[best] - z[labels[r]];
    if (!gradient) continue;
    for (size_t c = 0; c < classes; c++) {
      double p = exponential((double)z[c] - z[best]) / sum;
      gradient[r * classes + c] = (float)((p - (c == labels[r])) * scale);
    }
  }
}

void srelu_sigmoid_cross_entropy(size_t rows, const float *logits, const uint8_t *labels,
                                 float scale, uint8_t *predicted, float *gradient,
                                 double *losses) {
  for (size_t r = 0; r < rows; r++) {
    double z = logits[r], e = exponential(-fabs(z)), excess = labels[r] ? -z : z;
    // log(1 + exp(z)) - label z without overflow or differences of infinities.
    losses[r] = (excess > 0 ? excess : 0) + logarithm_of_sum(e);
    predicted[r] = z > 0;
    if (gradient) {
      double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      gradient[r] = (float)((p - labels[r]) * scale);
    }
  }
}
