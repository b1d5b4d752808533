// Losses over a batch's logits: few values, so plain loops.
#include <math.h>

#include "CKernels.h"

double srelu_softmax_cross_entropy(size_t rows, size_t classes, const float *logits,
                                   const uint8_t *labels, float scale, uint8_t *predicted,
                                   float *gradient) {
  double total = 0;
  for (size_t r = 0; r < rows; r++) {
    const float *z = logits + r * classes;
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
      if (z[c] > z[best]) best = c;
    predicted[r] = (uint8_t)best;
    double sum = 0;
    for (size_t c = 0; c < classes; c++) sum += exp((double)z[c] - z[best]);
    total += log(sum) + z[best] - z[labels[r]];
    if (!gradient) continue;
    for (size_t c = 0; c < classes; c++) {
      double p = exp((double)z[c] - z[best]) / sum;
      gradient[r * classes + c] = (float)((p - (c == labels[r])) * scale);
    }
  }
  return total;
}

double srelu_sigmoid_cross_entropy(size_t rows, const float *logits, const uint8_t *labels,
                                   float scale, uint8_t *predicted, float *gradient) {
  double total = 0;
  for (size_t r = 0; r < rows; r++) {
    double z = logits[r], e = exp(-fabs(z));
    // log(1 + exp(z)) - label z without overflow or differences of infinities.
    total += fmax(labels[r] ? -z : z, 0) + log1p(e);
    // fmax drops a NaN; the loss must not.
    if (isnan(z)) total = NAN;
    predicted[r] = z > 0;
    if (gradient) {
      double p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      gradient[r] = (float)((p - labels[r]) * scale);
    }
  }
  return total;
}
