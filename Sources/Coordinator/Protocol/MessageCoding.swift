import DataParallel
import Experiments
import Foundation
import MPI

/// Messages as bytes: one JSON object each.
package enum MessageCoding {
  /// The bytes of a message.
  package static func encode(_ message: some Encodable) throws(ProtocolError) -> [UInt8] {
    do {
      return [UInt8](try lineEncoder().encode(message))
    } catch {
      throw ProtocolError("a \(type(of: message)) can't be encoded: \(error)")
    }
  }

  /// The message in `bytes`.
  package static func decode<Message: Decodable>(
    _ type: Message.Type, _ bytes: [UInt8]
  ) throws(ProtocolError) -> Message {
    do {
      return try lineDecoder().decode(type, from: Data(bytes))
    } catch {
      throw ProtocolError(
        "\(bytes.count) bytes from another rank aren't a \(type) as this rank knows it")
    }
  }
}

/// Ranks that don't understand each other, as those of two builds of the program. The job can't go on.
package struct ProtocolError: ReportableError, Hashable {
  private let problem: String

  init(_ problem: String) { self.problem = problem }

  package var description: String {
    "\(problem): every rank has to run the same build of the program; install it anew on all hosts"
  }

  package var exitCode: ExitCode { .environment }
}

/// What ended the coordinator, for the groups that it led. The job can't go on.
struct LostCoordinator: ReportableError {
  let description: String
  let exitCode: ExitCode

  init(_ cause: any Error) {
    description = String(describing: cause)
    exitCode =
      (cause as? any ReportableError)?.exitCode ?? (cause is MPIError ? .environment : .bug)
  }
}
