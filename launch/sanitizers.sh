# shellcheck shell=bash
# Builds with sanitizers, each in a folder of its own. Sourced after common.sh.

# How programs are built whose memory is watched (AddressSanitizer); the C kernels' arithmetic too
# (UndefinedBehaviorSanitizer, whose runtime is part of the other's; Swift traps by itself). Left out are its
# checks of C++ types and of calls through function pointers, which linked libraries fail.
# shellcheck disable=SC2034  # who sources this uses it
readonly address_build=(
  -c release --sanitize address --scratch-path .build/sanitize-address
  -Xcc -fsanitize=undefined -Xcc '-fno-sanitize=vptr,function' -Xcc -fno-omit-frame-pointer
)
# Threads that touch the same memory without an order between them (ThreadSanitizer).
# shellcheck disable=SC2034
readonly thread_build=(-c release --sanitize thread --scratch-path .build/sanitize-thread)

# Leaks aren't looked for: the Swift runtime keeps memory for good.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1${ASAN_OPTIONS:+:$ASAN_OPTIONS}
export UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
export TSAN_OPTIONS=second_deadlock_stack=1:suppressions=$repository/launch/sanitizers.supp${TSAN_OPTIONS:+:$TSAN_OPTIONS}
