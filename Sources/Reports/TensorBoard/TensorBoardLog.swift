import Experiments

/// A TensorBoard log folder with the curves of runs (scalars dashboard) and the table of their
/// settings and final metrics (HParams dashboard).
///
/// Source of the format: TensorBoard 2.21 (`compat/proto`, `plugins/scalar`, `plugins/hparams`);
/// files of TFRecords, each an `Event`.
package enum TensorBoardLog {
  /// Returns the bytes of each event file by its path relative to the log folder, separated by "/".
  ///
  /// First the root file with the HParams experiment, then one file per run, in the order of
  /// `runs`. The same input gives the same bytes. A run's folder has the run's name where that is
  /// safe, else a safe one derived from it; paths stay in the log folder and are unique. Scalars
  /// are in order of step. A final metric is the last point of its tag: at the run's last step, or
  /// one past it where the curve has a different value there.
  ///
  /// - Parameter wallTime: creation time in Unix seconds; also replaces non-finite times.
  package static func files(
    runs: [TensorBoardRun], wallTime: Double
  ) -> [(path: String, bytes: [UInt8])] {
    let now = wallTime.isFinite ? wallTime : 0
    let file = fileName(unixSeconds: now)
    let columns = HParamsColumn.all(of: runs)
    let tags = runs.flatMap { $0.metrics.map(\.tag) }.grouped { $0 }.map(\.key)
    let experiment = HParamsMessages.experiment(columns: columns, metricTags: tags, created: now)
    let root = [
      EventMessages.version(wallTime: now),
      EventMessages.hparams(tag: HParamsMessages.experimentTag, experiment, wallTime: now),
    ]
    let folders = LogFolderName.unique(for: runs.map(\.name))
    let runFiles = zip(folders, runs).map { folder, run in
      (
        path: folder + "/" + file,
        bytes: bytes(events(of: run.withFiniteTimes(or: now), columns: columns))
      )
    }
    return [(path: file, bytes: bytes(root))] + runFiles
  }

  /// Returns `events.out.tfevents.<Unix seconds>.srelu`; TensorBoard looks for "tfevents".
  private static func fileName(unixSeconds: Double) -> String {
    let lastOfYear9999 = 253_402_300_799.0
    return "events.out.tfevents.\(Int(min(max(unixSeconds, 0), lastOfYear9999))).srelu"
  }

  private static func bytes(_ events: [ProtobufMessage]) -> [UInt8] {
    events.flatMap { TFRecord.framed($0.bytes) }
  }

  private static func events(
    of run: TensorBoardRun, columns: [HParamsColumn]
  ) -> [ProtobufMessage] {
    let start = [
      EventMessages.version(wallTime: run.startTime),
      EventMessages.hparams(
        tag: HParamsMessages.sessionStartTag,
        HParamsMessages.sessionStart(run, columns: columns), wallTime: run.startTime),
    ]
    let scalars = (run.pointsByStep + run.metricPoints).map {
      EventMessages.scalars($0.values, step: $0.step, wallTime: $0.wallTime)
    }
    let end = EventMessages.hparams(
      tag: HParamsMessages.sessionEndTag, HParamsMessages.sessionEnd(run), wallTime: run.endTime)
    return start + scalars + [end]
  }
}
