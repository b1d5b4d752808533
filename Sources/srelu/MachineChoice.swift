import DataParallel
import Experiments
import Foundation
import NeuralNet

/// The instruction set to compute with.
///
/// - Throws: `InstructionSetError`; `PrecisionError` where it lacks a number format of `formats`.
func chosenInstructionSet(for formats: [NumberFormat]) throws -> InstructionSet {
  let environment = ProcessInfo.processInfo.environment
  let set = try InstructionSet.chosen(environment: environment)
  try requireNumberFormats(formats, instructionSet: set, environment: environment)
  return set
}
