import Coordinator
import Experiments
import Foundation
import Health
import Reports
import Storage
import Support

/// Runs a study on all ranks of a job and prints the comparison.
struct StudyRun {
  private let order: StudyOrder
  private let job: JobHealth
  private let printer: ProgressPrinter
  private let json: Bool

  init(_ order: StudyOrder, on job: JobHealth, level: LogLevel, json: Bool) {
    self.order = order
    self.job = job
    self.json = json
    printer = ProgressPrinter(
      level: json || job.world.rank > 0 ? .quiet : level, folder: order.folder)
  }

  /// Trains what is missing and prints the results; collective over the job.
  ///
  /// - Returns: the exit code.
  func run() throws -> ExitCode {
    let summary = try train()
    // The other ranks wait asleep meanwhile.
    let lost = job.world.rank == 0 ? finish(summary) : nil
    // The study's own exit code matters more than output that was lost.
    return summary.exitCode == .done && lost != nil ? .cannotWrite : summary.exitCode
  }

  /// Trains what is missing, and shows progress unless told to be quiet; collective over the job.
  func train() throws -> StudySummary {
    let summary = try StudySession(
      order, on: job, stop: Interruption.flag, version: Version.number, audience: printer
    ).run()
    printer.close()
    // From here on the exit code is fixed, whatever happens to the ranks.
    JobWatch.keep(summary.exitCode.rawValue)
    job.beginFiles()
    return summary
  }

  /// Prints how a study ended.
  /// - Returns: why not all of it, or not all of the progress before it, could be written.
  private func finish(_ summary: StudySummary) -> CannotWriteOutput? {
    if let problem = summary.problem {
      Failure(AgreedFailure(description: problem, exitCode: summary.exitCode)).say()
      return nil
    }
    let isInterrupted = summary.exitCode == .interrupted
    var lost: CannotWriteOutput?
    do {
      try Output.checkProgress()
      // After an interruption, the number of trials left shouldn't be hidden below half-filled tables.
      if json || !isInterrupted {
        let text = try text()
        // Into a pager, for as long as its reader likes.
        job.heartbeat.beat(.away, step: 0)
        try Output.write(text)
      }
    } catch let error as CannotWriteOutput {
      lost = error
      Failure(error).say()
      if !error.isReaderGone {
        Output.complain("srelu: the study's results are nevertheless in \(order.folder)")
      }
    } catch {
      Failure(error).say()
    }
    if isInterrupted { Interruption.tell(left: summary.trials.left) }
    return lost
  }

  /// The results as text; ends with a line break.
  private func text() throws -> String {
    let reader = StudyReader(folder: order.folder)
    if json { return try ReportJSON.text(try reader.reported(subject: nil)) }
    let state = try reader.state()
    let study = order.study.proposing(state.proposals)
    let results = try reader.results(study, state)
    let report = StudyReport(results)
    guard let search = study.search else { return report.text(said: printer.reasonsSaid) }
    let summary = SearchSummary.text(results, search, draws: study.draws)
    return ([summary] + report.shortfalls(said: printer.reasonsSaid)).map { $0 + "\n" }
      .joined()
  }
}
