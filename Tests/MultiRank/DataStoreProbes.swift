import DataParallel
import Datasets
import Experiments
import Foundation
import MPI
import Models
import NeuralNet

let dataStoreProbes = [
  Probe("DataStore: images that the first rank wrote, one copy for the host") { world in
    try withFolder(world) { try checkImages(in: $0, on: world) }
  },
  Probe("DataStore: images that each seed splits lie in one copy, and are gathered by the split") {
    world in
    try withFolder(world) { try checkDrawnImages(in: $0, on: world) }
  },
  Probe("DataStore: a table is split and standardised alike on all ranks") { world in
    try withFolder(world) { try checkTable(in: $0, on: world) }
  },
  Probe("DataStore: a damaged file is an error on every rank, and the next set still loads") {
    world in
    try withFolder(world) { try checkDamage(in: $0, on: world) }
  },
  // As a study does where a later data set can't be loaded: the job may go on to say why and to leave, and
  // what it shared must not lie in the host's memory until then.
  Probe("DataStore: nothing stays mapped after a set that can't be loaded", minimumRanks: 2) {
    world in
    try withFolder(world) { try checkFreed(in: $0, on: world) }
  },
]

private let search = DatasetSearch(dataDirectory: nil, environment: [:], repository: nil)
private let (height, width) = (5, 3)
private let counts = (train: 23, test: 11)

/// Files that this process shares with others in its memory.
private func sharedMappings() throws -> [String] {
  // A String is made of such a file's first page alone.
  let data = try FileHandle(forReadingAtPath: "/proc/self/maps")?.readToEnd()
  let lines = String(decoding: data ?? Data(), as: UTF8.self).split(separator: "\n")
  var files: [String] = []
  for line in lines {
    // Addresses, rights, offset, device, number, path.
    let fields = line.split(separator: " ", maxSplits: 5)
    if fields.count == 6, fields[1].hasSuffix("s") { files.append(String(fields[5])) }
  }
  return files.sorted()
}

private func checkFreed(in folder: String, on world: Communicator) throws {
  if world.rank == 0 { try writeImages(folder) }
  let local = try world.splitByHost()
  // A rank that is alone on its host shares nothing.
  let shares = local.size > 1
  try local.free()
  // What MPI itself makes at the first window is there from then on.
  for round in 0..<3 {
    let before = try sharedMappings()
    let store = try DataStore(world: world)
    try store.load(
      DatasetSpec(name: "own", source: DataSource(IDXFormat(), ["idx": .text(folder)])),
      search: search)
    let during = try sharedMappings()
    try expectThrows((any Error).self, "a folder without images") {
      try store.load(
        DatasetSpec(
          name: "none", source: DataSource(IDXFormat(), ["idx": .text(folder + "/none")])),
        search: search)
    }
    try store.free()
    let after = try sharedMappings()
    if shares { try expect(during.count > before.count, "no window: \(during)") }
    if round > 0 { try expectEqual(after, before, "mapped files in round \(round)") }
    try world.barrier()
  }
}

/// A pixel that differs between neighbours and between the two parts.
private func pixel(_ index: Int, test: Bool) -> UInt8 {
  UInt8(truncatingIfNeeded: index &* 37 + (index / 251) + (test ? 101 : 0))
}

private func label(_ index: Int, test: Bool) -> UInt8 { UInt8((index + (test ? 1 : 0)) % 3) }

/// The four IDX files; `damage` changes the bytes of the last one.
private func writeImages(_ folder: String, damage: (inout Data) -> Void = { _ in }) throws {
  func header(_ dimensions: [Int]) -> Data {
    Data([0, 0, 8, UInt8(dimensions.count)])
      + dimensions.flatMap { length in (0..<4).map { UInt8(length >> (24 - 8 * $0) & 255) } }
  }
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for (part, count) in [("train", counts.train), ("t10k", counts.test)] {
    let test = part == "t10k"
    let images =
      header([count, height, width])
      + Data((0..<count * height * width).map { pixel($0, test: test) })
    var labels = header([count]) + Data((0..<count).map { label($0, test: test) })
    if test { damage(&labels) }
    try images.write(to: URL(fileURLWithPath: "\(folder)/\(part)-images-idx3-ubyte"))
    try labels.write(to: URL(fileURLWithPath: "\(folder)/\(part)-labels-idx1-ubyte"))
  }
}

