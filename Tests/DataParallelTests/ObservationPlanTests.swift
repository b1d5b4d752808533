import DataParallel
import Testing

/// What is looked at after an epoch, and what that may cost.
@Suite struct ObservationPlanTests {
  /// Forward passes of a sample, a training step of one counting 3.
  private func share(_ plan: ObservationPlan, count: Int) -> Double {
    let scored = (count + plan.sampleInterval - 1) / plan.sampleInterval
    return Double(scored + 3 * plan.gradientSamples)
      / Double(3 * count * plan.epochInterval)
  }

  @Test(arguments: [1, 2, 31, 127, 128, 129, 455, 2_000, 5_120, 60_000, 1_000_000])
  func costsAtMostAFiftieth(count: Int) {
    for batch in [1, 32, 128, 4_096] {
      let plan = ObservationPlan(count: count, batchSize: batch, epochs: 10)
      #expect(plan.gradientSamples >= 1 && plan.gradientSamples <= min(count, batch))
      #expect(share(plan, count: count) <= 0.02, "\(count) samples, batch \(batch)")
    }
  }

  @Test func largeSetsAreLookedAtAfterEveryEpoch() {
    let plan = ObservationPlan(count: 60_000, batchSize: 128, epochs: 10)
    #expect(plan.sampleInterval == 40 && plan.gradientSamples == 128)
    #expect((1...10).allSatisfy(plan.isDue))
  }

  @Test func smallOnesAfterTheFirstSomeAndTheLast() {
    let plan = ObservationPlan(count: 455, batchSize: 128, epochs: 100)
    #expect(plan.epochInterval > 1)
    let due = (1...100).filter(plan.isDue)
    #expect(due.first == 1 && due.last == 100 && due.count > 5 && due.count < 50)
    #expect(plan.isDue(after: 1 + plan.epochInterval))
    #expect(!plan.isDue(after: 2))
  }
}
