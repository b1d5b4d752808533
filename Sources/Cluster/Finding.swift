/// One thing that the doctor looked at.
package struct Finding: Codable {
  package enum Verdict: String, Codable {
    case ok, warning, problem

    package var mark: String {
      switch self {
      case .ok: "ok     "
      case .warning: "warning"
      case .problem: "PROBLEM"
      }
    }
  }

  package var subject: String
  package var verdict: Verdict
  package var detail: String
  package var advice: String?

  package init(_ subject: String, _ verdict: Verdict = .ok, _ detail: String, advice: String? = nil)
  {
    self.subject = subject
    self.verdict = verdict
    self.detail = detail
    self.advice = advice
  }
}
