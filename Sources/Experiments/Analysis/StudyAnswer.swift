import Foundation

extension StudyAnalysis {
  /// The answer in words: how the subject does at each place, how sure that is, and what it would take
  /// to know more. Plain sentences.
  public var answer: [String] {
    guard let subject, !places.isEmpty else {
      return ["No trial has finished yet, so there is nothing to compare."]
    }
    let name = subject.shortDisplayLabel
    guard places.contains(where: { $0.subject != nil }) else {
      return ["No trial of \(name) has finished yet, so there is nothing to compare."]
    }
    var sentences = [opening(name)]
    sentences += places.filter { $0.subject != nil }.map { sentence($0, name) }
    if let advice { sentences.append(advice) }
    return sentences
  }

  private func opening(_ name: String) -> String {
    let here = places.filter { $0.subject != nil }
    let verdicts = here.map { Verdict.superiority($0.pairings[.accuracy] ?? []) }
    let best = verdicts.count { $0 == .supported }
    let worse = verdicts.count { $0 == .contradicted }
    let undecided = verdicts.count { $0 == .undecided }
    var parts = [
      "Is \(name) the most accurate activation here? Shown for \(best) of \(here.count) "
        + (here.count == 1 ? "combination" : "combinations") + " of data set and network"
    ]
    if worse > 0 { parts.append("shown to be beaten in \(worse)") }
    if undecided > 0 { parts.append("too few seeds to tell in \(undecided)") }
    return parts.joined(separator: ", ") + "."
  }

  private func sentence(_ place: PlaceComparison, _ name: String) -> String {
    let means = place.contestants.map { contestant in
      (contestant.activation, SampleStatistics(place.values(.accuracy, of: contestant)))
    }
    guard let own = means.first(where: { $0.0 == place.subject })?.1 else { return "" }
    let rank = 1 + means.count { ($0.1?.mean ?? 0) > own.mean }
    let spread = own.standardDeviation.map { String(format: " ± %.4f", $0) } ?? ""
    var text =
      "\(place.label): \(name) reaches "
      + String(format: "%.4f", own.mean) + "\(spread) (\(EvidenceText.seeds(own.count)))"
    guard means.count > 1 else { return text + "." }
    text += ", rank \(rank) of \(means.count)"
    let pairings = place.pairings[.accuracy] ?? []
    let rival = pairings.max { a, b in
      (mean(of: a.baseline, means) ?? 0) < (mean(of: b.baseline, means) ?? 0)
    }
    guard let rival, let other = mean(of: rival.baseline, means) else { return text + "." }
    text +=
      "; the best other, \(rival.baseline.shortDisplayLabel), "
      + String(format: "%.4f", other)
    if let comparison = rival.comparison, let p = rival.adjustedPValue {
      text +=
        " (difference \(EvidenceText.signed(comparison.mean))"
        + "\(EvidenceText.interval(rival.interval)), \(EvidenceText.p(p)))"
    }
    return text + "."
  }

  private func mean(
    of activation: ActivationSpec, _ means: [(ActivationSpec, SampleStatistics?)]
  ) -> Double? {
    means.first { $0.0 == activation }?.1?.mean
  }

  /// What more seeds could show; nil where the seeds are enough.
  private var advice: String? {
    let pairings = places.flatMap { $0.pairings[.accuracy] ?? [] }
    let starved = pairings.filter { $0.smallestPValue > Verdict.level }
    guard let worst = starved.min(by: { $0.advantages.count < $1.advantages.count }) else {
      return nil
    }
    let comparisons = places.map { $0.pairings[.accuracy]?.count ?? 0 }.max() ?? 1
    let needed = pairings.compactMap { $0.comparison?.seedsNeeded() }.sorted()
    var text = SeedAdvice.text(seeds: worst.advantages.count, comparisons: comparisons)
    if !needed.isEmpty {
      text +=
        "; half of the differences seen here would need \(needed[needed.count / 2]) or more to be "
        + "shown with a chance of 80 %"
    }
    return text + "."
  }
}
