import Models
import Support

extension TrialSummary {
  /// Returns the text of `result.json`: sorted keys, one per line. JSON can't spell a NaN or
  /// infinite loss, so it is written as the string `inf`, `-inf` or `nan`.
  package func json() throws -> String {
    try JSON.text(self, .pretty) + "\n"
  }

  /// Reads the text of a `result.json`.
  /// - Throws: `ResultFileError` that names the missing or wrong key.
  package init(json text: String) throws(ResultFileError) {
    self = try JSON.stored(in: text)
  }

  /// Parameters of activations that have a column whether or not a trial has them.
  private static let usualParameters = ["alpha", "beta", "slope"]

  /// The columns of `results.csv`, with one for each of some activations' parameters.
  package static func csvColumns(parameters: [String] = usualParameters) -> [String] {
    ["id", "cell_id", "activation"] + parameters
      + ["dataset", "architecture"] + ArchitectureSpec.allSettings.map(\.setting.column)
      + TrainingSpec.inFileOrder.map(\.setting.column)
      + ["seed", "status", "reason", "ranks", "seconds"]
      + ["test", "train"].flatMap { set in
        ["loss", "accuracy", "precision", "recall", "f1"].map { "\(set)_\($0)" }
      } + ["generalisation_gap"]
  }

  /// The fields of one row of `results.csv`; empty where a trial has no value: parameters that its
  /// activation or architecture lacks, scores of a trial that didn't finish. Sizes of several
  /// layers are joined by spaces.
  package func csvFields(parameters: [String] = usualParameters) -> [String] {
    var fields = [id, cellID, activation]
    fields += parameters.map { activationSpec.parameters[$0].map(canonicalText(of:)) ?? "" }
    fields += [dataset, architecture] + architectureParameters.values.map { $0.value?.text ?? "" }
    fields += training.values.map(\.value.text)
    fields += [
      String(seed), status.rawValue, reason ?? "", String(ranks), canonicalText(of: seconds),
    ]
    for scores in [test, train] {
      let values = scores.map { [$0.loss, $0.accuracy, $0.precision, $0.recall, $0.f1] }
      fields += values?.map(canonicalText(of:)) ?? Array(repeating: "", count: 5)
    }
    return fields + [generalisationGap.map(canonicalText(of:)) ?? ""]
  }

  /// Returns the text of `results.csv`. An id that reads as a number gets a leading apostrophe.
  ///
  /// What is learned and the formulas stand in last columns, which only studies with such have.
  package static func csv(_ trials: [TrialSummary]) -> String {
    let own = Set(trials.flatMap { $0.activationSpec.parameters.keys })
    let parameters = usualParameters + own.subtracting(usualParameters).sorted()
    var columns = csvColumns(parameters: parameters)
    var rows = trials.map { $0.csvFields(parameters: parameters) }
    if trials.contains(where: { !$0.activationSpec.learned.isEmpty }) {
      columns.append("learned")
      for index in rows.indices {
        let spec = trials[index].activationSpec
        rows[index].append(
          spec.learned.keys.sorted().compactMap { key in
            spec.learningText(of: key).map { "\(key) \($0)" }
          }.joined(separator: ", "))
      }
    }
    if trials.contains(where: { $0.activationSpec.formula != nil }) {
      columns.append("formula")
      for index in rows.indices { rows[index].append(trials[index].activationSpec.formula ?? "") }
    }
    if trials.contains(where: { !$0.activationSpec.layers.isEmpty }) {
      columns.append("layers")
      for index in rows.indices {
        let spec = trials[index].activationSpec
        rows[index].append(spec.layers.isEmpty ? "" : spec.layersYAML)
      }
    }
    return CSV.text([columns] + rows, names: [0, 1])
  }
}

extension TrialSummary: Codable {
  private enum CodingKeys: String, CodingKey {
    case id, activation, dataset, architecture, seed, numerics, status, reason, ranks, files
    case seconds, test, train
    case cellID = "cell_id"
    case activationParameters = "activation_parameters"
    case activationFormula = "activation_formula"
    case learnedParameters = "learned_parameters"
    case parameterBounds = "parameter_bounds"
    case activationLayers = "activation_layers"
    case architectureParameters = "architecture_parameters"
  }

