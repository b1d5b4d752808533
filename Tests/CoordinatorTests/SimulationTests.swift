import Coordinator
import Foundation
import Testing

@Suite struct SimulationTests {
  private static let schedules: UInt64 = 100_000

  /// Each trial is done exactly once, no group is idle while a trial waits, nothing that was written
  /// is lost and every study ends, under random deaths, delays, restarts, duplicates, full disks, trials
  /// that are stopped and go on, trials that a search proposes one by one, and retries.
  /// `SRELU_SIMULATION_SEED` replays one.
  @Test func everyScheduleEndsWithEveryTrialOnce() {
    if let seed = ProcessInfo.processInfo.environment["SRELU_SIMULATION_SEED"].flatMap(UInt64.init)
    {
      var simulation = StudySimulation(seed: seed)
      simulation.run()
      #expect(simulation.complaint == nil, "seed \(seed)")
      return
    }
    var deaths = 0
    var duplicates = 0
    var others: [String: Int] = [:]
    for seed in 0..<Self.schedules {
      var simulation = StudySimulation(seed: seed)
      simulation.run()
      deaths += simulation.deaths
      duplicates += simulation.duplicates
      others["promotions", default: 0] += simulation.promotions
      others["full disks", default: 0] += simulation.fullDisks
      others["retries", default: 0] += simulation.retries
      others["proposals", default: 0] += simulation.proposals
      guard let complaint = simulation.complaint else { continue }
      Issue.record("SRELU_SIMULATION_SEED=\(seed): \(complaint)")
      return
    }
    // Schedules in which nothing went wrong would prove nothing.
    #expect(deaths > 100_000 && duplicates > 10_000, "\(deaths) deaths, \(duplicates) duplicates")
    #expect(others.count == 4 && others.values.allSatisfy { $0 > 10_000 }, "\(others)")
  }
}
