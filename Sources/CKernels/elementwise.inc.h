// Gathering a batch, and Adam.

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

static void adam(size_t start, size_t count, size_t replicas, float *const *parameters,
                 const float *const *gradients, float *first, float *second, float rate,
                 float beta1, float beta2, float epsilon) {
  size_t end = start + count;
  for (size_t i = start; i < end; i += WIDTH) {
    size_t n = end - i < WIDTH ? end - i : WIDTH;
#define LOAD(p) (n == WIDTH ? load((p) + i) : load_part((p) + i, n))
#define STORE(p, v) (n == WIDTH ? store((p) + i, v) : store_part((p) + i, v, n))
    vfloat g = LOAD(gradients[0]), m = LOAD(first), v = LOAD(second);
    for (size_t r = 1; r < replicas; r++) g += LOAD(gradients[r]);
    m = fma_(splat(1 - beta1), g - m, m);
    v = fma_(splat(1 - beta2), fma_(g, g, -v), v);
    vfloat step = splat(rate) * m / (__builtin_elementwise_sqrt(v) + splat(epsilon));
    vfloat parameter = LOAD(parameters[0]) - step;
    STORE(first, m);
    STORE(second, v);
    for (size_t r = 0; r < replicas; r++) STORE(parameters[r], parameter);
#undef LOAD
#undef STORE
  }
}
