import CKernels
import NeuralNet
import Testing

/// The products of dense layers and their layouts against plain loops, on integers: the sums are
/// exact in any order, so the results must be equal.
@Suite struct DenseKernelTests {
  /// Samples, inputs, outputs: below, at and above every panel and tile, and the paper's.
  private static let shapes = [
    (1, 1, 1), (2, 30, 1), (5, 7, 3), (16, 16, 16), (17, 33, 19), (64, 31, 10), (43, 401, 50),
    (128, 784, 33), (7, 70, 514), (3, 805, 6),
  ]

  private static func rounded(_ count: Int, _ set: InstructionSet) -> Int {
    let panel = Int(set.kernels.panel)
    return (count + panel - 1) / panel * panel
  }

  /// Unit panels of rows; the padding would show in any result.
  /// Panels of `length` samples, by default as many as there are.
  private static func units(
    _ rows: [Float], width: Int, length: Int? = nil, _ set: InstructionSet
  ) -> [Float] {
    let panel = Int(set.kernels.panel)
    let length = length ?? rows.count / width
    var panels = [Float](repeating: 1e6, count: rounded(width, set) * length)
    for (i, value) in rows.enumerated() {
      let (sample, unit) = (i / width, i % width)
      panels[unit / panel * panel * length + sample * panel + unit % panel] = value
    }
    return panels
  }

  private static func across(_ rows: [Float], width: Int, _ set: InstructionSet) -> [Float] {
    let (panel, samples) = (Int(set.kernels.panel), rows.count / width)
    var panels = [Float](repeating: 1e6, count: rounded(samples, set) * width)
    for (i, value) in rows.enumerated() {
      let (sample, unit) = (i / width, i % width)
      panels[sample / panel * panel * width + unit * panel + sample % panel] = value
    }
    return panels
  }

  private func integers(_ count: Int, _ numbers: inout Numbers) -> [Float] {
    (0..<count).map { _ in Float(numbers.below(9) - 4) }
  }

  /// Multiplies a (rows, inner) by b (inner, columns), or by its transpose.
  private func product(
    _ a: [Float], _ b: [Float], rows: Int, inner: Int, columns: Int,
    at: (_ row: Int, _ k: Int) -> Int, bAt: (_ k: Int, _ column: Int) -> Int
  ) -> [Float] {
    (0..<rows * columns).map { index in
      (0..<inner).reduce(0) { sum, k in
        sum + a[at(index / columns, k)] * b[bAt(k, index % columns)]
      }
    }
  }

  @Test(arguments: InstructionSet.available)
  func productsAreTheDefinition(_ set: InstructionSet) {
    var numbers = Numbers(77)
    for (samples, inputs, outputs) in Self.shapes {
      let what = "\(samples) × \(inputs) → \(outputs)"
      let x = integers(samples * inputs, &numbers)
      let weights = integers(inputs * outputs, &numbers)
      let dy = integers(samples * outputs, &numbers)

      var y = [Float](repeating: 99, count: outputs * Self.rounded(samples, set))
      // In two parts, as with two threads.
      let panel = Int(set.kernels.panel)
      let cut = outputs / 2 / panel * panel
      for part in [0..<cut, cut..<outputs] {
        set.kernels.dense_forward(
          samples, inputs, outputs, part.lowerBound, part.upperBound, weights,
          Self.across(x, width: inputs, set), &y)
      }
      let bias = integers(outputs, &numbers)
      var logits = [Float](repeating: 99, count: samples * outputs)
      set.kernels.add_bias(samples, outputs, y, bias, &logits)
      let expected = product(
        x, weights, rows: samples, inner: inputs, columns: outputs,
        at: { $0 * inputs + $1 }, bAt: { $1 * inputs + $0 })
      #expect(logits == expected.indices.map { expected[$0] + bias[$0 % outputs] }, "\(what)")

      // Panels of a whole batch, of which the samples are the first, and a cut anywhere.
      let length = samples + 3
      var gradient = [Float](repeating: 99, count: weights.count)
      let third = outputs / 3
      for part in [0..<third, third..<outputs] {
        set.kernels.dense_backward_weights(
          samples, length, inputs, part.lowerBound, part.upperBound,
          Self.units(x, width: inputs, length: length, set),
          Self.units(dy, width: outputs, length: length, set), &gradient, nil)
      }
      let expectedGradient = product(
        dy, x, rows: outputs, inner: samples, columns: inputs,
        at: { $1 * outputs + $0 }, bAt: { $0 * inputs + $1 })
      #expect(gradient == expectedGradient, "\(what)")

      var dx = [Float](repeating: 99, count: Self.rounded(inputs, set) * samples)
      var scratch = [Float](repeating: 99, count: outputs * Int(set.kernels.panel))
      let inputCut = inputs / 2 / panel * panel
      for part in [0..<inputCut, inputCut..<inputs] {
        set.kernels.dense_backward_input(
          samples, inputs, outputs, part.lowerBound, part.upperBound, weights,
          Self.units(dy, width: outputs, length: length, set), length, &dx, &scratch)
      }
      var rows = [Float](repeating: 99, count: samples * inputs)
      set.kernels.panels_to_rows(samples, inputs, dx, &rows)
      let expectedRows = product(
        dy, weights, rows: samples, inner: outputs, columns: inputs,
        at: { $0 * outputs + $1 }, bAt: { $0 * inputs + $1 })
      #expect(rows == expectedRows, "\(what)")
    }
  }

