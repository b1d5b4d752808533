#include <oneapi/dnnl/dnnl.h>

// From OpenMP's runtime, which oneDNN is built on: its header isn't part of every compiler.
extern void omp_set_num_threads(int threads);