private func trial(on dataset: DatasetSpec) -> Trial {
  Trial(
    dataset: dataset, architecture: .ffnn, activation: ActivationSpec(name: "relu"),
    training: TrainingSpec(epochs: 1), seed: 5)
}

private func checkImages(in folder: String, on world: Communicator) throws {
  if world.rank == 0 { try writeImages(folder) }
  try world.barrier()
  let store = try DataStore(world: world)
  let spec = DatasetSpec(name: "own", source: DataSource(IDXFormat(), ["idx": .text(folder)]))
  try store.load(spec, search: search)
  let data = store.data(for: trial(on: spec))
  try expectEqual(data.classNames, ["0", "1", "2"], "classes")
  for (samples, count, test) in [
    (data.train, counts.train, false), (data.test, counts.test, true),
  ] {
    try expectEqual(samples.count, count, "samples")
    guard case .pixels(let base) = samples.features else {
      throw ProbeFailure("images are no pixels")
    }
    let pixels = UnsafeBufferPointer(start: base, count: count * height * width)
    try expectElements(pixels, count: pixels.count, "pixels") { pixel($0, test: test) }
    let labels = UnsafeBufferPointer(start: samples.labels, count: count)
    try expectElements(labels, count: count, "labels") { label($0, test: test) }
  }
  try checkOneCopy(data, on: world)
  try store.free()
}

/// Arrays of NumPy's, by the description of their format.
private func writeArrays(_ folder: String) throws {
  func array(_ shape: String, _ values: [UInt8]) -> Data {
    let text = "{'descr': '|u1', 'fortran_order': False, 'shape': \(shape), }"
    let header = text + String(repeating: " ", count: 117 - text.count) + "\n"
    return Data([0x93] + Array("NUMPY".utf8) + [1, 0, 118, 0] + Array(header.utf8) + values)
  }
  let images = (0..<counts.train * height * width).map { pixel($0, test: false) }
  let labels = (0..<counts.train).map { label($0, test: false) }
  try array("(\(counts.train), \(height), \(width))", images)
    .write(to: URL(fileURLWithPath: "\(folder)/x.npy"))
  try array("(\(counts.train),)", labels).write(to: URL(fileURLWithPath: "\(folder)/y.npy"))
}

private func checkDrawnImages(in folder: String, on world: Communicator) throws {
  if world.rank == 0 { try writeArrays(folder) }
  try world.barrier()
  let store = try DataStore(world: world)
  let spec = DatasetSpec(
    name: "own",
    source: DataSource(
      NPYFormat(),
      [
        "npy": .text("\(folder)/x.npy"), "labels": .text("\(folder)/y.npy"),
        "test-fraction": .number(0.25),
      ]))
  try store.load(spec, search: search)
  let data = store.data(for: trial(on: spec))
  let split = Split.drawn(testFraction: 0.25)
    .samples((0..<counts.train).map { label($0, test: false) }, seed: 5)
  try expectEqual(split.test.count, 6, "a quarter of 23 samples")
  let shape = ImageShape(height: height, width: width)
  let network = Network(
    NetworkSpec(input: shape, hidden: [4], classes: 3, activation: .relu, dropout: 0),
    capacity: counts.train, seed: 1)
  for (samples, rows) in [(data.train, split.train), (data.test, split.test)] {
    try expectEqual(samples.count, rows.count, "samples")
    let backwards = (0..<UInt32(rows.count)).reversed().map(\.self)
    backwards.withUnsafeBufferPointer { samples.gather($0, into: network) }
    for (place, row) in rows.reversed().enumerated() {
      try expectEqual(network.labels.base[place], label(row, test: false), "label of row \(row)")
      for index in 0..<shape.count {
        try expectEqual(
          network.input.base[place * shape.count + index],
          Float(pixel(row * shape.count + index, test: false)) * (1 / 255),
          "pixel \(index) of row \(row)")
      }
    }
  }
  try checkOneCopy(data, on: world)
  try store.free()
}