  /// Integers of up to 8 bits are bfloat16 numbers, so the products must be exactly equal.
  @Test(arguments: InstructionSet.available)
  func bfloatProductsOfSmallIntegersAreExact(_ set: InstructionSet) {
    var numbers = Numbers(80)
    let kernels = set.kernels
    for (samples, inputs, outputs) in Self.shapes {
      let what = "\(samples) × \(inputs) → \(outputs)"
      let x = integers(samples * inputs, &numbers)
      let weights = integers(inputs * outputs, &numbers)
      let dy = integers(samples * outputs, &numbers)
      let (xUnits, dyUnits) = (
        Self.units(x, width: inputs, set), Self.units(dy, width: outputs, set)
      )
      let across = Self.across(x, width: inputs, set)
      var words = [UInt32](
        repeating: 0x7f7f_7f7f, count: kernels.bfloat_scratch_count(samples, inputs, outputs))
      var scratch = [Float](repeating: 99, count: outputs * Int(kernels.panel))
      var (y, y2) = (
        [Float](repeating: 99, count: outputs * Self.rounded(samples, set)),
        [Float](repeating: 98, count: outputs * Self.rounded(samples, set))
      )
      kernels.dense_forward(samples, inputs, outputs, 0, outputs, weights, across, &y)
      kernels.bfloat_forward(samples, inputs, outputs, 0, outputs, weights, across, &y2, &words)
      #expect(
        Self.rows(y, width: outputs, samples, set) == Self.rows(y2, width: outputs, samples, set),
        "\(what)")
      var (gradient, gradient2) = (
        [Float](repeating: 99, count: weights.count), [Float](repeating: 98, count: weights.count)
      )
      kernels.dense_backward_weights(
        samples, samples, inputs, 0, outputs, xUnits, dyUnits, &gradient, nil)
      for part in [0..<outputs / 3, outputs / 3..<outputs] {
        kernels.bfloat_backward_weights(
          samples, samples, inputs, part.lowerBound, part.upperBound, xUnits, dyUnits, &gradient2,
          &words)
      }
      #expect(gradient == gradient2, "\(what)")
      var dx = [Float](repeating: 99, count: Self.rounded(inputs, set) * samples)
      var dx2 = dx
      kernels.dense_backward_input(
        samples, inputs, outputs, 0, inputs, weights, dyUnits, samples, &dx, &scratch)
      kernels.bfloat_backward_input(
        samples, inputs, outputs, 0, inputs, weights, dyUnits, samples, &dx2, &words)
      #expect(dx == dx2, "\(what)")
    }
  }

  /// Rounding to nearest, ties to even, against the definition; NaN and infinity are preserved.
  @Test(arguments: InstructionSet.available)
  func bfloatRoundsToNearest(_ set: InstructionSet) {
    var numbers = Numbers(81)
    var values: [Float] = [.infinity, -.infinity, 1 + 1 / 256, 1 + 3 / 256, -0.0, 3e38]
    values += (0..<60).map { _ in Float(numbers.uniform()) * 1000 }
    for value in values {
      // The nearest of the two neighbours with 8 bits of mantissa; the even one halfway.
      let below = Float(bitPattern: value.bitPattern & 0xffff_0000)
      let above = Float(bitPattern: below.bitPattern &+ 0x1_0000)
      let (down, up) = (abs(Double(value) - Double(below)), abs(Double(above) - Double(value)))
      let even = below.bitPattern & 0x1_0000 == 0 ? below : above
      let expected = value.isInfinite || down < up ? below : up < down ? above : even
      #expect(Self.throughBfloat(value, set) == expected, "\(value)")
    }
    #expect(Self.throughBfloat(.nan, set).isNaN)
    #expect(Self.throughBfloat(Float(bitPattern: 0x7f80_0001), set).isNaN)
  }

  /// One weight times one, as either operand.
  private static func throughBfloat(_ value: Float, _ set: InstructionSet) -> Float {
    let kernels = set.kernels
    var words = [UInt32](repeating: 0, count: kernels.bfloat_scratch_count(1, 1, 1))
    var y = [Float](repeating: 0, count: Int(kernels.panel))
    kernels.bfloat_forward(1, 1, 1, 0, 1, [value], Self.across([1], width: 1, set), &y, &words)
    let asWeight = y[0]
    kernels.bfloat_forward(1, 1, 1, 0, 1, [1], Self.across([value], width: 1, set), &y, &words)
    return y[0] == asWeight || asWeight.isNaN ? y[0] : -99
  }

  private static func rows(
    _ across: [Float], width: Int, _ samples: Int, _ set: InstructionSet
  ) -> [Float] {
    var rows = [Float](repeating: 97, count: samples * width)
    set.kernels.add_bias(samples, width, across, [Float](repeating: 0, count: width), &rows)
    return rows
  }

  @Test(arguments: InstructionSet.available)
  func rowsFillBothLayouts(_ set: InstructionSet) {
    var numbers = Numbers(78)
    for (samples, width, _) in Self.shapes {
      let rows = integers(samples * width, &numbers)
      var units = Self.units(rows.map { _ in 99 }, width: width, set)
      var across = Self.across(rows.map { _ in 99 }, width: width, set)
      set.kernels.rows_to_panels(samples, width, rows, &units, samples, &across)
      var back = [Float](repeating: 99, count: rows.count)
      set.kernels.panels_to_rows(samples, width, units, &back)
      #expect(back == rows)
      let zeros = [Float](repeating: 0, count: width)
      set.kernels.add_bias(samples, width, across, zeros, &back)
      #expect(back == rows)
    }
  }

  /// Same bits as the row kernel, for each activation, with and without dropout.
  @Test(arguments: InstructionSet.available, ReferenceActivation.all)
  func activatesAsRowsDo(_ set: InstructionSet, _ f: Activation) {
    var numbers = Numbers(79)
    var kernel = f.namedKernel
    var dropout = ActivationStage.dropout(
      rate: 0.4, seed: 5, step: 9, layer: 3, firstSlot: 100)
    for (samples, width) in [(1, 1), (3, 16), (17, 30), (40, 129)] {
      let x = (0..<samples * width).map { _ in Float(numbers.uniform() * 3) }
      let bias = (0..<width).map { _ in Float(numbers.uniform()) }
      let slopes = (0..<width).map { _ in Float(numbers.uniform()) }
      for drops in [false, true] {
        func buffers() -> [Float] { [Float](repeating: 99, count: x.count) }
        var (y, derivative, negative) = (buffers(), buffers(), buffers())
        var scratch = [Float](
          repeating: 0, count: Int(set.kernels.width) * ((width + 127) / 128 * 128))
        withUnsafePointer(to: &dropout) {
          set.kernels.activate(
            &kernel, samples, 1, width, x, bias, slopes, drops ? $0 : nil, &y, &derivative,
            &negative, &scratch)
        }
        var panels = Self.across(x, width: width, set)
        var units = Self.units(x.map { _ in 99 }, width: width, set)
        var (derivativePanels, negativePanels) = (units, units)
        withUnsafePointer(to: &dropout) { dropout in
          panels.withUnsafeMutableBufferPointer {
            set.kernels.activate_dense(
              &kernel, samples, width, $0.baseAddress, bias, slopes, drops ? dropout : nil,
              $0.baseAddress, &units, samples, &derivativePanels, &negativePanels, &scratch)
          }
        }
        func rows(_ panels: [Float]) -> [Float] {
          var rows = buffers()
          set.kernels.panels_to_rows(samples, width, panels, &rows)
          return rows
        }
        #expect(rows(units) == y)
        #expect(rows(derivativePanels) == derivative)
        #expect(rows(negativePanels) == negative)
        var across = buffers()
        set.kernels.add_bias(
          samples, width, panels, [Float](repeating: 0, count: width), &across)
        #expect(across == y)
      }
    }
  }
}
