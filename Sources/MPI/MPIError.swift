import CMPI
import Support

/// A failed MPI call: its name, MPI's code and class, and MPI's text.
public struct MPIError: ReportableError, Hashable {
  /// The function, such as `MPI_Allreduce`.
  public let operation: String
  /// The implementation's error code; 0 where this library refused before calling MPI.
  public let code: Int32
  /// The standard's error class (MPI 3.1, section 8.4).
  public let errorClass: Int32
  /// The error's text.
  public let text: String

  /// Operation, text and code.
  public var description: String {
    code == 0 ? "\(operation): \(text)" : "\(operation): \(text) (MPI error \(code))"
  }

  /// `environment`.
  public var exitCode: ExitCode { .environment }

  package init(operation: String, refusal text: String) {
    self.operation = operation
    self.text = text
    code = 0
    errorClass = 0
  }

  init(operation: String, code: Int32) {
    self.operation = operation
    self.code = code
    var category: Int32 = 0
    // int MPI_Error_class(int errorcode, int *errorclass)
    MPI_Error_class(code, &category)
    errorClass = category
    // int MPI_Error_string(int errorcode, char *string, int *resultlen)
    text = MPI.text(capacity: MPI_MAX_ERROR_STRING) { MPI_Error_string(code, $0, &$1) }
  }
}

/// The single check that every return code passes through.
@inline(__always)
func check(_ operation: StaticString, _ code: Int32) throws {
  guard code == MPI_SUCCESS else { throw MPIError(operation: "\(operation)", code: code) }
}

/// Converts a length to MPI 3.1's type.
/// - Throws: `MPIError` if it exceeds 2³¹ − 1.
@inline(__always)
func count32(_ operation: StaticString, _ count: Int) throws -> Int32 {
  guard let small = Int32(exactly: count) else {
    throw MPIError(
      operation: "\(operation)",
      refusal: "\(count) elements in one call; MPI takes at most \(Int32.max). Send it in parts.")
  }
  return small
}
