import Experiments
import Support

/// A study's report for scripts: `report.json`, also printed by `srelu report --json`. The article
/// *Report-JSON* describes every key, and a test verifies that.
package enum ReportJSON {
  /// Increased when a key is removed or changes its meaning; new keys don't change it.
  package static let schema = 1

  /// Returns the document, one object with sorted keys; ends with a line break.
  package static func text(_ study: ReportedStudy) throws -> String {
    try text(ReportContent(study))
  }

  static func text(_ content: ReportContent) throws -> String {
    try JSON.text(document(content), .pretty).printableJSON + "\n"
  }

  private static func document(_ content: ReportContent) -> JSONObject {
    let analysis = content.study.analysis
    let means = StudyReport(analysis.results)
    let pairings = analysis.blocks.flatMap { block in
      Measure.shown(in: .tests, where: block.cells.isMeasured).flatMap { measure in
        (block.pairings[measure] ?? []).map { pairing($0, block: block.label) }
      }
    }
    return [
      "schema": schema, "study": content.study.name, "complete": content.study.isComplete,
      "subject": analysis.subject?.label, "measures": Measure.all.map(measure),
      "answer": content.answer, "claims": content.claims, "pairings": pairings,
      "ranking": analysis.ranking.map(ranking), "tables": means.tables.map(table),
      "winners": means.tables.compactMap(winners), "failed": means.failed,
      "skipped": means.skipped, "functions": content.functions.entries.map(\.document),
    ]
  }

  private static func measure(_ measure: Measure) -> JSONObject {
    ["key": measure.key, "title": measure.title, "larger_is_better": measure.isLargerBetter]
  }

  private static func pairing(_ pairing: BlockComparison.Pairing, block: String) -> JSONObject {
    var object: JSONObject = [
      "block": block, "against": pairing.baseline.label, "measure": pairing.measure,
      "test": pairing.test, "p": pairing.pValue, "adjusted_p": pairing.adjustedPValue,
      "smallest_p": pairing.smallestPValue, "estimate": pairing.estimate,
      "interval": pairing.interval, "direction": pairing.result.direction,
      "obstacle": pairing.result.obstacle, "advantages": pairing.advantages,
    ]
    if let comparison = pairing.comparison { object["comparison"] = comparison }
    return object
  }

  private static func ranking(_ ranking: StudyAnalysis.Ranking) -> JSONObject {
    ["activations": ranking.activations.map(\.label), "test": ranking.test]
  }

  private static func table(_ table: MeansTable) -> JSONObject {
    [
      "dataset": table.group.dataset, "architecture": table.group.architecture.kind.rawValue,
      "architecture_parameters": table.group.architecture,
      "cells": table.group.cells.indices.map { cell(table, $0) },
    ]
  }

  /// Returns a cell's settings, with a key for each measure that finished trials have.
  private static func cell(_ table: MeansTable, _ index: Int) -> JSONObject {
    let cell = table.group.cells[index]
    var object: JSONObject = [
      "id": cell.trials.first?.summary.cellID ?? "", "label": table.labels[index],
      "activation": cell.activation.name, "activation_parameters": cell.activation.parameters,
      "finished": cell.finished.count, "failed": cell.count(.failed),
      "skipped": cell.count(.skipped), "stopped": cell.count(.stopped), "best": table.best(index),
    ]
    for (setting, value) in cell.block.training.values { object[setting.column] = value.document }
    for measure in Measure.all {
      if let statistics = cell.statistics(measure) { object[measure.key] = statistics }
    }
    return object
  }

  private static func winners(_ table: MeansTable) -> JSONObject? {
    table.winners.map { winners in
      [
        "dataset": table.group.dataset, "architecture": table.group.architecture.label,
        "labels": winners.labels, "accuracy": winners.accuracy,
      ]
    }
  }
}

/// A JSON object by its keys; a member without a value is `null`.
package struct JSONObject: Encodable, ExpressibleByDictionaryLiteral {
  private struct Member: Encodable {
    let value: (any Encodable)?

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let value { try container.encode(value) } else { try container.encodeNil() }
    }
  }

  private var members: [String: Member] = [:]

  package init(dictionaryLiteral elements: (String, (any Encodable)?)...) {
    for (key, value) in elements { self[key] = value }
  }

  /// A member's value; setting nil makes it `null`.
  package subscript(key: String) -> (any Encodable)? {
    get { members[key]?.value }
    set { members[key] = Member(value: newValue) }
  }

  package func encode(to encoder: any Encoder) throws { try members.encode(to: encoder) }
}
