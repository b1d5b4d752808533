import CKernels
import Support

/// The instruction sets that the element-wise kernels are compiled for.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// Vectors of four floats, on any machine.
  case portable
  /// AVX2 and FMA: vectors of eight.
  case avx2
  /// AVX-512 F, BW, VL and DQ: vectors of sixteen.
  case avx512

  /// The environment variable that forces one, by its name here.
  public static let environmentVariable = "SRELU_ISA"

  /// What this machine can run, narrow to wide.
  public static var available: [InstructionSet] { allCases.filter { $0.table != nil } }

  /// The widest that this machine can run.
  public static var widest: InstructionSet { available.last ?? .portable }

  /// The one that the environment asks for, or the widest.
  ///
  /// - Throws: `InstructionSetError` where the machine lacks it or nothing has that name.
  public static func chosen(environment: [String: String]) throws -> InstructionSet {
    guard let name = environment[environmentVariable], !name.isEmpty else { return widest }
    guard let set = InstructionSet(rawValue: name), set.table != nil else {
      throw InstructionSetError(name: name)
    }
    return set
  }

  /// The narrowest of some that are given by name, which all machines that have them can run.
  public static func common(_ names: [String]) -> InstructionSet {
    let sets = names.compactMap(InstructionSet.init(rawValue:))
    return allCases.first(where: sets.contains) ?? .portable
  }

  /// Whether this machine's processor multiplies bfloat16 with it.
  public var multipliesBfloat16: Bool { table?.pointee.has_native_bfloat ?? false }

  var table: UnsafePointer<srelu_kernels>? {
    switch self {
    case .portable: srelu_kernels_for(SRELU_ISA_PORTABLE)
    case .avx2: srelu_kernels_for(SRELU_ISA_AVX2)
    case .avx512: srelu_kernels_for(SRELU_ISA_AVX512)
    }
  }

  /// `target[i]` = the sources' values at i, added up in order: the sum that an optimizer's step takes of
  /// several gradients, bit for bit. `target` may be one of them.
  package func addUp(
    _ sources: UnsafeBufferPointer<UnsafePointer<Float>?>, count: Int,
    into target: UnsafeMutablePointer<Float>
  ) {
    guard count > 0, let base = sources.baseAddress else { return }
    kernels.add_up(count, sources.count, base, target)
  }

  /// The kernels; traps where the machine lacks the set.
  package var kernels: srelu_kernels {
    guard let table else { preconditionFailure("this machine has no \(rawValue)") }
    return table.pointee
  }
}

/// An instruction set was asked for that isn't there.
public struct InstructionSetError: ReportableError {
  /// That of the environment.
  public var exitCode: ExitCode { .environment }

  /// What was asked for.
  public let name: String

  /// What is wrong and what would be right.
  public var description: String {
    let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
    return "\(InstructionSet.environmentVariable)=\(name): this machine runs \(names)."
  }
}
