// All kernels of one instruction set; the including file fixes WIDTH, the target and the names.

#include "dropout.inc.h"

#include "activation.inc.h"
#include "convolution.inc.h"
#include "elementwise.inc.h"
#include "peak.inc.h"

#define KERNEL_TABLE(symbol, label)                                  \
  const srelu_kernels symbol = {                                     \
      .name = label,                                                 \
      .width = WIDTH,                                                \
      .gather_bytes = gather_bytes,                                  \
      .activate = activate,                                          \
      .activate_backward = activate_backward,                        \
      .select_extreme = select_extreme,                              \
      .adam = adam,                                                  \
      .convolution_is_direct = convolution_is_direct,                \
      .convolution_pool = convolution_pool,                          \
      .pack_filters = pack_filters,                                  \
      .convolution_backward_filters = convolution_backward_filters,  \
      .convolution_backward_input = convolution_backward_input,      \
      .dropout_mask = dropout_mask,                                  \
      .fma_peak = fma_peak,                                          \
  }