  /// Reads a `result.json`'s object; a missing training setting is at its default.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    id = try values.decode(String.self, forKey: .id)
    activationSpec = ActivationSpec(
      name: try values.decode(String.self, forKey: .activation),
      formula: try values.decodeIfPresent(String.self, forKey: .activationFormula),
      parameters: try values.decode([String: Double].self, forKey: .activationParameters),
      learned: try values.decodeIfPresent(
        [String: Activation.Learned.Scope].self, forKey: .learnedParameters) ?? [:],
      bounds: try values.decodeIfPresent(
        [String: ParameterBounds].self, forKey: .parameterBounds) ?? [:],
      layers: try values.decodeIfPresent([ActivationSpec].self, forKey: .activationLayers) ?? [])
    cellID = try values.decode(String.self, forKey: .cellID)
    dataset = try values.decode(String.self, forKey: .dataset)
    architecture = try values.decode(String.self, forKey: .architecture)
    architectureParameters = try values.decode(
      ArchitectureSpec.self, forKey: .architectureParameters)
    seed = try values.decode(UInt64.self, forKey: .seed)
    status = try values.decode(TrialState.self, forKey: .status)
    reason = try values.decodeIfPresent(String.self, forKey: .reason)
    ranks = try values.decode(Int.self, forKey: .ranks)
    seconds = try values.decode(Double.self, forKey: .seconds)
    numerics = try values.decodeIfPresent(Int.self, forKey: .numerics) ?? Numerics.unnamed
    test = try values.decodeIfPresent(ClassificationScores.self, forKey: .test)
    train = try values.decodeIfPresent(ClassificationScores.self, forKey: .train)
    files = try values.decodeIfPresent([String: FileMark].self, forKey: .files)
    training = TrainingSpec(epochs: 1)
    let settings = try decoder.container(keyedBy: SettingKey.self)
    for field in TrainingSpec.settings {
      try field.decode(field.setting.column, in: settings, into: &training)
    }
  }

  /// Writes a `result.json`'s object, with each training setting as its own key.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: CodingKeys.self)
    try values.encode(id, forKey: .id)
    try values.encode(cellID, forKey: .cellID)
    try values.encode(activation, forKey: .activation)
    try values.encode(activationSpec.parameters, forKey: .activationParameters)
    try values.encodeIfPresent(activationSpec.formula, forKey: .activationFormula)
    if !activationSpec.learned.isEmpty {
      try values.encode(activationSpec.learned, forKey: .learnedParameters)
    }
    if !activationSpec.bounds.isEmpty {
      try values.encode(activationSpec.bounds, forKey: .parameterBounds)
    }
    if !activationSpec.layers.isEmpty {
      try values.encode(activationSpec.layers, forKey: .activationLayers)
    }
    try values.encode(dataset, forKey: .dataset)
    try values.encode(architecture, forKey: .architecture)
    try values.encode(architectureParameters, forKey: .architectureParameters)
    try values.encode(seed, forKey: .seed)
    if numerics != Numerics.unnamed { try values.encode(numerics, forKey: .numerics) }
    try values.encode(status, forKey: .status)
    try values.encodeIfPresent(reason, forKey: .reason)
    try values.encode(ranks, forKey: .ranks)
    try values.encode(seconds, forKey: .seconds)
    try values.encodeIfPresent(test, forKey: .test)
    try values.encodeIfPresent(train, forKey: .train)
    try values.encodeIfPresent(files, forKey: .files)
    var settings = encoder.container(keyedBy: SettingKey.self)
    for (setting, value) in training.values
    where setting.isAlwaysInResults || value != setting.defaultValue {
      try settings.encode(value.json, forKey: SettingKey(setting.column))
    }
  }
}

extension JSON {
  static func stored<Value: Decodable>(in text: String) throws(ResultFileError) -> Value {
    do {
      return try value(from: text.utf8)
    } catch {
      throw ResultFileError(message: (error as? DecodingError)?.inOneLine ?? "\(error)")
    }
  }
}
