/// One trial for TensorBoard: a sub-folder of the log folder with its curves, its settings and
/// its final metrics; a session of the HParams dashboard.
public struct TensorBoardRun: Sendable {
  /// Values measured at one step of a run.
  public struct Point: Sendable {
    /// Place on the curves' step axis, for example the count of optimiser updates or epochs.
    public var step: Int
    /// When it was measured, in unix seconds.
    public var wallTime: Double
    /// What was measured, by the curve's tag. TensorBoard keeps 32-bit floats; a part of the
    /// tag up to "/" names the section of the dashboard that shows the curve.
    public var values: [(tag: String, value: Double)]

    /// A point from its parts.
    public init(step: Int, wallTime: Double, values: [(tag: String, value: Double)]) {
      self.step = step
      self.wallTime = wallTime
      self.values = values
    }
  }

  /// The value of one hyperparameter.
  public enum Setting: Sendable, Equatable {
    case number(Double)
    case text(String)
  }

  /// Name of the run: the sub-folder is named after it (see ``TensorBoardLog``).
  public var name: String
  /// Name of the HParams session group, as given: runs of one group have the same settings, and the
  /// dashboard shows them together, with means of their metrics.
  public var group: String
  /// Hyperparameters by name; of two with one name the last counts.
  public var settings: [(name: String, value: Setting)]
  /// The curves, in any order; they are written by rising step. Of values with one tag and
  /// step TensorBoard shows the last for certain.
  public var points: [Point]
  /// Final metrics that the HParams dashboard shows, for example "test/accuracy".
  public var metrics: [(tag: String, value: Double)]
  /// Whether the run came to its end: session status success, else failure.
  public var isFinished: Bool
  /// When the run began, in unix seconds.
  public var startTime: Double
  /// When the run ended, in unix seconds.
  public var endTime: Double

  /// A run from its parts.
  /// - Parameter group: nil for the name.
  public init(
    name: String,
    group: String? = nil,
    settings: [(name: String, value: Setting)] = [],
    points: [Point] = [],
    metrics: [(tag: String, value: Double)] = [],
    isFinished: Bool = true,
    startTime: Double,
    endTime: Double
  ) {
    self.name = name
    self.group = group ?? name
    self.settings = settings
    self.points = points
    self.metrics = metrics
    self.isFinished = isFinished
    self.startTime = startTime
    self.endTime = endTime
  }
}
