// The kernels for AVX-512 with bfloat16 products.
#if defined(__x86_64__)
#define WIDTH 16
#define FUSES 1
#define NATIVE_BFLOAT
// clang-format off
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,avx2,fma"), min_vector_width(512))), apply_to = function)
// clang-format on
#include "simd.h"

#include "kernels.inc.h"
#pragma clang attribute pop

KERNEL_TABLE(srelu_kernels_avx512_bf16, "avx512");
#endif
