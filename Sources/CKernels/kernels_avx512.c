#if defined(__x86_64__)
#define WIDTH 16
#define FUSES 1
// clang-format off
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx2,fma"), min_vector_width(512))), apply_to = function)
// clang-format on
#include "simd.h"

#include "kernels.inc.h"
#pragma clang attribute pop

KERNEL_TABLE(srelu_kernels_avx512, "avx512");
#endif
