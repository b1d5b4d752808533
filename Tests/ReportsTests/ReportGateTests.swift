import Reports
import Testing

@Suite struct ReportGateTests {
  private let gate = ReportGate(port: 4711, token: "0123456789abcdef")

  private func judge(
    _ path: String, method: String = "GET", host: String? = "127.0.0.1:4711",
    origin: String? = nil
  ) -> ReportGate.Verdict {
    gate.judge(method: method, path: path, host: host, origin: origin)
  }

  @Test func theTokenOpens() {
    #expect(judge("/0123456789abcdef/") == .file("index.html"))
    #expect(judge("/0123456789abcdef/tables/trials.csv") == .file("tables/trials.csv"))
    #expect(judge("/0123456789abcdef/", host: "LOCALHOST:4711") == .file("index.html"))
    #expect(
      judge("/0123456789abcdef/", origin: "http://127.0.0.1:4711") == .file("index.html"))
  }

  @Test(arguments: [
    "", "/", "/index.html", "/0123456789abcdee/", "/0123456789abcde/", "/0123456789abcdef0/",
    "/0123456789ABCDEF/", "/x/0123456789abcdef/", "/0123456789abcdef",
  ])
  func nothingIsThereWithoutIt(path: String) {
    #expect(judge(path) == .notFound)
  }

  @Test(arguments: [
    nil, "", "evil.example", "evil.example:4711", "127.0.0.1", "127.0.0.1:4712",
    "127.0.0.1:4711.evil.example", "localhost", "0.0.0.0:4711",
  ])
  func otherHostsAreRefused(host: String?) {
    #expect(judge("/0123456789abcdef/", host: host) == .forbidden)
  }

  @Test(arguments: [
    "null", "http://evil.example", "https://127.0.0.1:4711", "http://127.0.0.1:4712",
    "http://127.0.0.1:4711.evil.example",
  ])
  func otherOriginsAreRefused(origin: String) {
    #expect(judge("/0123456789abcdef/", origin: origin) == .forbidden)
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "get"])
  func nothingButReading(method: String) {
    #expect(judge("/0123456789abcdef/", method: method) == .methodNotAllowed)
  }

  @Test func tokensAreLongAndDiffer() {
    let tokens = (0..<100).map { _ in ReportGate.newToken() }
    #expect(Set(tokens).count == 100)
    for token in tokens {
      #expect(token.count == 32)
      #expect(token.allSatisfy { $0.isHexDigit && !$0.isUppercase })
    }
  }

  @Test func aPathStaysAsItIs() {
    // Paths aren't resolved: one that isn't a file of the report isn't found later.
    #expect(judge("/0123456789abcdef/../x") == .file("../x"))
    #expect(ReportGate.mediaType(of: "figures/a.svg") == "image/svg+xml")
    #expect(ReportGate.mediaType(of: "index.html").hasPrefix("text/html"))
    #expect(ReportGate.mediaType(of: "x") == "text/plain; charset=utf-8")
  }
}
