extension ConfusionMatrix {
  /// A matrix from its counts, row by row.
  /// - Parameter rows: as many rows as columns; row: true class, column: predicted class.
  package init(rows: [[Int64]]) {
    self.init(classes: rows.count)
    for (truth, row) in rows.enumerated() {
      precondition(row.count == classes, "row \(truth) has \(row.count) of \(classes) columns")
      for (predicted, count) in row.enumerated() { self[truth, predicted] = count }
    }
  }

  package var total: Int64 { counts.reduce(0, +) }

  /// Number of correctly classified samples: the diagonal.
  package var correct: Int64 { (0..<classes).reduce(0) { $0 + self[$1, $1] } }

  package func support(of index: Int) -> Int64 {
    (0..<classes).reduce(0) { $0 + self[index, $1] }
  }

  package func predictions(of index: Int) -> Int64 {
    (0..<classes).reduce(0) { $0 + self[$1, index] }
  }

  /// Share of samples classified correctly; 0 for an empty matrix.
  package var accuracy: Double { ratio(correct, total) }

  /// Returns the share of samples predicted as `index` that are of that class; 0 when there are
  /// none, like scikit-learn's default `zero_division`.
  package func precision(of index: Int) -> Double {
    ratio(self[index, index], predictions(of: index))
  }

  /// Returns the share of samples of class `index` predicted as such; 0 when there are none.
  package func recall(of index: Int) -> Double {
    ratio(self[index, index], support(of: index))
  }

  /// Returns the harmonic mean of precision and recall, 2·TP / (2·TP + FP + FN); 0 for 0/0.
  package func f1(of index: Int) -> Double {
    ratio(2 * self[index, index], support(of: index) + predictions(of: index))
  }

  /// Unweighted mean of the classes' precisions; classes without samples count as 0.
  package var macroPrecision: Double { macroMean(precision(of:)) }

  /// Unweighted mean of the classes' recalls.
  package var macroRecall: Double { macroMean(recall(of:)) }

  /// Unweighted mean of the classes' F1 scores (not the F1 of the mean precision and recall).
  package var macroF1: Double { macroMean(f1(of:)) }

  /// Unweighted mean of the recalls of the classes that have samples, like scikit-learn's
  /// `balanced_accuracy_score`; 0 for an empty matrix.
  package var balancedAccuracy: Double {
    let recalls = (0..<classes).filter { support(of: $0) > 0 }.map(recall(of:))
    return recalls.isEmpty ? 0 : recalls.reduce(0, +) / Double(recalls.count)
  }

  private func macroMean(_ score: (Int) -> Double) -> Double {
    classes == 0 ? 0 : (0..<classes).reduce(0) { $0 + score($1) } / Double(classes)
  }

  private func ratio(_ numerator: Int64, _ denominator: Int64) -> Double {
    denominator == 0 ? 0 : Double(numerator) / Double(denominator)
  }
}

extension ClassificationScores {
  /// The scores of a confusion matrix.
  /// - Parameters:
  ///   - loss: mean loss per sample.
  ///   - positiveClass: the class that precision, recall and F1 are of; nil for macro means.
  package init(confusion: ConfusionMatrix, loss: Double, positiveClass: Int? = nil) {
    if let positiveClass {
      precondition(
        (0..<confusion.classes).contains(positiveClass),
        "positive class \(positiveClass) of \(confusion.classes) classes")
    }
    self.init(
      loss: loss, accuracy: confusion.accuracy,
      precision: positiveClass.map(confusion.precision(of:)) ?? confusion.macroPrecision,
      recall: positiveClass.map(confusion.recall(of:)) ?? confusion.macroRecall,
      f1: positiveClass.map(confusion.f1(of:)) ?? confusion.macroF1)
  }
}
