// The processor's floating-point modes: rounding to nearest, and numbers below the smallest normal one
// count as 0, which some processors compute a hundred times slower.
#include "CKernels.h"

#if defined(__x86_64__)
#include <xmmintrin.h>

// Every exception masked, results flushed (bit 15), operands as well (bit 6).
uint64_t srelu_set_modes(void) {
  uint32_t old = _mm_getcsr();
  _mm_setcsr(0x1f80 | 0x8040);
  return old;
}

void srelu_restore_modes(uint64_t old) { _mm_setcsr((uint32_t)old); }
#elif defined(__aarch64__)
uint64_t srelu_set_modes(void) {
  uint64_t old, new = (uint64_t)1 << 24;
  __asm__ volatile("mrs %0, fpcr" : "=r"(old));
  __asm__ volatile("msr fpcr, %0" : : "r"(new));
  return old;
}

void srelu_restore_modes(uint64_t old) { __asm__ volatile("msr fpcr, %0" : : "r"(old)); }
#else
uint64_t srelu_set_modes(void) { return 0; }
void srelu_restore_modes(uint64_t old) { (void)old; }
#endif
