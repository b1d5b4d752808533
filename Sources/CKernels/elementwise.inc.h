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

/// Moves n <= WIDTH parameters from place i on; their gradient is g.
INLINE void adam_vector(const srelu_adam *a, size_t i, vfloat g, size_t n) {
#define LOAD(p) (n == WIDTH ? load((p) + i) : load_part((p) + i, n))
#define STORE(p, v) (n == WIDTH ? store((p) + i, v) : store_part((p) + i, v, n))
  vfloat m = LOAD(a->first), v = LOAD(a->second);
  m = fma_(splat(1 - a->beta1), g - m, m);
  v = fma_(splat(1 - a->beta2), fma_(g, g, -v), v);
  vfloat step = splat(a->rate) * m / (__builtin_elementwise_sqrt(v) + splat(a->epsilon));
  vfloat parameter = LOAD(a->parameters[0]) - step;
  STORE(a->first, m);
  STORE(a->second, v);
  for (size_t r = 0; r < a->replicas; r++) STORE(a->parameters[r], parameter);
}

/// A sum of such terms is a number if every gradient is finite.
INLINE vfloat finiteness(vfloat sum, vfloat g) { return fma_(g, splat(0), sum); }

INLINE void report_finiteness(const srelu_adam *a, vfloat sum) {
  if (mask_bits(sum != sum)) a->report->not_finite = 1;
}

/// Notes where replicas differ; never, unless memory or a program went wrong.
static __attribute__((noinline, cold)) void report_difference(const srelu_adam *a, size_t i,
                                                              size_t n) {
  if (a->report->differing) return;
  for (size_t place = i; place < i + n && !a->report->differing; place++)
    for (size_t r = a->replicas - 1; r > 0; r--)
      if (memcmp(a->parameters[r] + place, a->parameters[0] + place, sizeof(float))) {
        a->report->differing++;
        a->report->replica = (uint32_t)r;
        a->report->place = place;
      }
}

/// The replicas' lines come into the cache to be written anyway: comparing them costs no traffic.
INLINE void compare_replicas(const srelu_adam *a, size_t i, size_t n) {
  vint own = bits(LOAD(a->parameters[0])), difference = 0;
  for (size_t r = 1; r < a->replicas; r++) difference |= own ^ bits(LOAD(a->parameters[r]));
  if (__builtin_expect(mask_bits(difference != 0) != 0, 0)) report_difference(a, i, n);
}

static void adam(const srelu_adam *a, size_t start, size_t count, const float *const *gradients) {
  size_t end = start + count;
  vfloat finite = 0;
  for (size_t i = start; i < end; i += WIDTH) {
    size_t n = end - i < WIDTH ? end - i : WIDTH;
    vfloat g = LOAD(gradients[0]);
    for (size_t r = 1; r < a->sources; r++) g += LOAD(gradients[r]);
    finite = finiteness(finite, g);
    if (a->replicas > 1) compare_replicas(a, i, n);
    adam_vector(a, i, g, n);
  }
  report_finiteness(a, finite);
#undef LOAD
#undef STORE
}

/// Adam's own sum of gradients, for a sum that travels.
static void add_up(size_t count, size_t sources, const float *const *values, float *out) {
  for (size_t i = 0; i < count; i += WIDTH) {
    size_t n = count - i < WIDTH ? count - i : WIDTH;
    vfloat total = load_part(values[0] + i, n);
    for (size_t r = 1; r < sources; r++) total += load_part(values[r] + i, n);
    store_part(out + i, total, n);
  }
}
