// Counts one thread's heap allocations, to show that a training step makes none.
#pragma once

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Whether allocations are counted in this build: with glibc, and without a sanitizer that has its
/// own allocator.
bool allocation_counter_works(void);

/// Counts the calling thread's allocations from zero.
void allocation_counter_start(void);

/// Stops, and returns how many there were.
long allocation_counter_stop(void);

#ifdef __cplusplus
}
#endif
