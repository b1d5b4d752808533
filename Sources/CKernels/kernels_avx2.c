#if defined(__x86_64__)
#define WIDTH 8
#define FUSES 1
// clang-format off
#pragma clang attribute push(__attribute__((target("avx2,fma"), min_vector_width(256))), apply_to = function)
// clang-format on
#include "simd.h"

#include "kernels.inc.h"
#pragma clang attribute pop

KERNEL_TABLE(srelu_kernels_avx2, "avx2");
#endif
