import ArgumentParser
import Experiments
import Formulas
import Models
import NeuralNet
import Reports
import Support

struct ActivationCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "activation",
    abstract: "Describes an activation function: derivatives, limits, shape, what it equals.",
    discussion: """
      A name of the catalogue (srelu help config lists it) or a formula in x:

        srelu activation mish
        srelu activation "x > 0 ? x : a * x * exp(x)" --parameter a=0.5
        srelu activation gelu --svg gelu.svg

      Range, slopes and Lipschitz constant are proved by interval arithmetic over all floats; what is \
      only found by trying is said to be so. The cost is measured on this machine.
      """)

  @Argument(help: "A function's name, or a formula in x.")
  var function: String

  @Option(name: .customLong("parameter"), help: "A parameter's value, as in a=0.5; repeatable.")
  var parameters: [String] = []

  @Flag(help: "Print one JSON object instead of text.")
  var json = false

  @Option(help: "Also draw the function and its derivative into this file.")
  var svg: String?

  func run() throws {
    let spec = try spec()
    var card = try FunctionCard(spec)
    card.cost = try cost(spec)
    if let svg { try draw(spec, into: svg) }
    try Output.line(json ? try JSONText.pretty(card, snakeCase: true) : card.text)
  }

  private func cost(_ spec: ActivationSpec) throws -> FunctionCard.Cost {
    let own = try Activation(spec).nanosecondsPerValue()
    return FunctionCard.Cost(
      nanosecondsPerValue: own, timesReLU: own / Activation.relu.nanosecondsPerValue())
  }

  private func draw(_ spec: ActivationSpec, into file: String) throws {
    let drawing = try FunctionFigure.svg(spec)
    guard let name = file.split(separator: "/").last, !file.hasSuffix("/") else {
      throw ValidationError("--svg \(file): expected a file's name.")
    }
    let folder = file.hasPrefix("/") ? "/" : "./"
    let parents = file.split(separator: "/").dropLast().joined(separator: "/")
    try AtomicWriter(fileSystem: POSIXFileSystem(), isDurable: false)
      .write([(String(name), drawing)], into: folder + parents)
  }

  private func spec() throws -> ActivationSpec {
    var values: [String: Double] = [:]
    for parameter in parameters {
      let parts = parameter.split(separator: "=", maxSplits: 1)
      guard parts.count == 2, let value = Double(parts[1]), value.isFinite else {
        throw ValidationError("--parameter \(parameter): expected NAME=NUMBER.")
      }
      values[String(parts[0])] = value
    }
    let definition = try ActivationDefinition(argument: function)
    let known = definition.parameters.map(\.key)
    for name in values.keys.sorted() where !known.contains(name) {
      throw ValidationError(
        known.isEmpty
          ? "--parameter \(name): the function has no parameters."
          : "--parameter \(name): expected one of \(known.joined(separator: ", ")).")
    }
    return try definition.spec(values)
  }
}

extension ActivationDefinition {
  /// A function of the catalogue by its name, or a formula's.
  init(argument text: String) throws {
    if let entry = ActivationCatalogue.entry(named: text) {
      self = entry
      return
    }
    let isName = text.wholeMatch(of: /[A-Za-z][A-Za-z0-9-]*/) != nil
    if isName, let formula = try? Formula(text), !formula.parameters.isEmpty, !formula.dependsOnX {
      let hint = nearestSpelling(to: text, among: ActivationCatalogue.names)
      throw ValidationError(
        "No function is called \(text)\(hint.map { ": did you mean \($0)?" } ?? ".") "
          + "srelu help config lists them.")
    }
    do throws(FormulaError) {
      self = try ActivationDefinition(name: "f", formula: text)
    } catch {
      let fault = "\(error)"
      throw ValidationError("\(text): \(fault)\(fault.hasSuffix("?") ? "" : ".")")
    }
  }

  /// The function with some parameters' values, the others at their defaults.
  func spec(_ values: [String: Double] = [:]) throws -> ActivationSpec {
    var spec = resolved(with: values)
    if ActivationCatalogue.entry(named: name) == nil { spec.formula = formula }
    for parameter in parameters {
      guard let value = spec.parameters[parameter.key] else {
        throw ValidationError(
          "The parameter \(parameter.key) has no value: add --parameter \(parameter.key)=NUMBER.")
      }
      guard parameter.type.accepts(.number(value)) else {
        throw ValidationError(
          "--parameter \(parameter.key)=\(value): expected \(parameter.type.expectation).")
      }
    }
    return spec
  }
}
