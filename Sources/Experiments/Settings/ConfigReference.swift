import Models

/// The reference of a config's keys, from the descriptions of settings: what `srelu help config` prints, and
/// the documentation's article *Configuring*.
package enum ConfigReference {
  /// Keys that stand together.
  struct Section {
    var title: String
    var text: String
    var rows: [Row]
  }

  struct Row {
    var key: String
    var values: String
    /// The default; empty where that goes without saying.
    var usual: String
    var purpose: String

    init(_ key: String, _ values: String, _ usual: String, _ purpose: String) {
      self.key = key
      self.values = values
      self.usual = usual
      self.purpose = purpose
    }

    init(_ setting: Setting) {
      let usual = setting.defaultText ?? setting.defaultValue?.yaml ?? "required"
      self.init(setting.key, setting.type.expectation, usual, setting.purpose)
    }
  }

  static var sections: [Section] {
    [
      Section(
        title: "Study", text: "The file's top-level keys. Those that start with `x-` are ignored.",
        rows: [
          Row("name", "a folder name", "the file's name", "The study's name."),
          Row("datasets", "a list", "required", "Data sets, by name or your own."),
          Row("architectures", "a list", "required", "Networks, by name or with parameters."),
          Row("activations", "a list", "required", "Functions, by name or with parameters."),
          Row(
            "activation-files", "files", "[]",
            "Files of formulas that `activations` may name; relative to the config's folder."),
          Row("exclude", "a list", "[]", "Combinations to leave out."),
          Row("seeds", "whole numbers", "0", "Seeds of the trials."),
          Row("training", "a mapping", "the paper's", "How networks are trained."),
          Row("search", "a mapping", "none", "Draws settings instead of listing them."),
        ] + StudyConfig.settings.map { Row($0.setting) }),
      Section(
        title: "datasets",
        text: """
          \(KnownDataset.names.map { "`\($0)`" }.joined(separator: ", ")), or a mapping with a \
          name and one of \(DataFormats.own.map { "`\($0.name)`" }.joined(separator: ", ")). \
          Relative paths are relative to the config's folder.
          """,
        rows: [
          Row("name", "letters, digits, - and _", "required", "The data set's name.")
        ] + dataRows),
    ]
      + ArchitectureSpec.Kind.allCases.map { kind in
        Section(
          title: "architectures: \(kind.rawValue)", text: text(of: kind),
          rows: ArchitectureSpec.settings(of: kind).map { Row($0.setting) })
      }
      + [
        Section(
          title: "activations",
          text: """
            A name, a name with its parameters, or a name of your own with a formula (see *Formulas*). A \
            parameter is a number, a list of them, or learned: `{learned: per-channel, initial: 0.1}`, also \
            per-network, per-layer or per-unit, kept within a `minimum` and a `maximum` if it has them. \
            `{name: mixed, layers: [relu, srelu]}` has a function for each activation layer.
            """,
          rows: [
            Row(
              "NAME.formula", "a formula in x", "",
              "A function of your own: `\"x > 0 ? x : a * x\"`."),
            Row("NAME.PARAMETER", "a number", "required", "A parameter of the formula."),
            Row(
              "PARAMETER.learned", "one of \(scopes)", "", "What has one value of the parameter."),
            Row("PARAMETER.initial", "a number", "required with learned", "Where learning starts."),
            Row("PARAMETER.minimum", "a number", "none", "The least value that is learned."),
            Row("PARAMETER.maximum", "a number", "none", "The largest value that is learned."),
            Row(
              "PARAMETER.fixed", "a number", "",
              "The value of a parameter that is otherwise learned, as PELU's are."),
            Row("PARAMETER.decay", "false", "false", "Whether the value decays: none does."),
            Row("name", "a name", "", "What the functions of the layers are called."),
            Row(
              "layers", "a list", "",
              "Functions, by name or with parameters: one for each activation layer."),
          ]
            + ActivationCatalogue.entries.flatMap { function in
              [Row(function.name, "", "", function.purpose)]
                + function.parameters.map { named(function.name, $0) }
            }),
        Section(
          title: "exclude",
          text: "Each entry is a mapping; trials that match all of its names are left out.",
          rows: [
            Row("dataset", "a name, or several", "any", "Data sets."),
            Row(
              "architecture", "a name, or several", "any", "Networks, with any parameters."),
            Row("activation", "a name, or several", "any", "Functions, with any parameters."),
          ]),
        Section(
          title: "seeds",
          text: """
            One seed, a list, `{first: 0, count: 20}`, or one of these for each data set or network, \
            by name, and a `default`.
            """,
          rows: [
            Row("first", SettingType.seed.expectation, "0", "The first of consecutive seeds."),
            Row(
              "count", "a whole number from 1 to \(StudyConfig.trialLimit)", "required",
              "The number of seeds."),
          ]),
        Section(
          title: "training", text: "Any value may be a list, which becomes an axis of the grid.",
          rows: TrainingSpec.settings.flatMap { field -> [Row] in
            guard case .variant(let variants, _) = field.setting.type else {
              return [Row(field.setting)]
            }
            return [Row(field.setting)]
              + variants.flatMap { variant in
                [Row("\(field.setting.key): \(variant.name)", "", "", variant.purpose)]
                  + variant.parameters.map { named("\(field.setting.key).\(variant.name)", $0) }
              }
          }),
        Section(
          title: "search",
          text: """
            Parameters are key paths such as `activations.srelu.beta`, each with `{uniform: [a, b]}`, \
            `{log-uniform: [a, b]}`, `{integer: [a, b]}` or `{choice: [a, b, …]}`.
            """,
          rows: SearchSpec.fields.map { Row($0.setting) } + [
            Row("parameters", "a mapping", "required", "The settings to draw.")
          ]
            + SearchStrategies.all.flatMap { method in
              [Row("method: \(method.name)", "", "", method.purpose)]
                + method.settings.map(Row.init)
            }),
      ]
  }

  /// The keys of a user's own data; one that several formats have stands there once.
  private static var dataRows: [Row] {
    DataFormats.own.flatMap { $0.keys }.unique(by: \.key).map { key in
      let formats = DataFormats.own.filter { $0.keys.contains(key) }.map { $0.name }
        .joined(separator: " or ")
      if var row = key.setting.map(Row.init) {
        row.purpose = "With \(formats): \(row.purpose)"
        return row
      }
      return Row(
        key.key, "a \(key.placeholder.lowercased())",
        formats == key.key ? "" : "required with \(formats)", key.purpose)
    }
  }

  private static let scopes = Activation.Learned.Scope.allCases.map(\.rawValue)
    .joined(separator: ", ")

  private static func text(of kind: ArchitectureSpec.Kind) -> String {
    switch kind {
    case .ffnn: "Hidden dense layers, each followed by the activation and dropout."
    case .cnn:
      "Convolutions, each followed by the activation, 2×2 max-pooling and dropout; then the `ffnn`."
    }
  }

  /// A parameter below the name that it belongs to.
  private static func named(_ name: String, _ parameter: Setting) -> Row {
    var row = Row(parameter)
    row.key = "\(name).\(parameter.key)"
    return row
  }

  package static var text: String {
    let introduction = """
      The keys of a config, each with its values and default. A parameter, a training setting or the
      seeds may be a list, which becomes an axis of the grid. --set PATH=VALUE overrides a setting for
      one run, as in --set training.epochs.mnist=1.

      """
    return sections.reduce(introduction) { text, section in
      let rows = section.rows.map { row in
        let usual =
          row.usual.isEmpty || row.usual.hasPrefix("required") ? row.usual : "default \(row.usual)"
        let details = [row.values, usual].filter { !$0.isEmpty }.joined(separator: "; ")
        return "  \(row.key)" + (details.isEmpty ? "" : ": \(details)") + "\n      \(row.purpose)\n"
      }
      return text + "\n\(section.title.uppercased())\n  "
        + "\(section.text.replacing("`", with: ""))\n\n" + rows.joined()
    }
  }

  /// The documentation's article.
  package static var markdown: String {
    let introduction = """
      # Configuring

      Every key of a config, with its values and default.

      ## Overview

      A parameter, a training setting or the seeds may be a list, which becomes an axis of the grid. `--set PATH=VALUE` overrides a setting for one run: `--set training.epochs.mnist=1`. `srelu help config` prints this reference; `srelu help config --markdown` generates this page, which is not edited by hand.

      """
    return sections.reduce(introduction) { text, section in
      let rows = section.rows.map { row in
        "| `\(row.key)` | \(row.values) | \(row.usual) | \(row.purpose) |\n"
      }
      return text + "\n### \(section.title)\n\n\(section.text)\n\n"
        + "| key | values | default | |\n|---|---|---|---|\n" + rows.joined()
    }
  }
}
