import Support

/// Messages as bytes: one JSON object each.
package enum MessageCoding {
  package static func encode(_ message: some Encodable) throws(ProtocolError) -> [UInt8] {
    do {
      return try JSON.bytes(message)
    } catch {
      throw ProtocolError("a \(type(of: message)) can't be encoded: \(error)")
    }
  }

  package static func decode<Message: Decodable>(
    _ type: Message.Type, _ bytes: [UInt8]
  ) throws(ProtocolError) -> Message {
    do {
      return try JSON.value(type, from: bytes)
    } catch {
      throw ProtocolError(
        "\(bytes.count) bytes from another rank aren't a \(type) as this rank knows it")
    }
  }
}

/// Ranks that can't parse each other's messages, such as those of two builds; ends the job.
package struct ProtocolError: ReportableError, Hashable {
  private let problem: String

  init(_ problem: String) { self.problem = problem }

  package var description: String {
    "\(problem): every rank has to run the same build of the program; install it anew on all hosts"
  }

  package var exitCode: ExitCode { .environment }
}

/// The error that ended the coordinator, as seen by its groups. The job can't continue.
struct LostCoordinator: ReportableError {
  let description: String
  let exitCode: ExitCode

  init(_ cause: any Error) {
    description = String(describing: cause)
    exitCode = (cause as? any ReportableError)?.exitCode ?? .bug
  }
}
