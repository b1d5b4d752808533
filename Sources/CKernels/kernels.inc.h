// All kernels of one instruction set; the including file defines WIDTH, the target and the names.

#include "dropout.inc.h"

#include "activation.inc.h"
#include "elementwise.inc.h"
#include "optimizers.inc.h"
#include "matrix.inc.h"
#include "panels.inc.h"
#include "observation.inc.h"
#include "functions.inc.h"
#include "formula.inc.h"
#include "pooling.inc.h"

#include "bfloat.inc.h"
#include "convolution.inc.h"
#include "convolution_backward.inc.h"
#include "peak.inc.h"

#if defined(NATIVE_BFLOAT)
#define HAS_NATIVE_BFLOAT true
#else
#define HAS_NATIVE_BFLOAT false
#endif

#define KERNEL_TABLE(symbol, label)                                  \
  const srelu_kernels symbol = {                                     \
      .name = label,                                                 \
      .width = WIDTH,                                                \
      .gather_bytes = gather_bytes,                                  \
      .activate = activate,                                          \
      .activate_backward = activate_backward,                        \
      .select_extreme = select_extreme,                              \
      .program_scratch_count = program_scratch_count,                \
      .program_rows = program_rows,                                  \
      .program_extreme = program_extreme,                            \
      .program_largest = program_largest,                            \
      .program_dense = program_dense,                                \
      .column_sums = column_sums,                                    \
      .product_sums = product_sums,                                  \
      .optimizer_kind = optimizer_kind,                              \
      .update = update,                                              \
      .add = add,                                                    \
      .convolution_is_direct = convolution_is_direct,                \
      .convolution_pool = convolution_pool,                          \
      .packed_filters_count = packed_filters_count,                  \
      .pack_filters = pack_filters,                                  \
      .convolution_scratch_count = convolution_scratch_count,        \
      .convolution_backward_filters = convolution_backward_filters,  \
      .convolution_backward_input = convolution_backward_input,      \
      .dropout_mask = dropout_mask,                                  \
      .panel = PANEL,                                                \
      .rows_to_panels = rows_to_panels,                              \
      .panels_to_rows = panels_to_rows,                              \
      .add_bias = add_bias,                                          \
      .activate_dense = activate_dense,                              \
      .dense_forward = dense_forward,                                \
      .dense_backward_weights = dense_backward_weights,              \
      .dense_backward_input = dense_backward_input,                  \
      .product_scratch_count = product_scratch_count,                \
      .matrix_product = matrix_product,                              \
      .has_native_bfloat = HAS_NATIVE_BFLOAT,                        \
      .bfloat_scratch_count = bfloat_scratch_count,                  \
      .bfloat_forward = bfloat_forward,                              \
      .bfloat_backward_weights = bfloat_backward_weights,            \
      .bfloat_backward_input = bfloat_backward_input,                \
      .fma_peak = fma_peak,                                          \
      .moments = moments,                                            \
      .panel_moments = panel_moments,                                \
      .derivative_extent = derivative_extent,                        \
  }
