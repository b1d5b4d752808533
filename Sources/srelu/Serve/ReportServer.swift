import Foundation
import Reports
import Synchronization

final class ReportServer: Sendable {
  private let report: LiveReport
  private let failure = Mutex<PageServer.Ended?>(nil)

  init(report: LiveReport) { self.report = report }

  /// Starts answering requests on a thread of its own.
  ///
  /// - Returns: the address for a browser.
  /// - Throws: `PageServer.CannotListen`.
  func start(port: UInt16) throws -> String {
    let server = try PageServer(port: port)
    let gate = ReportGate(port: server.port, token: ReportGate.newToken())
    Thread.detachNewThread { [self] in
      do throws(PageServer.Ended) {
        try server.run { answer($0, gate) }
      } catch {
        failure.withLock { $0 = error }
      }
    }
    return "http://127.0.0.1:\(gate.port)/\(gate.token)/"
  }

  /// Throws once the server has ended.
  func check() throws {
    if let error = failure.withLock({ $0 }) { throw error }
  }

  private func answer(_ request: RequestHead, _ gate: ReportGate) -> PageServer.Response {
    let verdict = gate.judge(
      method: request.method, path: request.path, host: request.host, origin: request.origin)
    switch verdict {
    case .file(let path):
      guard let content = report.file(path) else { break }
      return PageServer.Response(
        "200 OK",
        headers: Self.headers + [("Content-Type", ReportGate.mediaType(of: path))], body: content)
    case .methodNotAllowed:
      return PageServer.Response(
        "405 Method Not Allowed", headers: Self.headers + [("Allow", "GET")])
    case .forbidden: return PageServer.Response("403 Forbidden", headers: Self.headers)
    case .notFound: break
    }
    return PageServer.Response("404 Not Found", headers: Self.headers)
  }

  /// Keep the page and its address, with the token, from other pages. Its own policy is in the page.
  private static let headers = [
    (name: "Cache-Control", value: "no-store"),
    (name: "X-Content-Type-Options", value: "nosniff"),
    (name: "Referrer-Policy", value: "no-referrer"),
    (name: "X-Frame-Options", value: "DENY"),
    (name: "Cross-Origin-Resource-Policy", value: "same-origin"),
  ]
}
