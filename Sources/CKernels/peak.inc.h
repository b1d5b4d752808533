// The peak multiply-add rate of the instruction set.

/// Independent chains hide the latency of several units; 12 chains and two constants fit the 16
/// registers of the narrower sets.
enum { PEAK_CHAINS = 12 };

static double fma_peak(size_t rounds, float *sum) {
  vfloat chains[PEAK_CHAINS];
  const vfloat factor = splat(0.5f), addend = splat(1.0f);
  // Different starts keep the chains from being merged. All tend to 2: never a denormal.
#pragma clang loop unroll(full)
  for (int c = 0; c < PEAK_CHAINS; c++) chains[c] = splat(1.0f + 0.125f * (float)c);
#pragma clang loop unroll(disable)
  for (size_t round = 0; round < rounds; round++) {
#pragma clang loop unroll(full)
    for (int c = 0; c < PEAK_CHAINS; c++) chains[c] = fma_(chains[c], factor, addend);
  }
  // The compiler drops unread results.
  float total = 0;
  for (int c = 0; c < PEAK_CHAINS; c++) {
    for (int lane = 0; lane < WIDTH; lane++) total += chains[c][lane];
  }
  *sum = total;
  return 2.0 * WIDTH * PEAK_CHAINS * (double)rounds;
}
