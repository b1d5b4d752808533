// Batch gathering and sums of shards.

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

static void add(size_t count, const float *from, float *to) {
  size_t i = 0;
  for (; i + WIDTH <= count; i += WIDTH) store(to + i, load(to + i) + load(from + i));
  if (i < count) store_part(to + i, load_part(to + i, count - i) + load_part(from + i, count - i), count - i);
}
