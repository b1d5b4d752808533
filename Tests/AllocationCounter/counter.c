// Takes the place of the C library's allocation functions in the program that links this, and in
// every shared library that the program loads; each call is passed on to glibc's own.
#define _GNU_SOURCE
#include "AllocationCounter.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_OWN_ALLOCATOR 1
#endif
#endif

#if defined(__GLIBC__) && !defined(HAS_OWN_ALLOCATOR)

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

static __thread bool counting;
static __thread long counted;

static void count(void) {
  if (counting) counted++;
}

void *malloc(size_t size) {
  count();
  return __libc_malloc(size);
}

void *calloc(size_t length, size_t size) {
  count();
  return __libc_calloc(length, size);
}

void *realloc(void *block, size_t size) {
  count();
  return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  count();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  count();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
  void *result = __libc_memalign(alignment, size);
  if (!result) return ENOMEM;
  *block = result;
  return 0;
}

bool allocation_counter_works(void) { return true; }

void allocation_counter_start(void) {
  counted = 0;
  counting = true;
}

long allocation_counter_stop(void) {
  counting = false;
  return counted;
}

#else

bool allocation_counter_works(void) { return false; }
void allocation_counter_start(void) {}
long allocation_counter_stop(void) { return 0; }

#endif
