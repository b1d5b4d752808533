// Philox4x32-10 (Salmon et al. 2011), WIDTH counters at a time, and dropout's masks.

/// The halves of a * constant by lane; the instruction multiplies every second lane.
INLINE void multiply_wide(vuint a, uint32_t constant, vuint *high, vuint *low) {
  const uint64_t lower = 0xffffffff;
  vlong wide = __builtin_bit_cast(vlong, a);
  vlong even = (wide & lower) * (uint64_t)constant, odd = (wide >> 32) * (uint64_t)constant;
  *low = __builtin_bit_cast(vuint, (even & lower) | (odd << 32));
  *high = __builtin_bit_cast(vuint, (even >> 32) | (odd & ~lower));
}

INLINE void philox(vuint c[4], uint64_t key) {
  uint32_t k0 = (uint32_t)key, k1 = (uint32_t)(key >> 32);
  for (int round = 0; round < 10; round++) {
    vuint high0, low0, high1, low1;
    multiply_wide(c[0], 0xD2511F53u, &high0, &low0);
    multiply_wide(c[2], 0xCD9E8D57u, &high1, &low1);
    vuint next0 = high1 ^ c[1] ^ k0, next2 = high0 ^ c[3] ^ k1;
    c[0] = next0;
    c[1] = low1;
    c[2] = next2;
    c[3] = low0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
}

/// Units form groups of 128: 16 counters of 8 halves. Half h (low half of word 0, high half of word
/// 0, ...) of counter j decides unit 16 h + j, so that a vector of counters stores whole vectors of
/// units. Counter: (16 * group + j, slot, step, purpose and layer).
static void dropout_mask(const srelu_dropout *dropout, uint32_t slot, size_t units, float *mask) {
  vint lane;
  for (int i = 0; i < WIDTH; i++) lane[i] = i;
  vuint tag = (vuint)((dropout->purpose << 12) | dropout->layer);
  for (size_t group = 0; group * 128 < units; group++) {
    for (int j = 0; j < 16; j += WIDTH) {
      vuint c[4] = {(vuint)(uint32_t)(group * 16 + j) + __builtin_convertvector(lane, vuint),
                    (vuint)slot, (vuint)dropout->step, tag};
      philox(c, dropout->seed);
      float *out = mask + group * 128 + j;
      for (int word = 0; word < 4; word++) {
        vint low = __builtin_convertvector(c[word] & 0xffff, vint);
        vint high = __builtin_convertvector(c[word] >> 16, vint);
        vint threshold = (vint)(int32_t)dropout->threshold;
        vfloat scale = splat(dropout->scale);
        store(out + 32 * word, floats(bits(scale) & ~(low < threshold)));
        store(out + 32 * word + 16, floats(bits(scale) & ~(high < threshold)));
      }
    }
  }
}