/// What the last rank changes, its host's ranks see: they look at the same memory.
private func checkOneCopy(_ data: TrialData, on world: Communicator) throws {
  guard case .pixels(let base) = data.train.features else { return }
  let local = try world.splitByHost()
  try local.barrier()
  if local.rank == local.size - 1 {
    UnsafeMutablePointer(mutating: base)[4] = ~pixel(4, test: false)
  }
  try local.barrier()
  try expectEqual(base[4], ~pixel(4, test: false), "the pixel that the last rank changed")
  try local.free()
}

private func checkTable(in folder: String, on world: Communicator) throws {
  let rows = 53
  let file = "\(folder)/table.csv"
  if world.rank == 0 {
    var text = "width,kind,depth\n"
    for row in 0..<rows {
      text += "\(Double(row * row) / 8),\(row % 3 == 0 ? "oak" : "ash"),\(-row)\n"
    }
    try text.write(toFile: file, atomically: true, encoding: .utf8)
  }
  try world.barrier()
  let store = try DataStore(world: world)
  let spec = DatasetSpec(
    name: "trees",
    source: DataSource(
      CSVFormat(), ["csv": .text(file), "label": .text("kind"), "test-fraction": .number(0.25)]))
  try store.load(spec, search: search)
  let data = store.data(for: trial(on: spec))
  try expectEqual(data.classNames, ["ash", "oak"], "classes")
  try expectEqual(data.train.count + data.test.count, rows, "rows of both parts")
  let labels = [data.train, data.test].flatMap { samples in
    (0..<samples.count).map { samples.labels[$0] }
  }
  try expectEqual(labels.count { $0 == 1 }, 18, "oaks, every third of 53 rows from the first")
  guard case .values(let base) = data.train.features else {
    throw ProbeFailure("a table's features are no values")
  }
  for column in 0..<2 {
    let values = (0..<data.train.count).map { Double(base[2 * $0 + column]) }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    try expect(
      abs(mean) < 1e-5 && abs(variance - 1) < 1e-2,
      "column \(column): mean \(mean), variance \(variance)")
  }
  let own = (0..<2 * data.train.count).map { base[$0] }
  let all = try world.allgather(own)
  try expectElements(all, count: own.count * world.size, "all ranks' rows") {
    own[$0 % own.count]
  }
  try store.free()
}

private func checkDamage(in folder: String, on world: Communicator) throws {
  let damages: [(String, (inout Data) -> Void)] = [
    ("cut", { $0.removeLast() }), ("magic", { $0[2] = 13 }), ("label", { $0[9] = 3 }),
  ]
  if world.rank == 0 {
    for (name, damage) in damages { try writeImages("\(folder)/\(name)", damage: damage) }
    try writeImages("\(folder)/good")
  }
  try world.barrier()
  let local = try world.splitByHost()
  let store = try DataStore(world: world)
  for (name, _) in damages {
    let spec = DatasetSpec(
      name: name, source: DataSource(IDXFormat(), ["idx": .text("\(folder)/\(name)")]))
    if local.rank == 0 {
      let error = try expectThrows(DatasetError.self, name) {
        try store.load(spec, search: search)
      }
      try expect(error.description.contains("t10k-labels"), "\(name): \(error)")
    } else {
      try expectThrows(HostLoadFailure.self, name) { try store.load(spec, search: search) }
    }
  }
  let spec = DatasetSpec(
    name: "good", source: DataSource(IDXFormat(), ["idx": .text("\(folder)/good")]))
  try store.load(spec, search: search)
  try expectEqual(store.shape(of: spec).testCount, counts.test, "test images of the good set")
  try store.free()
  try local.free()
}
