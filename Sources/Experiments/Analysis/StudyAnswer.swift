import Foundation

extension StudyAnalysis {
  /// The answer in plain sentences: how the subject does in each block, how certain that is, and
  /// what it would take to know more.
  package var answer: [String] {
    guard let subject, !blocks.isEmpty else {
      return ["No trial has finished yet, so there is nothing to compare."]
    }
    let name = subject.shortDisplayLabel
    guard blocks.contains(where: { $0.subject != nil }) else {
      return ["No trial of \(name) has finished yet, so there is nothing to compare."]
    }
    var sentences = [opening(name)]
    sentences += blocks.filter { $0.subject != nil }.map { sentence($0, name) }
    if let advice { sentences.append(advice) }
    return sentences
  }

  private func opening(_ name: String) -> String {
    let here = blocks.filter { $0.subject != nil }
    let compared = here.filter { !($0.pairings[.accuracy] ?? []).isEmpty }
    guard !compared.isEmpty else {
      return "No other activation has finished where \(name) has, so there is nothing to compare."
    }
    let verdicts = compared.map { Verdict.superiority($0.pairings[.accuracy] ?? []) }
    let best = verdicts.count { $0 == .supported }
    let worse = verdicts.count { $0 == .contradicted }
    let undecided = verdicts.count { $0 == .undecided }
    var parts = [
      "Is \(name) the most accurate activation here? Shown for \(best) of \(compared.count) "
        + (compared.count == 1 ? "combination" : "combinations") + " of data set and network"
    ]
    if worse > 0 { parts.append("shown to be beaten in \(worse)") }
    if undecided > 0 { parts.append("too little to tell by in \(undecided)") }
    return parts.joined(separator: ", ") + "." + extremes(compared)
  }

  /// Compares the subject with its best rival in the blocks where it does worst and best.
  private func extremes(_ compared: [BlockComparison]) -> String {
    let closest = compared.compactMap { block in
      bestRival(of: block).flatMap { rival in rival.estimate.map { (block, rival, $0) } }
    }.sorted { $0.2 < $1.2 }
    guard let first = closest.first, let last = closest.last else { return "" }
    func text(_ item: (BlockComparison, BlockComparison.Pairing, Double)) -> String {
      let p =
        item.1.adjustedPValue.map { ", \(EvidenceText.p($0))" }
        ?? item.1.result.obstacle.map { ": \($0)" } ?? ""
      return "\(EvidenceText.signed(item.2))\(EvidenceText.interval(item.1.interval)) on "
        + "\(item.0.label) (against \(item.1.baseline.shortDisplayLabel)\(p)"
        + "\(EvidenceText.dissent(item.1.result, .accuracy)))"
    }
    let range = closest.count == 1 ? text(first) : "from \(text(first)) to \(text(last))"
    return " Its test accuracy minus the best other activation's, seed by seed: \(range)."
  }

  /// Returns the pairing with the other activation of the highest mean accuracy.
  private func bestRival(of block: BlockComparison) -> BlockComparison.Pairing? {
    func mean(_ pairing: BlockComparison.Pairing) -> Double {
      block.cells.first { $0.activation == pairing.baseline }?.statistics(.accuracy)?.mean
        ?? -.infinity
    }
    return block.pairings[.accuracy]?.max { mean($0) < mean($1) }
  }

  private func sentence(_ block: BlockComparison, _ name: String) -> String {
    let means = block.cells.map { ($0.activation, $0.statistics(.accuracy)) }
    guard let own = means.first(where: { $0.0 == block.subject })?.1 else { return "" }
    let rank = 1 + means.count { ($0.1?.mean ?? 0) > own.mean }
    let spread = own.standardDeviation.map { String(format: " ± %.4f", $0) } ?? ""
    var text =
      "\(block.label): \(name) reaches "
      + String(format: "%.4f", own.mean) + "\(spread) (\(EvidenceText.seeds(own.count)))"
    guard means.count > 1 else { return text + "." }
    text += ", rank \(rank) of \(means.count)"
    guard let rival = bestRival(of: block),
      let other = means.first(where: { $0.0 == rival.baseline })?.1?.mean
    else { return text + "." }
    text +=
      "; the best other, \(rival.baseline.shortDisplayLabel), "
      + String(format: "%.4f", other)
    if let estimate = rival.estimate {
      text +=
        " (difference \(EvidenceText.signed(estimate))\(EvidenceText.interval(rival.interval))"
        + (rival.adjustedPValue.map { ", \(EvidenceText.p($0))" } ?? "")
        + EvidenceText.reservations(
          rival.result,
          // Too few seeds are reported once, at the end.
          smallest: rival.result.decisive < rival.advantages.count ? rival.smallestPValue : 0,
          count: rival.advantages.count, .accuracy)
        + ")"
    }
    return text + "."
  }

  /// Advice on more seeds; nil where there are enough.
  private var advice: String? {
    let shortages = blocks.compactMap { block -> SeedAdvice.Shortage? in
      let pairings = block.pairings[.accuracy] ?? []
      let common = pairings.map(\.advantages.count).filter { $0 > 0 }
      guard let seeds = common.min() else { return nil }
      return SeedAdvice.Shortage(
        seeds: seeds, comparisons: pairings.count,
        splitsOverlap: results.testToTrain[block.block.dataset] != nil)
    }
    guard let worst = shortages.filter(\.isOne).min(by: { $0.seeds < $1.seeds }) else {
      return nil
    }
    let pairings = blocks.flatMap { $0.pairings[.accuracy] ?? [] }
      .filter { $0.comparison.map { $0.mean != 0 } ?? false }
    let needed = pairings.map { $0.seedsNeeded ?? .max }.sorted()
    var text = worst.text
    if !needed.isEmpty, needed[needed.count / 2] < .max {
      text +=
        "; half of the differences seen here would need \(needed[needed.count / 2]) or more to be "
        + "shown with a chance of 80 %"
    }
    return text + "."
  }
}
