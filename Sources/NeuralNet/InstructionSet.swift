import CKernels
import Support

/// The instruction sets of the element-wise kernels.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// Vectors of four floats on any machine.
  case portable
  /// AVX2 and FMA; vectors of eight floats.
  case avx2
  /// AVX-512 F, BW, VL and DQ; vectors of sixteen floats.
  case avx512

  /// The environment variable that selects a set by name.
  public static let environmentVariable = EnvironmentVariable.instructionSet

  /// The sets that this machine supports, from narrow to wide.
  public static var available: [InstructionSet] { allCases.filter { $0.table != nil } }

  /// The widest set that this machine supports.
  public static var widest: InstructionSet { available.last ?? .portable }

  /// Returns the set that the environment selects, or else the widest.
  /// - Throws: `InstructionSetError` for an unknown name or a set that the machine lacks.
  public static func chosen(environment: [String: String]) throws -> InstructionSet {
    guard let name = environment[environmentVariable], !name.isEmpty else { return widest }
    guard let set = InstructionSet(rawValue: name), set.table != nil else {
      throw InstructionSetError(name: name)
    }
    return set
  }

  /// Returns the narrowest of some sets by name, which runs wherever one of them does.
  public static func common(_ names: [String]) -> InstructionSet {
    let sets = names.compactMap(InstructionSet.init(rawValue:))
    return allCases.first(where: sets.contains) ?? .portable
  }

  /// Whether this machine's processor multiplies bfloat16 natively with this set.
  public var multipliesBfloat16: Bool { table?.pointee.has_native_bfloat ?? false }

  var table: UnsafePointer<srelu_kernels>? {
    switch self {
    case .portable: srelu_kernels_for(SRELU_ISA_PORTABLE)
    case .avx2: srelu_kernels_for(SRELU_ISA_AVX2)
    case .avx512: srelu_kernels_for(SRELU_ISA_AVX512)
    }
  }

  /// The kernels; traps if the machine lacks the set.
  package var kernels: srelu_kernels {
    guard let table else { preconditionFailure("this machine has no \(rawValue)") }
    return table.pointee
  }
}

/// The environment selects an unknown or unsupported instruction set.
public struct InstructionSetError: ReportableError {
  /// `environment`.
  public var exitCode: ExitCode { .environment }

  /// The requested name.
  public let name: String

  /// The error and the valid names.
  public var description: String {
    let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    return "\(InstructionSet.environmentVariable)=\(name): this machine runs \(names)."
  }
}
