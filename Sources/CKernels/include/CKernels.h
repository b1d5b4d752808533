// The SIMD loops of a training step.
//
// Every loop is written once, over vectors whose width the including file defines, and compiled for
// each instruction set; `srelu_kernels_for` returns one set's functions. All matrices are
// row-major; images are NHWC (channels last). No function allocates, and each gives the same bits on
// every instruction set, but for the products on bfloat16 operands.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Programs.h"

/// A matrix in memory: floats from one row to the next, and from one column to the next.
typedef struct {
  const float *base;
  size_t row, column;
} srelu_matrix;

#ifdef __cplusplus
extern "C" {
#endif

/// Instruction sets of the kernels, from narrow to wide.
typedef enum {
  SRELU_ISA_PORTABLE = 0,
  SRELU_ISA_AVX2 = 1,
  SRELU_ISA_AVX512 = 2,
} srelu_isa;

/// The formulas of activation functions; `evaluate` in `activation.inc.h` computes them.
#define SRELU_EACH_FORMULA(CASE)                                                            \
  CASE(LEAKY)       /* x for x > 0, alpha * x otherwise (ReLU with alpha = 0, Leaky ReLU) */ \
  CASE(PARAMETRIC)  /* x for x > 0, slope[column] * x otherwise, with learned slopes */      \
  CASE(EXPONENTIAL) /* alpha * x for x > 0, beta * (exp(x) - 1) otherwise (SReLU, ELU) */    \
  CASE(GELU)        /* x * Phi(x), Phi the standard normal distribution function */          \
  CASE(SIGMOID)                                                                             \
  CASE(TANH)                                                                                \
  CASE(SILU)        /* x / (1 + exp(-x)) */                                                  \
  CASE(IDENTITY)

typedef enum {
#define CASE(name) SRELU_##name,
  SRELU_EACH_FORMULA(CASE)
#undef CASE
} srelu_activation_kind;

/// Finds the formula called `name`, such as `LEAKY`. Returns false if there is none.
bool srelu_activation_named(const char *name, srelu_activation_kind *kind);

typedef struct {
  srelu_activation_kind kind;
  float alpha;
  float beta;
} srelu_activation;

/// Where a function turns: it doesn't rise for x <= falls_until, and doesn't fall for
/// x >= rises_from. Infinities where nothing is known.
typedef struct {
  float falls_until, rises_from;
} srelu_bottom;

/// Where pooled values go. `high` receives each window's largest value and `place` its position in
/// the window (0...3, row by row). If not NULL, `low` receives the smallest, and bits 2 and 3 of
/// `place` its position. If `plane` isn't 0, `high` receives, instead of all that, the four values of
/// each window, `plane` floats apart.
typedef struct {
  float *high, *low;
  uint8_t *place;
  size_t plane;
} srelu_pooled;

/// Inverted dropout as a function of (seed, step, slot, layer, unit).
typedef struct {
  uint64_t seed;
  uint32_t purpose;     // separates dropout's stream from other uses of the seed
  uint32_t step;        // optimizer step
  uint32_t layer;       // which dropout layer, at most 2^12
  uint32_t first_slot;  // place of the first row in the global batch
  uint32_t threshold;   // a unit is dropped if its 16 random bits are below this
  float scale;          // factor of the kept units: 1 / (1 - rate)
} srelu_dropout;

/// Findings of an optimizer's steps; they accumulate.
typedef struct {
  uint32_t not_finite;  // 1 once a gradient was infinite or NaN
  uint32_t differing;   // replicas that differed from the first one at the first difference
  uint32_t replica;     // the first of these, as an index
  size_t place;         // and the parameter's index
} srelu_step_report;

enum { SRELU_OPTIMIZER_SLOTS = 4, SRELU_OPTIMIZER_CONSTANTS = 4 };

/// A step of an optimizer on equal replicas of some parameters.
typedef struct {
  int32_t kind;                                // from `optimizer_kind`
  float constants[SRELU_OPTIMIZER_CONSTANTS];  // by the optimizer's own definition
  float *slots[SRELU_OPTIMIZER_SLOTS];         // each as long as the parameters
  size_t slot_count;
  float *const *parameters;                    // of each replica
  size_t replicas;
  size_t first;                                // first weight of `dense_backward_weights`
  srelu_step_report *report;
} srelu_optimizer;

/// Shape of a convolution with stride 1, followed by a 2x2 max-pool with stride 2.
typedef struct {
  int32_t height, width, channels;  // input
  int32_t kernel;                   // height and width of the kernel
  int32_t filters;                  // output channels
  int32_t pad;                      // zeros on the top and left (the general path only)
  int32_t out_height, out_width;    // of the convolution
  int32_t pool_height, pool_width;  // of the pooling
} srelu_convolution;

/// One instruction set's functions.
typedef struct {
  const char *name;
  /// Vector width in floats.
  int32_t width;

  /// out[r, :] = scale * bytes[indices[r], :], rows of `length` bytes.
  void (*gather_bytes)(size_t rows, size_t length, const uint32_t *indices, const uint8_t *bytes,
                       float scale, float *out);

  /// y = f(x + bias) * mask over `samples` x `rows` x `width` values, x[sample, row, column].
  /// `bias` and `slopes` have `width` values or are NULL. If not NULL, `derivative` receives
  /// f'(x + bias) * mask and `negative` min(x + bias, 0) * mask (the slope's gradient). `derivative`
  /// may be `x`. `scratch` holds rows * width + 128 floats if `dropout` is given.
  void (*activate)(const srelu_activation *activation, size_t samples, size_t rows, size_t width,
                   const float *x, const float *bias, const float *slopes,
                   const srelu_dropout *dropout, float *y, float *derivative, float *negative,
                   float *scratch);

  /// gradient = dy * derivative, and sums over rows, each skipped if NULL: bias_gradient += column sums
  /// of gradient, slope_gradient += column sums of dy * negative. A NULL `derivative` means
  /// ones. Rows are `stride` floats apart. `gradient` may be `dy`.
  void (*activate_backward)(size_t rows, size_t width, size_t stride, const float *dy,
                            const float *derivative, const float *negative, float *gradient,
                            float *bias_gradient, float *slope_gradient);

  /// A pooling window's largest and smallest value compete for the maximum after the activation:
  /// keeps the winner in `high`, its place in `place`. Only those on both sides of the bottom have to
  /// be compared.
  void (*select_extreme)(const srelu_activation *activation, srelu_bottom bottom, size_t rows,
                         size_t width, const float *slopes, float *high, const float *low,
                         uint8_t *place);

  /// Floats of scratch that a program needs.
  size_t (*program_scratch_count)(const srelu_program *program);

  /// `activate` by a program, without bias. If not NULL, `derivative` and `gradients`, one per
  /// learned parameter, receive those derivatives times the mask. `mask_scratch` as `activate`'s
  /// scratch.
  void (*program_rows)(const srelu_program *program, size_t samples, size_t rows, size_t width,
                       const float *x, const srelu_parameter *parameters,
                       const srelu_dropout *dropout, float *y, float *derivative,
                       float *const *gradients, float *scratch, float *mask_scratch);

  /// `select_extreme` by a program.
  void (*program_extreme)(const srelu_program *program, srelu_bottom bottom, size_t rows,
                          size_t width, const srelu_parameter *parameters, float *high,
                          const float *low, uint8_t *place, float *scratch);

  /// The same for a function of any shape: the four values of a window compete, which lie `plane`
  /// floats apart from `high` on.
  void (*program_largest)(const srelu_program *program, size_t plane, size_t rows, size_t width,
                          const srelu_parameter *parameters, float *high, uint8_t *place,
                          float *scratch);

  /// `activate_dense` by a program.
  void (*program_dense)(const srelu_program *program, size_t samples, size_t units, const float *x,
                        const float *bias, const srelu_parameter *parameters,
                        const srelu_dropout *dropout, float *y, float *y_units, size_t length,
                        float *derivative, float *const *gradients, float *scratch,
                        float *mask_scratch);

  /// sums[column] = the sum of x over rows `stride` floats apart, in their order.
  void (*column_sums)(size_t rows, size_t width, size_t stride, const float *x, float *sums);

  /// sums[column] += the sum of dy * factor over rows `stride` floats apart.
  void (*product_sums)(size_t rows, size_t width, size_t stride, const float *dy,
                       const float *factor, float *sums);

  /// Returns the kind of the optimizer of that name; -1 if there is none.
  int32_t (*optimizer_kind)(const char *name);

  /// Runs an optimizer over `count` parameters from `start` on: the gradient updates the first replica's
  /// parameters, and the others receive the result.
  void (*update)(const srelu_optimizer *optimizer, size_t start, size_t count,
                 const float *gradient);

  /// to[i] += from[i].
  void (*add)(size_t count, const float *from, float *to);

  /// True if the `direct` kernels below support this shape.
  bool (*convolution_is_direct)(const srelu_convolution *shape);

  /// Floats that `pack_filters` writes.
  size_t (*packed_filters_count)(const srelu_convolution *shape);

  /// Packs filters (filters, kernel, kernel, channels) for `convolution_pool`.
  void (*pack_filters)(const srelu_convolution *shape, const float *filters, float *packed);

  /// Floats of scratch for the convolution's functions.
  size_t (*convolution_scratch_count)(const srelu_convolution *shape);

  /// Convolution and 2x2 max-pool of `samples` images without storing the unpooled output. `packed`
  /// comes from `pack_filters`; the bias is added. Values are written to [sample, pool, filter].
  void (*convolution_pool)(const srelu_convolution *shape, size_t samples, const float *input,
                           const float *packed, const float *bias, srelu_pooled to,
                           float *scratch);

  /// filter_gradient += gradient of the filters, from the gradient of the pooled output: one
  /// non-zero per window, at `place`. Same layout as the filters.
  void (*convolution_backward_filters)(const srelu_convolution *shape, size_t samples,
                                       const float *input, const float *gradient,
                                       const uint8_t *place, float *filter_gradient,
                                       float *scratch);

  /// input_gradient = gradient of the input, from the gradient of the pooled output.
  void (*convolution_backward_input)(const srelu_convolution *shape, size_t samples,
                                     const float *filters, const float *gradient,
                                     const uint8_t *place, float *input_gradient);

  /// Writes dropout's mask of one row as in `activate`: 0 or `scale` per unit; `mask` has room for
  /// `units` rounded up to a multiple of 128.
  void (*dropout_mask)(const srelu_dropout *dropout, uint32_t slot, size_t units, float *mask);

  // Dense layers. Their activations lie in panels, in the order in which the products read them:
  // sample panels t[panel, unit, `panel` samples], unit panels u[panel, sample, `panel` units]. The
  // last panel is padded with any finite values. Unit panels may be longer than the samples that are
  // in them: `length` is the samples from one panel to the next.

  /// Samples or units per panel.
  int32_t panel;

  /// Converts rows of `width` values to unit panels of `length` and to sample panels (`across`); either
  /// may be NULL.
  void (*rows_to_panels)(size_t samples, size_t width, const float *rows, float *units,
                         size_t length, float *across);

  /// Converts unit panels to rows of `width` values.
  void (*panels_to_rows)(size_t samples, size_t width, const float *units, float *rows);

  /// rows = the values of the sample panels `across`, plus bias.
  void (*add_bias)(size_t samples, size_t units, const float *across, const float *bias,
                   float *rows);

  /// y = f(x + bias) * mask, x and y in sample panels; y may be x. `y_units`, of `length`, `derivative`
  /// and `negative` are unit panels and may be NULL; as in `activate`. `scratch` holds `width` rows of
  /// `units` rounded up to a multiple of 128 if `dropout` is given.
  void (*activate_dense)(const srelu_activation *activation, size_t samples, size_t units,
                         const float *x, const float *bias, const float *slopes,
                         const srelu_dropout *dropout, float *y, float *y_units, size_t length,
                         float *derivative, float *negative, float *scratch);

  // Each product can be split into parts: `first` is a multiple of `panel`; `end` is one too, or
  // the number of all outputs (of inputs, for the inputs' gradient). The weights' gradient may be cut
  // anywhere.

  /// Outputs first ..< end of y = weights x: weights (outputs, inputs), x and y in sample panels.
  void (*dense_forward)(size_t samples, size_t inputs, size_t outputs, size_t first, size_t end,
                        const float *weights, const float *x, float *y);

  /// Rows first ..< end of gradient = dy^T x, in rows like the weights, each element one chain of
  /// multiply-adds in the order of the samples; x and dy in unit panels of `length`. With `optimizer`
  /// its step is taken at once and `gradient` is unchanged.
  void (*dense_backward_weights)(size_t samples, size_t length, size_t inputs, size_t first,
                                 size_t end, const float *x, const float *dy, float *gradient,
                                 const srelu_optimizer *optimizer);

  /// Inputs first ..< end of dx = dy weights, in unit panels, dy's of `length`. `scratch` holds
  /// outputs * panel floats.
  void (*dense_backward_input)(size_t samples, size_t inputs, size_t outputs, size_t first,
                               size_t end, const float *weights, const float *dy, size_t length,
                               float *dx, float *scratch);

  /// Floats that `matrix_product` wants as scratch.
  size_t (*product_scratch_count)(void);

  /// c = a b, or c + a b: `rows` x `columns`, `stride` floats from row to row, the inner length `inner`.
  /// Each element is one chain of multiply-adds in the order of the inner index.
  void (*matrix_product)(size_t rows, size_t columns, size_t inner, srelu_matrix a, srelu_matrix b,
                         bool add, float *c, size_t stride, float *scratch);

  // The three products on bfloat16 operands (8 bits of mantissa, rounded to nearest), summed in
  // float; arguments as above, plus a scratch of `bfloat_scratch_count` 32-bit words.

  /// True if the processor multiplies bfloat16; elsewhere these products are slower than in float.
  bool has_native_bfloat;

  size_t (*bfloat_scratch_count)(size_t samples, size_t inputs, size_t outputs);
  void (*bfloat_forward)(size_t samples, size_t inputs, size_t outputs, size_t first, size_t end,
                         const float *weights, const float *x, float *y, uint32_t *scratch);
  void (*bfloat_backward_weights)(size_t samples, size_t length, size_t inputs, size_t first,
                                  size_t end, const float *x, const float *dy, float *gradient,
                                  uint32_t *scratch);
  void (*bfloat_backward_input)(size_t samples, size_t inputs, size_t outputs, size_t first,
                                size_t end, const float *weights, const float *dy, size_t length,
                                float *dx, uint32_t *scratch);

  /// Multiplies and adds in registers for `rounds` rounds, for timing. Returns the floating-point
  /// operations done; `sum` receives the result, 24 * width after many rounds.
  double (*fma_peak)(size_t rounds, float *sum);

  // Statistics of the hidden layers' responses.

  /// sums[0] += the sum of `count` values, sums[1] += the sum of their squares.
  void (*moments)(size_t count, const float *x, double *sums);

  /// The same for x + bias, x in sample panels.
  void (*panel_moments)(size_t samples, size_t units, const float *x, const float *bias,
                        double *sums);

  /// largest[column] = max(largest[column], |derivative[row, column]|) over rows `stride` floats
  /// apart. Returns how many values are below `threshold` in magnitude.
  size_t (*derivative_extent)(size_t rows, size_t width, size_t stride, const float *derivative,
                              float threshold, float *largest);
} srelu_kernels;

/// Returns the functions of an instruction set; NULL if this machine or build lacks it.
const srelu_kernels *srelu_kernels_for(srelu_isa isa);

// The general path of convolution and pooling: any shape, plain loops.

/// columns[(sample, y, x), (ky, kx, channel)] of `samples` images, zeros where padded.
void srelu_image_to_columns(const srelu_convolution *shape, size_t samples, const float *input,
                            float *columns);

/// input_gradient += the columns' gradients, each at the pixel it came from.
void srelu_columns_to_image(const srelu_convolution *shape, size_t samples, const float *columns,
                            float *input_gradient);

/// 2x2 max-pool with stride 2 of the convolution's output plus bias; windows are clipped at the
/// border; of the four values, those that there aren't equal the first.
void srelu_pool(const srelu_convolution *shape, size_t samples, const float *input,
                const float *bias, srelu_pooled to);

/// The dense gradient of the convolution's output: `gradient` at `place`, zeros elsewhere.
void srelu_unpool(const srelu_convolution *shape, size_t samples, const float *gradient,
                  const uint8_t *place, float *output);

/// Sets the calling thread's floating-point modes to those that the bits are promised for: rounding to
/// nearest, and numbers too small to be normal count as 0. Returns the modes before.
uint64_t srelu_set_modes(void);
void srelu_restore_modes(uint64_t modes);

// Losses.

/// Softmax cross-entropy of `rows` x `classes` logits, by row, in `losses`. `predicted` receives the
/// class of the largest logit, and `gradient`, if not NULL, (softmax - one-hot) * scale.
void srelu_softmax_cross_entropy(size_t rows, size_t classes, const float *logits,
                                 const uint8_t *labels, float scale, uint8_t *predicted,
                                 float *gradient, double *losses);

/// Sigmoid binary cross-entropy of `rows` logits; labels 0 or 1; otherwise as above.
void srelu_sigmoid_cross_entropy(size_t rows, const float *logits, const uint8_t *labels,
                                 float scale, uint8_t *predicted, float *gradient,
                                 double *losses);

#ifdef __cplusplus
}
#endif
