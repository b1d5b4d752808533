// Programs of formulas, which kernels run over blocks of values.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// What an instruction of a program does to a block of values. Comparisons give masks.
#define SRELU_EACH_OPERATION(CASE)                                                              \
  CASE(ADD)                                                                                     \
  CASE(SUBTRACT)                                                                                \
  CASE(MULTIPLY)                                                                                \
  CASE(DIVIDE)                                                                                  \
  CASE(MULTIPLY_ADD)     /* a * b + c, rounded once */                                           \
  CASE(SUBTRACT_PRODUCT) /* c - a * b, rounded once */                                           \
  CASE(NEGATE)                                                                                  \
  CASE(ABS)                                                                                     \
  CASE(SIGN)                                                                                    \
  CASE(SQRT)                                                                                    \
  CASE(EXP)                                                                                     \
  CASE(DECAY)            /* exp(-|a|) */                                                         \
  CASE(SIGMOID)          /* of a, where b is exp(-|a|), as in the next three */                  \
  CASE(MIRRORED_SIGMOID) /* sigmoid(-a) */                                                       \
  CASE(SOFTPLUS)         /* log(1 + exp(a)) */                                                   \
  CASE(TANH_SOFTPLUS)    /* tanh(softplus(a)) */                                                 \
  CASE(EXPM1)                                                                                   \
  CASE(LOG)                                                                                     \
  CASE(LOG1P)                                                                                   \
  CASE(SIN)                                                                                     \
  CASE(COS)                                                                                     \
  CASE(ATAN)                                                                                    \
  CASE(TANH)                                                                                    \
  CASE(ERF)                                                                                     \
  CASE(NORMCDF) /* the standard normal distribution function */                                 \
  CASE(POWER)                                                                                   \
  CASE(LESS)                                                                                    \
  CASE(LESS_OR_EQUAL)                                                                           \
  CASE(EQUAL)                                                                                   \
  CASE(NOT_LESS) /* also for NaN, as the next two */                                            \
  CASE(NOT_LESS_OR_EQUAL)                                                                       \
  CASE(NOT_EQUAL)                                                                               \
  CASE(CHOOSE) /* b where the mask a is set, c elsewhere */

typedef enum {
#define CASE(name) SRELU_OPERATION_##name,
  SRELU_EACH_OPERATION(CASE)
#undef CASE
} srelu_operation;

/// Finds the operation called `name`, such as `ADD`. Returns false if there is none.
bool srelu_operation_named(const char *name, srelu_operation *operation);

/// The most operands of a program.
#define SRELU_MOST_OPERANDS 256

/// Writes the register `target`, which may be an operand's.
typedef struct {
  uint16_t operation, target, a, b, c;
} srelu_instruction;

/// A formula for blocks of values. Operands are numbered: registers, the first of which holds x and
/// is never written, then learned parameters, then constants.
typedef struct {
  const srelu_instruction *instructions;
  size_t count, registers, learned, constant_count;
  const float *constants;
  /// The operands that hold f, f' and the derivatives by the learned parameters.
  uint16_t value, derivative;
  const uint16_t *gradients;
} srelu_program;

/// A learned parameter: `period` values, which repeat over a sample's.
typedef struct {
  const float *values;
  size_t period;
} srelu_parameter;
