// The optimizers' steps on a vector of parameters, and the passes that all of them share.
//
// An optimizer NAME is a function NAME_step and its entry in EACH_OPTIMIZER. The function returns
// the new values of the n <= WIDTH parameters p from index i on, whose gradient is g, and updates
// the slots. Its Swift type (`Models/Optimizers.swift`) defines `constants` and `slots`.

#define EACH_OPTIMIZER(CASE) CASE(adam) CASE(sgd)

#define LOAD(p) (n == WIDTH ? load((p) + i) : load_part((p) + i, n))
#define STORE(p, v) (n == WIDTH ? store((p) + i, v) : store_part((p) + i, v, n))

/// Kingma & Ba 2015, section 2, with the bias correction folded into the rate and epsilon added to
/// the uncorrected root, as in Keras. Constants: rate, beta1, beta2, epsilon. Slots: both moments.
INLINE vfloat adam_step(const srelu_optimizer *o, size_t i, vfloat p, vfloat g, size_t n) {
  vfloat m = LOAD(o->slots[0]), v = LOAD(o->slots[1]);
  m = fma_(splat(1 - o->constants[1]), g - m, m);
  v = fma_(splat(1 - o->constants[2]), fma_(g, g, -v), v);
  STORE(o->slots[0], m);
  STORE(o->slots[1], v);
  vfloat step = splat(o->constants[0]) * m / (__builtin_elementwise_sqrt(v) + splat(o->constants[3]));
  return p - step;
}

/// v = momentum v + g, and p - rate v, or p - rate (g + momentum v) with Nesterov momentum
/// (Sutskever et al. 2013). As in PyTorch the rate isn't part of v. Constants: rate, momentum, 1
/// for Nesterov's.
INLINE vfloat sgd_step(const srelu_optimizer *o, size_t i, vfloat p, vfloat g, size_t n) {
  vfloat momentum = splat(o->constants[1]);
  vfloat v = fma_(momentum, LOAD(o->slots[0]), g);
  STORE(o->slots[0], v);
  if (o->constants[2] != 0) v = fma_(momentum, v, g);
  return fma_(splat(-o->constants[0]), v, p);
}

// MARK: The passes

enum {
#define CASE(name) OPTIMIZER_##name,
  EACH_OPTIMIZER(CASE)
#undef CASE
};

static int32_t optimizer_kind(const char *wanted) {
#define CASE(name) \
  if (!strcmp(wanted, #name)) return OPTIMIZER_##name;
  EACH_OPTIMIZER(CASE)
#undef CASE
  return -1;
}

/// Updates n <= WIDTH parameters from index i on, in all replicas; their gradient is g.
INLINE void move_vector(const int32_t kind, const srelu_optimizer *o, size_t i, vfloat g, size_t n) {
  vfloat parameter = LOAD(o->parameters[0]);
#define CASE(name)                               \
  case OPTIMIZER_##name:                         \
    parameter = name##_step(o, i, parameter, g, n); \
    break;
  switch (kind) { EACH_OPTIMIZER(CASE) }
#undef CASE
  for (size_t r = 0; r < o->replicas; r++) STORE(o->parameters[r], parameter);
}

/// A sum of such terms is finite only if every gradient is.
INLINE vfloat finiteness(vfloat sum, vfloat g) { return fma_(g, splat(0), sum); }

INLINE void report_finiteness(const srelu_optimizer *o, vfloat sum) {
  if (mask_bits(sum != sum)) o->report->not_finite = 1;
}

/// Records where replicas differ, which takes a fault in memory or a bug.
static __attribute__((noinline, cold)) void report_difference(const srelu_optimizer *o, size_t i,
                                                              size_t n) {
  if (o->report->differing) return;
  for (size_t place = i; place < i + n && !o->report->differing; place++)
    for (size_t r = o->replicas - 1; r > 0; r--)
      if (memcmp(o->parameters[r] + place, o->parameters[0] + place, sizeof(float))) {
        o->report->differing++;
        o->report->replica = (uint32_t)r;
        o->report->place = place;
      }
}

/// The replicas' cache lines are loaded anyway to be written: comparing them adds no traffic.
INLINE void compare_replicas(const srelu_optimizer *o, size_t i, size_t n) {
  vint own = bits(LOAD(o->parameters[0])), difference = 0;
  for (size_t r = 1; r < o->replicas; r++) difference |= own ^ bits(LOAD(o->parameters[r]));
  if (__builtin_expect(mask_bits(difference != 0) != 0, 0)) report_difference(o, i, n);
}

INLINE void update_kind(const int32_t kind, const srelu_optimizer *o, size_t start, size_t count,
                        const float *gradient) {
  size_t end = start + count;
  vfloat finite = 0;
  for (size_t i = start; i < end; i += WIDTH) {
    size_t n = least(WIDTH, end - i);
    vfloat g = LOAD(gradient);
    finite = finiteness(finite, g);
    if (o->replicas > 1) compare_replicas(o, i, n);
    move_vector(kind, o, i, g, n);
  }
  report_finiteness(o, finite);
}

static void update(const srelu_optimizer *o, size_t start, size_t count,
                   const float *gradient) {
#define CASE(name)       \
  case OPTIMIZER_##name: \
    return update_kind(OPTIMIZER_##name, o, start, count, gradient);
  switch (o->kind) { EACH_OPTIMIZER(CASE) }
#undef CASE
}

/// With `whole`, known at compile time, `columns` is a multiple of WIDTH.
INLINE void update_tile_kind(const int32_t kind, const int whole, const srelu_optimizer *o,
                             size_t rows, size_t columns, const float *tile, size_t row, size_t at,
                             size_t stride) {
  // A copy that no store can change: its constants and addresses stay in registers.
  const srelu_optimizer own = *o;
  vfloat finite = 0;
  for (size_t r = 0; r < rows; r++, tile += row, at += stride)
    for (size_t c = 0; c < columns; c += WIDTH) {
      vfloat g = load(tile + c);
      finite = finiteness(finite, g);
      size_t n = whole ? WIDTH : least(WIDTH, columns - c);
      if (own.replicas > 1) compare_replicas(&own, at + c, n);
      move_vector(kind, &own, at + c, g, n);
    }
  report_finiteness(o, finite);
}

/// Takes a step on the parameters from `at` on, `columns` in each of `rows` rows, `stride` from one
/// row to the next; their gradient is a tile with `row` floats from row to row.
INLINE void update_tile(const srelu_optimizer *o, size_t rows, size_t columns, const float *tile,
                        size_t row, size_t at, size_t stride) {
#define CASE(name)                                                                               \
  case OPTIMIZER_##name:                                                                         \
    return columns % WIDTH == 0                                                                  \
               ? update_tile_kind(OPTIMIZER_##name, 1, o, rows, columns, tile, row, at, stride)  \
               : update_tile_kind(OPTIMIZER_##name, 0, o, rows, columns, tile, row, at, stride);
  switch (o->kind) { EACH_OPTIMIZER(CASE) }
#undef CASE
}

/// Prefetches the data that `update_tile` reads, `columns` in each row.
INLINE void prefetch_tile(const srelu_optimizer *o, size_t rows, size_t columns, size_t at,
                          size_t stride) {
  for (size_t r = 0; r < rows; r++, at += stride)
    for (size_t c = at; c < at + columns; c += 16) {
      for (size_t p = 0; p < o->replicas; p++) __builtin_prefetch(o->parameters[p] + c, 1);
      for (size_t s = 0; s < o->slot_count; s++) __builtin_prefetch(o->slots[s] + c, 1);
    }
}
#undef LOAD
#undef STORE
