import Dispatch
import Experiments
import FlyingFox
import FlyingSocks
import Foundation
import Reports
import Synchronization

/// The HTTP server in front of a report.
final class ReportServer: Sendable {
  /// Nothing can listen there.
  struct CannotListen: ReportableError {
    let port: UInt16
    let reason: String
    var description: String {
      "127.0.0.1:\(port): can't listen there: \(reason). Choose another --port, or none for a free one."
    }
    var exitCode: Experiments.ExitCode { .environment }
  }

  private let report: LiveReport
  private let token = ReportGate.newToken()
  /// Known once the system has given a port.
  private let gate = Mutex<ReportGate?>(nil)

  init(report: LiveReport) { self.report = report }

  /// Begins to answer, beside the caller.
  ///
  /// - Returns: the address for a browser.
  /// - Throws: `CannotListen`.
  func start(port: UInt16) throws -> String {
    let server = HTTPServer(
      address: try .inet(ip4: "127.0.0.1", port: port), logger: .disabled,
      handler: ClosureHTTPHandler { [self] in answer($0) })
    let start = Start()
    Task {
      do { try await server.run() } catch { start.resolve(.failure(error)) }
    }
    Task {
      guard (try? await server.waitUntilListening()) != nil,
        case .ip4(_, let port) = await server.listeningAddress
      else { return }
      start.resolve(.success(port))
    }
    do {
      let given = try start.wait()
      gate.withLock { $0 = ReportGate(port: given, token: token) }
      return "http://127.0.0.1:\(given)/\(token)/"
    } catch {
      throw CannotListen(port: port, reason: error.localizedDescription)
    }
  }

  private func answer(_ request: HTTPRequest) -> HTTPResponse {
    let verdict = gate.withLock { $0 }?.judge(
      method: request.method.rawValue, path: request.target.path(percentEncoded: false),
      host: request.headers[.host],
      origin: request.headers[HTTPHeader("Origin")])
    switch verdict {
    case .file(let path):
      guard let content = report.file(path) else { return refusal(.notFound) }
      return HTTPResponse(
        statusCode: .ok, headers: headers(type: ReportGate.mediaType(of: path)), body: content)
    case .methodNotAllowed: return refusal(.methodNotAllowed)
    case .forbidden: return refusal(.forbidden)
    case .notFound, nil: return refusal(.notFound)
    }
  }

  private func refusal(_ status: HTTPStatusCode) -> HTTPResponse {
    HTTPResponse(
      statusCode: status, headers: headers(type: "text/plain; charset=utf-8"),
      body: Data("\(status.code) \(status.phrase)\n".utf8))
  }

  /// The page's own policy is in it; these keep it and its address from other pages.
  private func headers(type: String) -> HTTPHeaders {
    [
      .contentType: type, .cacheControl: "no-store",
      HTTPHeader("X-Content-Type-Options"): "nosniff",
      HTTPHeader("Referrer-Policy"): "no-referrer",
      HTTPHeader("X-Frame-Options"): "DENY",
      HTTPHeader("Cross-Origin-Resource-Policy"): "same-origin",
    ]
  }
}

/// How a server's start went.
private final class Start: Sendable {
  private let outcome = Mutex<Result<UInt16, any Error>?>(nil)
  private let isKnown = DispatchSemaphore(value: 0)

  /// The first call counts.
  func resolve(_ result: Result<UInt16, any Error>) {
    outcome.withLock { $0 = $0 ?? result }
    isKnown.signal()
  }

  /// Waits for the port that is listened on.
  func wait() throws -> UInt16 {
    isKnown.wait()
    return try outcome.withLock { $0 }.unsafelyUnwrapped.get()
  }
}
