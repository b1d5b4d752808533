import Experiments
import Foundation

enum TensorBoardStudy {
  /// Returns the files of a study, by their paths in the log folder.
  static func files(_ study: ReportedStudy) -> [(path: String, bytes: [UInt8])] {
    let now = Date().timeIntervalSince1970
    let runs = study.analysis.results.trials.map { run($0, end: now) }
    return TensorBoardLog.files(runs: runs, wallTime: now)
  }

  static func run(_ trial: StudyResults.TrialResult, end: Double) -> TensorBoardRun {
    let summary = trial.summary
    // Without the seed and the number of ranks, which differ between the trials of a cell: a group
    // shows the settings of its first run.
    var settings: [(name: String, value: TensorBoardRun.Setting)] = [
      ("activation", .text(summary.activation)), ("dataset", .text(summary.dataset)),
      ("architecture", .text(summary.architectureParameters.label)),
    ]
    settings += summary.training.values.map { ($0.column, TensorBoardRun.Setting($1)) }
    settings += parameters(summary.activationSpec)
    let layers = summary.activationSpec.layers.map(\.label)
    if !layers.isEmpty { settings.append(("layers", .text(layers.joined(separator: ", ")))) }
    let metrics = Measure.shown(in: .trials).filter { !$0.isTime }.flatMap { measure in
      present(
        measure.basis == .testSamples ? "test/\(measure.key)" : measure.key,
        measure.value(of: trial))
    }
    let start = end - summary.seconds
    return TensorBoardRun(
      name: name(summary, "seed \(summary.seed)", summary.id),
      group: name(summary, summary.cellID), settings: settings, points: points(trial, start: start),
      metrics: metrics, isFinished: summary.status == .finished, startTime: start, endTime: end)
  }

  /// Learned parameters as texts that say so.
  private static func parameters(
    _ activation: ActivationSpec
  ) -> [(name: String, value: TensorBoardRun.Setting)] {
    activation.parameters.sorted { $0.key < $1.key }.map { key, value in
      let isLearned = activation.learned[key] != nil
      return (key, isLearned ? .text(activation.valueText(of: key) ?? "") : .number(value))
    }
  }

  private static func name(_ summary: TrialSummary, _ more: String...) -> String {
    ([
      summary.activationSpec.label, summary.dataset, summary.architectureParameters.label,
    ] + more).joined(separator: " ")
  }

  /// Returns epochs as steps; their times follow from their durations.
  private static func points(_ trial: StudyResults.TrialResult, start: Double)
    -> [TensorBoardRun.Point]
  {
    var time = start
    return trial.epochs.map { epoch in
      time += epoch.seconds
      var values: [(tag: String, value: Double)] = [
        ("train/loss", epoch.trainLoss), ("train/accuracy", epoch.trainAccuracy),
        ("test/loss", epoch.testLoss), ("test/accuracy", epoch.testAccuracy),
      ]
      for layer in epoch.layers {
        values += [
          ("\(layer.layer)/dead_share", layer.deadShare),
          ("\(layer.layer)/saturated_share", layer.saturatedShare),
          ("\(layer.layer)/preactivation_mean", layer.mean),
          ("\(layer.layer)/preactivation_deviation", layer.standardDeviation),
        ]
        values += Self.present("\(layer.layer)/gradient_norm", layer.gradientNorm)
        for learned in layer.learned {
          let tag = "\(layer.place(of: learned))/\(learned.parameter)"
          values += [
            ("\(tag)_mean", learned.mean), ("\(tag)_minimum", learned.minimum),
            ("\(tag)_maximum", learned.maximum),
          ]
        }
      }
      return (step: epoch.epoch, wallTime: time, values: values)
    }
  }

  private static func present(_ tag: String, _ value: Double?) -> [(tag: String, value: Double)] {
    value.map { [(tag, $0)] } ?? []
  }
}

extension TensorBoardRun.Setting {
  fileprivate init(_ value: SettingValue) {
    self = value.number.map(Self.number) ?? .text(value.text)
  }
}
