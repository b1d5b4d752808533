/// A claim of the SReLU paper and a study's verdict on it.
package struct Claim: Encodable, Sendable {
  package let id: String
  package let text: String
  package let verdict: Verdict
  /// The numbers and the test behind the verdict, block by block.
  package let evidence: [Evidence]
  package let rule: String

  package struct Evidence: Encodable, Sendable {
    package let block: String
    /// The block's own verdict.
    package let verdict: Verdict
    package let text: String
  }

  enum CodingKeys: String, CodingKey {
    case id, verdict, rule, evidence
    case text = "claim"
  }

  init(id: String, text: String, rule: String, evidence: [Evidence]) {
    self.id = id
    self.text = text
    self.rule = rule
    self.evidence = evidence
    verdict = Verdict.all(evidence.map(\.verdict))
  }
}

extension StudyAnalysis {
  /// The paper's claims; empty where the study isn't about SReLU.
  package var claims: [Claim] {
    guard subject?.name == "srelu" else { return [] }
    let images: Set = ["mnist", "fashion-mnist"]
    return [
      superior(
        .accuracy, on: images, id: "highest-accuracy",
        "highest accuracy on MNIST and Fashion-MNIST"),
      superior(.f1, on: images, id: "highest-f1", "highest F1 on MNIST and Fashion-MNIST"),
      advantage(
        .f1, of: 0.001, over: ["relu", "leaky-relu", "prelu"], on: "mnist", id: "mnist-f1",
        "about +0.1 % F1 over the ReLU family on MNIST"),
      advantage(
        .accuracy, of: 0.002, over: nil, on: "wdbc", id: "wdbc-accuracy",
        "+0.2 % accuracy on WDBC"),
      advantage(.f1, of: 0.002, over: nil, on: "wdbc", id: "wdbc-f1", "+0.2 % F1 on WDBC"),
      // By the area under the loss curve; the epochs to a loss that all reach are reported too.
      superior(
        .earlyLoss, id: "convergence", "faster convergence in the first epochs",
        more: EvidenceText.epochsToLoss),
      superior(.generalisationGap, id: "gap", "smaller generalisation gap"),
      deadUnits, cost,
    ]
  }

  private func superior(
    _ measure: Measure, on datasets: Set<String>? = nil, id: String, _ text: String,
    more: (BlockComparison) -> String = { _ in "" }
  ) -> Claim {
    let here = blocks.filter { $0.subject != nil && datasets?.contains($0.block.dataset) != false }
    return Claim(
      id: id, text: text,
      rule: "\(measure.title): better than each other activation, p ≤ \(Verdict.level) after Holm "
        + "within each block",
      evidence: here.map { block in
        let pairings = block.pairings[measure] ?? []
        return Claim.Evidence(
          block: block.label, verdict: Verdict.superiority(pairings),
          text: EvidenceText.superiority(pairings) + more(block))
      })
  }

  /// Compares the subject with the mean of a family of activations, or of all others, seed by seed.
  private func advantage(
    _ measure: Measure, of size: Double, over family: Set<String>?, on dataset: String,
    id: String, _ text: String
  ) -> Claim {
    let here = blocks.filter { $0.subject != nil && $0.block.dataset == dataset }
    return Claim(
      id: id, text: text,
      rule: "better than their mean, p ≤ \(Verdict.level), and the 95 % interval doesn't end below "
        + "\(EvidenceText.signed(size)); contradicted where it does, with seeds enough to show it",
      evidence: here.map { block in
        let mean = block.meanAdvantage(
          measure, over: family, testToTrain: results.testToTrain[dataset])
        let verdict = Verdict.advantage(mean.result, of: size)
        // The p tests for no difference at all, so it isn't what contradicts the claim.
        let why =
          verdict == .contradicted
          ? "; the whole interval is below \(EvidenceText.signed(size))" : ""
        return Claim.Evidence(
          block: block.label, verdict: verdict, text: EvidenceText.advantage(mean, measure) + why)
      })
  }

  private var deadUnits: Claim {
    Claim(
      id: "dead-units", text: "no dead units", rule: "no unit is dead after any trial's last epoch",
      evidence: blocks.filter { $0.subject != nil }.map { block in
        let own = block.deadUnits(of: subject)
        let verdict: Verdict =
          own.isEmpty
          ? .undecided : own.allSatisfy { $0.dead == 0 } ? .supported : .contradicted
        let relu = block.cells.first { $0.activation.name == "relu" }
        return Claim.Evidence(
          block: block.label, verdict: verdict,
          text: EvidenceText.deadUnits(own, relu: block.deadUnits(of: relu?.activation)))
      })
  }

  private var cost: Claim {
    let limit = 0.1
    return Claim(
      id: "cost", text: "low computational cost",
      rule: "a step takes at most 10 % longer than ReLU's: the 95 % interval ends below that; "
        + "undecided where trials ran beside others, or an activation's own steps vary by "
        + "±\(Int(StepTimes.mostVariation * 100)) %",
      evidence: blocks.filter { $0.subject != nil }.map { block in
        let times = StepTimes(block)
        let statistics = SampleStatistics(times.slowdowns)
        return Claim.Evidence(
          block: block.label,
          verdict: times.doubt == nil ? Verdict.atMost(limit, statistics) : .undecided,
          text: EvidenceText.slowdown(statistics, doubt: times.doubt))
      })
  }
}

extension BlockComparison {
  /// The subject against the mean of several activations, seed by seed.
  struct MeanAdvantage {
    var advantages: [Double]
    var result: PairedTest
  }

  func meanAdvantage(
    _ measure: Measure, over family: Set<String>?, testToTrain: Double?
  ) -> MeanAdvantage {
    let others = (subject.map { Self.rivals(of: $0, among: cells) } ?? []).filter {
      family?.contains($0.activation.name) != false
    }
    let advantages = own?.advantages(over: others, in: measure) ?? []
    return MeanAdvantage(
      advantages: advantages,
      result: PairedTest(
        advantages, PairedComparison(advantages), testToTrain: testToTrain, measure: measure,
        accuracies: own?.advantages(over: others, in: .accuracy) ?? [], testCount: testCount))
  }

  /// Returns an activation's dead units and all units after the last epoch, by rising seed.
  package func deadUnits(of activation: ActivationSpec?) -> [(dead: Int, units: Int)] {
    guard let own = cells.first(where: { $0.activation == activation }) else { return [] }
    return own.finished.compactMap { trial in
      guard let layers = trial.epochs.last?.layers, !layers.isEmpty else { return nil }
      return (layers.reduce(0) { $0 + $1.deadUnits }, layers.reduce(0) { $0 + $1.units })
    }
  }
}
