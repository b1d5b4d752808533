// Batch gathering and summation of gradients.

static void gather_bytes(size_t rows, size_t length, const uint32_t *indices,
                         const uint8_t *bytes, float scale, float *out) {
  for (size_t r = 0; r < rows; r++) {
    const uint8_t *source = bytes + (size_t)indices[r] * length;
    float *target = out + r * length;
    size_t c = 0;
    for (; c + WIDTH <= length; c += WIDTH) {
      vint wide = __builtin_convertvector(load_bytes(source + c), vint);
      store(target + c, __builtin_convertvector(wide, vfloat) * splat(scale));
    }
    for (; c < length; c++) target[c] = (float)source[c] * scale;
  }
}

/// Sums gradients exactly as the optimizers do, for a sum that is sent.
static void add_up(size_t count, size_t sources, const float *const *values, float *out) {
  for (size_t i = 0; i < count; i += WIDTH) {
    size_t n = count - i < WIDTH ? count - i : WIDTH;
    vfloat total = load_part(values[0] + i, n);
    for (size_t r = 1; r < sources; r++) total += load_part(values[r] + i, n);
    store_part(out + i, total, n);
  }
}
