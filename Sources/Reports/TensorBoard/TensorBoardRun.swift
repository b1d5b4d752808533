/// One trial for TensorBoard: a subfolder of the log folder with its curves, settings and final
/// metrics; a session of the HParams dashboard.
public struct TensorBoardRun: Sendable {
  /// Values measured at one step.
  public struct Point: Sendable {
    /// Position on the curves' step axis, such as optimizer updates or epochs.
    public var step: Int
    /// When it was measured, in Unix seconds.
    public var wallTime: Double
    /// Values by tag. TensorBoard keeps 32-bit floats; a tag's part before "/" names its section.
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

  /// The run's name, from which its subfolder's is derived (see ``TensorBoardLog``).
  public var name: String
  /// The HParams session group: runs of one group have the same settings, and the dashboard shows
  /// them together, with means of their metrics.
  public var group: String
  /// Hyperparameters by name; the last of a repeated name counts.
  public var settings: [(name: String, value: Setting)]
  /// The curves, in any order. TensorBoard is only certain to show a tag's last value at a step.
  public var points: [Point]
  /// Final metrics for the HParams dashboard, such as "test/accuracy".
  public var metrics: [(tag: String, value: Double)]
  /// Whether the run finished: session status success, else failure.
  public var isFinished: Bool
  /// When the run began, in Unix seconds.
  public var startTime: Double
  /// When the run ended, in Unix seconds.
  public var endTime: Double

  /// A run from its parts.
  /// - Parameter group: defaults to the name.
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
