/// Orders the steps that some roots need and gives each a register, which is free again after the
/// step's last use.
struct RegisterAllocation {
  private(set) var instructions: [FormulaProgram.Instruction] = []
  private(set) var constants: [Float] = []
  private(set) var registerCount = 1
  private let entries: [Lowering.Entry]
  private let roots: [Int]
  private let learned: [Int]
  /// Steps in their order.
  private var order: [Int] = []
  /// The products that sums take in, by sum.
  private var fused: [Int: Int] = [:]
  private var registers: [Int: Int] = [:]
  private var constantPlaces: [Int: Int] = [:]

  init(_ lowering: Lowering, _ roots: [Int], _ learned: [Int]) {
    entries = lowering.entries
    self.roots = roots
    self.learned = learned
  }

  mutating func run() {
    sort()
    fuse()
    assign()
  }

  /// The operand that holds an entry; final after `run`.
  func operand(_ index: Int) -> Int {
    switch entries[index] {
    case .x: registers[index] ?? 0
    case .step: registers[index] ?? 0
    case .parameter(let parameter):
      registerCount + (learned.firstIndex(of: parameter) ?? 0)
    case .constant: registerCount + learned.count + (constantPlaces[index] ?? 0)
    }
  }

  private func step(_ index: Int) -> Lowering.Step? {
    if case .step(let step) = entries[index] { step } else { nil }
  }

  /// Depth first, so that few values wait at a time.
  private mutating func sort() {
    var isPlaced = Array(repeating: false, count: entries.count)
    for root in roots {
      var path = [(root, 0)]
      while let (index, next) = path.popLast() {
        guard !isPlaced[index], let step = step(index) else { continue }
        if next < step.operands.count {
          path.append((index, next + 1))
          path.append((step.operands[next], 0))
        } else {
          isPlaced[index] = true
          order.append(index)
        }
      }
    }
  }

  /// Sums take products in. What the value needs is fused as if there were only the value, so that a
  /// program with derivatives computes its bits.
  private mutating func fuse() {
    var uses = Array(repeating: 0, count: entries.count)
    for root in roots { uses[root] += 1 }
    for index in order { for operand in step(index)?.operands ?? [] { uses[operand] += 1 } }
    var isValue = Array(repeating: false, count: entries.count)
    var valueUses = Array(repeating: 0, count: entries.count)
    if let value = roots.first {
      isValue[value] = true
      valueUses[value] = 1
    }
    for index in order.reversed() where isValue[index] {
      for operand in step(index)?.operands ?? [] {
        isValue[operand] = true
        valueUses[operand] += 1
      }
    }
    var separate = uses
    for index in order {
      guard let product = factor(of: index) else { continue }
      if isValue[index] ? valueUses[product] == 1 : uses[product] == 1 {
        fused[index] = product
        separate[product] -= 1
      }
    }
    order.removeAll { uses[$0] > 0 && separate[$0] == 0 }
  }

  /// The product that a sum or difference can take in.
  private func factor(of index: Int) -> Int? {
    guard let sum = step(index) else { return nil }
    func isProduct(_ operand: Int) -> Bool { step(operand)?.operation == .multiply }
    switch sum.operation {
    case .add: return sum.operands.last(where: isProduct)
    case .subtract: return isProduct(sum.operands[1]) ? sum.operands[1] : nil
    default: return nil
    }
  }

  private mutating func assign() {
    let steps = order.map(instruction)
    var lastUse: [Int: Int] = [:]
    for (time, step) in steps.enumerated() {
      for operand in step.operands { lastUse[operand] = time }
    }
    for root in roots { lastUse[root] = steps.count }
    var free: [Int] = []
    var used = 1
    if let x = entries.firstIndex(of: .x) { registers[x] = 0 }
    var targets: [Int] = []
    for (time, step) in steps.enumerated() {
      for operand in Set(step.operands).sorted() where lastUse[operand] == time {
        if let register = registers[operand], register > 0 { free.append(register) }
      }
      free.sort(by: >)
      let target = free.popLast() ?? used
      used = max(used, target + 1)
      registers[order[time]] = target
      targets.append(target)
    }
    registerCount = used
    for index in steps.flatMap(\.operands) + roots {
      if case .constant(let value) = entries[index], constantPlaces[index] == nil {
        constantPlaces[index] = constants.count
        constants.append(value)
      }
    }
    for (time, step) in steps.enumerated() {
      let operands = step.operands.map { operand($0) } + [0, 0, 0]
      instructions.append(
        FormulaProgram.Instruction(
          operation: step.operation, target: targets[time], a: operands[0], b: operands[1],
          c: operands[2]))
    }
  }

  private func instruction(_ index: Int) -> Lowering.Step {
    guard let plain = step(index) else { preconditionFailure("only steps are ordered") }
    guard let product = fused[index], let factors = step(product) else { return plain }
    let other = plain.operands[plain.operands[0] == product ? 1 : 0]
    return Lowering.Step(
      operation: plain.operation == .add ? .multiplyAdd : .subtractProduct,
      operands: factors.operands + [other])
  }
}
