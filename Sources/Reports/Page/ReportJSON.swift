import Experiments
import Foundation
import Support

/// `report.json`: the answer, the claims and the numbers behind them, for scripts.
enum ReportJSON {
  private struct Value: Encodable {
    struct Claim: Encodable {
      struct Evidence: Encodable {
        let place: String
        let verdict: Verdict
        let text: String
      }
      let id: String
      let claim: String
      let verdict: Verdict
      let rule: String
      let evidence: [Evidence]
    }
    /// A value that is `null` where there is none, so that its key is always there.
    struct Nullable<Wrapped: Encodable>: Encodable {
      let value: Wrapped?

      init(_ value: Wrapped?) { self.value = value }

      func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(value) } else { try container.encodeNil() }
      }
    }
    struct Pairing: Encodable {
      let place: String
      let against: String
      let measure: Measure
      let test: String
      let p: Nullable<Double>
      let adjusted_p: Nullable<Double>
      let smallest_p: Double
      let comparison: PairedComparison?
      let estimate: Nullable<Double>
      let interval: Nullable<Interval>
      let direction: Int
      let obstacle: Nullable<String>
      let advantages: [Double]
    }
    struct Ranking: Encodable {
      let activations: [String]
      let test: FriedmanTest
    }
    let study: String
    let complete: Bool
    let subject: String?
    let answer: [String]
    let claims: [Claim]
    let pairings: [Pairing]
    let ranking: Ranking?
  }

  static func text(_ content: ReportContent) throws -> String {
    let (study, analysis) = (content.study, content.study.analysis)
    let pairings = analysis.places.flatMap { place in
      Measure.allCases.flatMap { measure in
        (place.pairings[measure] ?? []).map { pairing in
          Value.Pairing(
            place: place.label, against: pairing.baseline.label, measure: measure,
            test: pairing.test, p: Value.Nullable(pairing.pValue),
            adjusted_p: Value.Nullable(pairing.adjustedPValue),
            smallest_p: pairing.smallestPValue, comparison: pairing.comparison,
            estimate: Value.Nullable(pairing.estimate), interval: Value.Nullable(pairing.interval),
            direction: pairing.result.direction,
            obstacle: Value.Nullable(pairing.result.obstacle),
            advantages: pairing.advantages)
        }
      }
    }
    let value = Value(
      study: study.name, complete: study.isComplete, subject: analysis.subject?.label,
      answer: content.answer, claims: content.claims.map(claim), pairings: pairings,
      ranking: analysis.ranking.map {
        Value.Ranking(activations: $0.activations.map(\.label), test: $0.test)
      })
    return try JSON.text(value, .pretty) + "\n"
  }

  private static func claim(_ claim: Claim) -> Value.Claim {
    Value.Claim(
      id: claim.id, claim: claim.text, verdict: claim.verdict, rule: claim.rule,
      evidence: claim.evidence.map {
        Value.Claim.Evidence(place: $0.place, verdict: $0.verdict, text: $0.text)
      })
  }
}
