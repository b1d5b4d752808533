// Selection of the kernels that this machine can run.
#include "CKernels.h"

#include <string.h>

extern const srelu_kernels srelu_kernels_portable;
#if defined(__x86_64__)
extern const srelu_kernels srelu_kernels_avx2;
extern const srelu_kernels srelu_kernels_avx512;
extern const srelu_kernels srelu_kernels_avx512_bf16;
#endif

const srelu_kernels *srelu_kernels_for(srelu_isa isa) {
  switch (isa) {
    case SRELU_ISA_PORTABLE:
      return &srelu_kernels_portable;
#if defined(__x86_64__)
    case SRELU_ISA_AVX2:
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &srelu_kernels_avx2
                                                                             : NULL;
    case SRELU_ISA_AVX512:
      if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
          !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq"))
        return NULL;
      return __builtin_cpu_supports("avx512bf16") ? &srelu_kernels_avx512_bf16
                                                  : &srelu_kernels_avx512;
#endif
    default:
      return NULL;
  }
}

bool srelu_activation_named(const char *name, srelu_activation_kind *kind) {
#define CASE(formula)                    \
  if (strcmp(name, #formula) == 0) {     \
    *kind = SRELU_##formula;             \
    return true;                         \
  }
  SRELU_EACH_FORMULA(CASE)
#undef CASE
  return false;
}

bool srelu_operation_named(const char *name, srelu_operation *operation) {
#define CASE(word)                           \
  if (strcmp(name, #word) == 0) {            \
    *operation = SRELU_OPERATION_##word;     \
    return true;                             \
  }
  SRELU_EACH_OPERATION(CASE)
#undef CASE
  return false;
}
