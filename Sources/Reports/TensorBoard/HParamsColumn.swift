import Experiments

/// One hyperparameter over all runs: a column of the HParams table.
package struct HParamsColumn: Sendable {
  /// The column's values, by which TensorBoard filters.
  package enum Domain: Sendable, Equatable {
    /// Finite numbers only; their least and greatest.
    case numbers(ClosedRange<Double>)
    /// Texts, each once, in order of appearance.
    case texts([String])
  }

  package var name: String
  package var domain: Domain
  /// Whether two runs differ in it; TensorBoard shows such columns first.
  package var differs: Bool

  /// Returns the columns of all runs' settings, in order of appearance. A name with a text or a
  /// non-finite number in some run (which JSON lacks and TensorBoard drops) is a text column, with
  /// every number as text.
  package static func all(of runs: [TensorBoardRun]) -> [HParamsColumn] {
    runs.flatMap { $0.settings.map(\.name) }.grouped { $0 }.map { name, _ in
      HParamsColumn(name: name, values: runs.compactMap { lastSetting(of: name, in: $0) })
    }
  }

  /// - Parameter values: at least one.
  private init(name: String, values: [TensorBoardRun.Setting]) {
    self.name = name
    let numbers = values.compactMap { value -> Double? in
      guard case .number(let number) = value, number.isFinite else { return nil }
      return number
    }
    if numbers.count == values.count, let least = numbers.min(), let greatest = numbers.max() {
      domain = .numbers(least...greatest)
      differs = least < greatest
    } else {
      // By bytes: to TensorBoard, canonically equivalent texts differ.
      var seen: Set<[UInt8]> = []
      let texts = values.map(Self.text).filter { seen.insert(Array($0.utf8)).inserted }
      domain = .texts(texts)
      differs = texts.count > 1
    }
  }

  /// Returns this column's value for `run`; nil where the run lacks the setting.
  package func value(in run: TensorBoardRun) -> TensorBoardRun.Setting? {
    guard let setting = Self.lastSetting(of: name, in: run) else { return nil }
    if case .numbers = domain { return setting }
    return .text(Self.text(setting))
  }

  private static func lastSetting(
    of name: String, in run: TensorBoardRun
  ) -> TensorBoardRun.Setting? {
    run.settings.last { $0.name == name }?.value
  }

  private static func text(_ setting: TensorBoardRun.Setting) -> String {
    switch setting {
    case .text(let text): text
    case .number(let number): NumberText.setting(number)
    }
  }
}
