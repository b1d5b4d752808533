import DataParallel
import Experiments
import Foundation
import NeuralNet

/// - Throws: `InstructionSetError`; `PrecisionError` if the set lacks one of `formats`.
func chosenInstructionSet(for formats: [NumberFormat]) throws -> InstructionSet {
  let environment = ProcessInfo.processInfo.environment
  let set = try InstructionSet.chosen(environment: environment)
  try requireNumberFormats(formats, instructionSet: set, environment: environment)
  return set
}
