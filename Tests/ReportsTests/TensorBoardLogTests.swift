import Testing

import Reports

@Suite("TensorBoard log folder")
struct TensorBoardLogTests {
  static let hostileNames = [
    "../../etc/passwd", "..", ".", "", "/absolute", "a/b", "a\\b", "a?b", "a\"b'c",
    "tab\tnul\0",
    "line\nbreak", "C:", "срелу", "срелу/проба", "激活函数", "Σ±∞",
    "e\u{301}", "\u{e9}", "\u{202E}x",
    "run", "RUN", "Run", "run", "events.out.tfevents.12.srelu", ".hidden", "end. ", "a__b",
    String(repeating: "long", count: 100), String(repeating: "字", count: 100) + "b", "\u{FE0F}",
  ]

  @Test("Hostile names stay in the log folder and apart")
  func hostileNames() {
    let names = Self.hostileNames
    let folders = LogFolderName.unique(for: names)
    #expect(Set(folders.map { $0.lowercased() }).count == names.count)
    let unsafe = "/\\:\0\n\t\"'?*<>|\u{202E}".unicodeScalars
    for folder in folders {
      #expect(!folder.isEmpty && folder != "." && folder != ".." && !folder.hasPrefix("."))
      #expect(!folder.unicodeScalars.contains { unsafe.contains($0) })
      #expect(!folder.contains("tfevents"))
      #expect(folder.utf8.count <= 120)
    }
  }

  @Test("Plain names are kept, and others are named the same in any company")
  func namesKept() {
    #expect(
      LogFolderName.unique(for: ["SReLU lr=0.01 +aug", "срелу_2"])
        == ["SReLU lr=0.01 +aug", "срелу_2"])
    #expect(LogFolderName.unique(for: ["x", "a/b"])[1] == LogFolderName.unique(for: ["a/b"])[0])
    #expect(LogFolderName.unique(for: ["a/b"])[0].hasPrefix("a_b-"))
  }

  @Test("One root file and one per run, the same for the same input")
  func filePaths() {
    let runs = ["one", "two/three"].map { TensorBoardRun(name: $0, startTime: 1, endTime: 2) }
    let files = TensorBoardLog.files(runs: runs, wallTime: 1_760_000_000.9)
    let name = "events.out.tfevents.1760000000.srelu"
    #expect(files.map(\.path).first == name)
    #expect(files.count == 3 && files[1].path == "one/" + name)
    #expect(files[2].path.hasPrefix("two_three-") && files[2].path.hasSuffix("/" + name))
    let again = TensorBoardLog.files(runs: runs, wallTime: 1_760_000_000.9)
    #expect(zip(files, again).allSatisfy { $0 == $1 })
  }

  @Test(
    "Times that are no numbers do not break a file", arguments: [Double.nan, .infinity, -1e300])
  func oddTimes(time: Double) {
    let point = (step: Int.max, wallTime: time, values: [(tag: "a", value: 1.0)])
    let run = TensorBoardRun(
      name: "x", points: [point], metrics: [(tag: "a", value: 2)], startTime: time, endTime: time)
    let files = TensorBoardLog.files(runs: [run], wallTime: time)
    #expect(files[0].path == "events.out.tfevents.0.srelu")
  }

  @Test("Points go by step, metrics follow the curves")
  func pointOrder() {
    func point(_ step: Int, _ value: Double) -> TensorBoardRun.Point {
      (step: step, wallTime: 0, values: [(tag: "loss", value: value)])
    }
    var run = TensorBoardRun(
      name: "x", points: [point(3, 0.1), point(1, 0.5), point(2, 0.3)],
      metrics: [(tag: "loss", value: 0.1), (tag: "test/accuracy", value: 0.9)],
      startTime: 0, endTime: 9)
    #expect(run.pointsByStep.map(\.step) == [1, 2, 3])
    #expect(run.metricPoints.map(\.step) == [3])
    #expect(run.metricPoints[0].values.map(\.tag) == ["test/accuracy"])
    run.metrics[0].value = 0.05
    #expect(run.metricPoints.map(\.step) == [3, 4])
    #expect(run.metricPoints[1].values.map(\.tag) == ["loss"])
    run.points = []
    #expect(run.metricPoints.map(\.step) == [0])
  }

  @Test("A column of numbers has their range; one with a text or no number is of texts")
  func columns() {
    func run(_ value: TensorBoardRun.Setting?) -> TensorBoardRun {
      TensorBoardRun(
        name: "x", settings: value.map { [(name: "s", value: $0)] } ?? [],
        startTime: 0, endTime: 0)
    }
    let numbers = HParamsColumn.all(of: [run(.number(2)), run(nil), run(.number(-1))])
    #expect(numbers.map(\.domain) == [.numbers(-1...2)])
    #expect(numbers[0].differs && numbers[0].value(in: run(nil)) == nil)
    let mixed = HParamsColumn.all(of: [run(.number(2)), run(.text("auto")), run(.number(.nan))])
    #expect(mixed.map(\.domain) == [.texts(["2", "auto", "nan"])])
    #expect(mixed[0].value(in: run(.number(2))) == .text("2"))
    let same = HParamsColumn.all(of: [run(.text("a")), run(.text("a"))])
    #expect(same.map(\.domain) == [.texts(["a"])] && !same[0].differs)
  }
}
