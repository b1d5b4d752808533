extension ActivationCatalogue {
  /// Functions that are computed by their formulas, in alphabetical order.
  static let formulas: [ActivationDefinition] = [
    entry(
      "aria-2", "ARiA-2", "x·σ(βx)^α (Patwardhan et al. 2018).", "x * sigmoid(beta * x)^alpha",
      [
        positive("alpha", "α", 1.5, "The power of the sigmoid."),
        positive("beta", "β", 2, "The steepness of the sigmoid."),
      ]),
    entry(
      "bent-identity", "Bent identity", "(√(x² + 1) − 1)/2 + x.", "(sqrt(x^2 + 1) - 1) / 2 + x"),
    entry(
      "celu", "CELU", "x for x > 0, α(exp(x/α) − 1) otherwise (Barron 2017).",
      "x > 0 ? x : alpha * expm1(x / alpha)",
      [positive("alpha", "α", 1, "The negative of the limit for small inputs.")]),
    entry(
      "elish", "ELiSH", "x·σ(x) for x > 0, (eˣ − 1)·σ(x) otherwise (Basirat & Roth 2018).",
      "x > 0 ? x * sigmoid(x) : expm1(x) * sigmoid(x)"),
    entry("gaussian", "Gaussian", "exp(−x²).", "exp(-x^2)"),
    entry(
      "gelu-tanh", "GELU (tanh)", "GELU's approximation by tanh (Hendrycks & Gimpel 2016).",
      "0.5 * x * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))"),
    entry(
      "hard-shrink", "Hard-shrink", "x for |x| > λ, 0 otherwise.",
      "x > lambda ? x : x < -lambda ? x : 0", [shrink]),
    entry(
      "hard-sigmoid", "Hard-sigmoid", "x/6 + 1/2, kept from 0 to 1 (Howard et al. 2019).",
      "clamp(x / 6 + 0.5, 0, 1)"),
    entry(
      "hard-swish", "Hard-swish", "x times the hard-sigmoid (Howard et al. 2019).",
      "x * clamp(x / 6 + 0.5, 0, 1)"),
    entry(
      "hard-tanh", "Hard-tanh", "x, kept from −1 to 1 (Collobert 2004).", "clamp(x, -1, 1)"),
    entry("identity", "Identity", "x: the network is linear.", "x"),
    entry(
      "isrlu", "ISRLU", "x for x > 0, x/√(1 + αx²) otherwise (Carlile et al. 2017).",
      "x > 0 ? x : x / sqrt(1 + alpha * x^2)",
      [positive("alpha", "α", 1, "The limit for small inputs is −1/√α.")]),
    entry(
      "isru", "ISRU", "x/√(1 + αx²) (Carlile et al. 2017).", "x / sqrt(1 + alpha * x^2)",
      [positive("alpha", "α", 1, "The limits are ±1/√α.")]),
    entry("lisht", "LiSHT", "x·tanh(x) (Roy et al. 2019).", "x * tanh(x)"),
    entry("log-sigmoid", "LogSigmoid", "ln σ(x).", "log(sigmoid(x))"),
    entry(
      "logish", "Logish", "x·ln(1 + σ(x)) (Zhu et al. 2021).", "x * log1p(sigmoid(x))"),
    entry("mish", "Mish", "x·tanh(ln(1 + eˣ)) (Misra 2020).", "x * tanh(softplus(x))"),
    entry(
      "pade", "Padé",
      "A rational function, learned (Molina et al. 2020); the defaults approximate Leaky ReLU.",
      """
      let p = a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5)))); \
      p / (1 + abs(x * (b1 + x * (b2 + x * (b3 + x * b4)))))
      """,
      [
        coefficient("a0", 0.02979246), coefficient("a1", 0.61837738), coefficient("a2", 2.32335207),
        coefficient("a3", 3.05202660), coefficient("a4", 1.48548002), coefficient("a5", 0.25103717),
        coefficient("b1", 1.14201226), coefficient("b2", 4.39322834), coefficient("b3", 0.87154450),
        coefficient("b4", 0.34720652),
      ], learned: .init(scope: .layer)),
    entry(
      "pelu", "PELU",
      "(α/β)x for x > 0, α(exp(x/β) − 1) otherwise, α and β learned (Trottier et al. 2017).",
      "x > 0 ? alpha / beta * x : alpha * expm1(x / beta)",
      [
        positive("alpha", "α", 1, "The negative of the limit for small inputs."),
        positive("beta", "β", 1, "The width of the exponential."),
      ], learned: .init(scope: .layer, bounds: .init(minimum: 0.1))),
    entry(
      "penalised-tanh", "Penalised tanh",
      "tanh(x) for x > 0, tanh(x)/4 otherwise (Xu et al. 2016).",
      "x > 0 ? tanh(x) : 0.25 * tanh(x)"),
    entry("phish", "Phish", "x·tanh(GELU(x)) (Naveen 2022).", "x * tanh(x * normcdf(x))"),
    entry(
      "quick-gelu", "Quick-GELU", "x·σ(1.702x) (Hendrycks & Gimpel 2016).",
      "x * sigmoid(1.702 * x)"),
    entry("relu6", "ReLU6", "max(x, 0), at most 6 (Krizhevsky 2010).", "clamp(x, 0, 6)"),
    entry(
      "s-shaped-relu", "S-shaped ReLU",
      """
      Lines of slopes al, 1, ar with thresholds tl, tr, all learned; its authors call it SReLU too (Jin et al. \
      2016).
      """,
      """
      x >= tr ? tr + ar * (x - tr) \
      : x <= tl ? tl + al * (x - tl) : x
      """,
      [
        coefficient("tr", 1), coefficient("ar", 1), coefficient("tl", 0),
        coefficient("al", 0.2),
      ], learned: .init(scope: .channel)),
    entry(
      "selu", "SELU", "λx for x > 0, λα(eˣ − 1) otherwise (Klambauer et al. 2017).",
      "1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x))"),
    entry(
      "serf", "Serf", "x·erf(ln(1 + eˣ)) (Nag & Bhattacharyya 2021).", "x * erf(softplus(x))"),
    entry(
      "sine", "Sine", "sin(ωx) (Sitzmann et al. 2020, with ω = 30 in the first layer).",
      "sin(omega * x)", [positive("omega", "ω", 1, "The frequency.")]),
    entry(
      "smish", "Smish", "x·tanh(ln(1 + σ(x))) (Wang et al. 2022).",
      "x * tanh(log1p(sigmoid(x)))"),
    entry(
      "snake", "Snake", "x + sin²(αx)/α (Ziyin et al. 2020).", "x + sin(alpha * x)^2 / alpha",
      [positive("alpha", "α", 1, "The frequency.")]),
    entry(
      "soft-shrink", "Soft-shrink", "x moved by λ towards 0, and 0 for |x| ≤ λ.",
      "x > lambda ? x - lambda : x < -lambda ? x + lambda : 0", [shrink]),
    entry("softplus", "Softplus", "ln(1 + eˣ) (Dugas et al. 2001).", "softplus(x)"),
    entry("softsign", "Softsign", "x/(1 + |x|) (Turian et al. 2009).", "x / (1 + abs(x))"),
    entry(
      "squared-relu", "Squared ReLU", "max(x, 0)² (So et al. 2021).", "relu(x)^2"),
    entry(
      "swish", "Swish", "x·σ(βx) (Ramachandran et al. 2018).", "x * sigmoid(beta * x)",
      [coefficient("beta", 1, "β", "The steepness of the sigmoid.")]),
    entry(
      "tanh-exp", "TanhExp", "x·tanh(eˣ) (Liu & Di 2020).",
      // Beyond 20 the hyperbolic tangent is 1, and the exponential would overflow.
      "x * tanh(exp(min(x, 20)))"),
    entry("tanh-shrink", "Tanh-shrink", "x − tanh(x).", "x - tanh(x)"),
  ]

  private static func entry(
    _ name: String, _ displayName: String, _ purpose: String, _ formula: String,
    _ parameters: [Setting] = [], learned: ActivationDefinition.LearnedByDefault? = nil
  ) -> ActivationDefinition {
    ActivationDefinition(
      name, displayName, purpose, parameters: parameters,
      learned: learned.map { learned in
        Dictionary(uniqueKeysWithValues: parameters.map { ($0.key, learned) })
      } ?? [:],
      style: .init(unnamed: name), formula: formula)
  }

  private static let shrink = Setting(
    "lambda", .number(NumberRange(minimum: 0, maximum: 100)), default: .number(0.5),
    original: true, symbol: "λ", "The half width of the flat part.")

  private static func positive(
    _ key: String, _ symbol: String, _ defaultValue: Double, _ purpose: String
  ) -> Setting {
    scale(key, symbol, defaultValue, positive: true, purpose)
  }

  private static func coefficient(
    _ key: String, _ defaultValue: Double, _ symbol: String? = nil,
    _ purpose: String = "A coefficient."
  ) -> Setting {
    Setting(
      key, .number(NumberRange(minimum: -1_000_000, maximum: 1_000_000)),
      default: .number(defaultValue), original: true, symbol: symbol, purpose)
  }
}
