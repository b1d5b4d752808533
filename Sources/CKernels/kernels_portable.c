// The kernels for any machine: vectors of four, which every 64-bit instruction set has.
#define WIDTH 4
#include "simd.h"

#include "kernels.inc.h"

KERNEL_TABLE(srelu_kernels_portable, "portable");
