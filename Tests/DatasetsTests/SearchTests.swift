import Datasets
import Foundation
import Models
import Testing

/// What an image data set needs; packed or not makes no difference.
private let imageFiles = [
  "train-images-idx3-ubyte", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte",
  "t10k-labels-idx1-ubyte",
]

@Suite struct SearchTests {
  @Test func orderOfThePlaces() {
    let search = DatasetSearch(
      dataDirectory: "/flag", environment: ["SRELU_DATA": "/variable"], repository: "/home/project")
    #expect(
      search.places == [
        "/flag", "/variable", "/home/project/data", "/usr/share/datasets",
      ])
    #expect(search.target == "/flag")
    let plain = DatasetSearch(
      dataDirectory: nil, environment: ["SRELU_DATA": ""], repository: "/home/project")
    #expect(plain.places == Array(search.places[2...]))
    #expect(plain.target == "/home/project/data")
  }

  @Test func theFirstCompletePlaceCounts() throws {
    let folders = [try TemporaryFolder(), try TemporaryFolder(), try TemporaryFolder()]
    let names = imageFiles
    for name in names.dropLast() { try folders[0].write("fashion-mnist/" + name, "x") }
    for name in names { try folders[1].write("fashion-mnist/" + name, "x") }
    for name in names { try folders[2].write("data/fashion-mnist/" + name, "x") }
    func path(_ flag: TemporaryFolder?, _ variable: TemporaryFolder) throws -> String {
      try DatasetSearch(
        dataDirectory: flag?.path, environment: ["SRELU_DATA": variable.path],
        repository: folders[2].path
      ).locate(.fashionMNIST).path
    }
    #expect(try path(folders[0], folders[1]) == folders[1].path + "/fashion-mnist")
    #expect(try path(folders[1], folders[0]) == folders[1].path + "/fashion-mnist")
    #expect(try path(nil, folders[0]) == folders[2].path + "/data/fashion-mnist")
  }

  /// Outside a repository, `data/` in the current directory counts; in a process of its own, since
  /// all tests share that directory.
  @Test func dataHereIsFoundOutsideARepository() async {
    await #expect(processExitsWith: .success) {
      let (here, other) = (try TemporaryFolder(), try TemporaryFolder())
      for name in imageFiles {
        try here.write("data/mnist/" + name, "x")
        try other.write("data/mnist/" + name, "x")
      }
      #expect(FileManager.default.changeCurrentDirectoryPath(here.path))
      let data = FileManager.default.currentDirectoryPath + "/data"
      func search(_ repository: String?) -> DatasetSearch {
        DatasetSearch(dataDirectory: nil, environment: [:], repository: repository)
      }
      #expect(search(nil).places == [data, "/usr/share/datasets"])
      #expect(search(nil).target == data)
      #expect(try search(nil).locate(.mnist).path == data + "/mnist")
      // A repository's own data counts instead, wherever one is.
      #expect(try search(other.path).locate(.mnist).path == other.path + "/data/mnist")
    }
  }

  @Test(.enabled(if: !isPresentInSystem(.mnist), "/usr/share/datasets has MNIST"))
  func whatIsMissingSaysWhereAndWhatToDo() throws {
    let folder = try TemporaryFolder()
    let search = DatasetSearch(dataDirectory: folder.path, environment: [:], repository: nil)
    let error = datasetError { _ = try search.locate(.mnist) }
    #expect(error?.isMissing == true)
    for place in search.places {
      #expect(error?.description.contains(place + "/mnist") == true)
    }
    #expect(error?.description.contains("srelu data fetch mnist") == true)
    #expect(DatasetCheck(.mnist, search: search).isMissing)
  }

  private static func isPresentInSystem(_ dataset: KnownDataset) -> Bool {
    FileManager.default.fileExists(atPath: "/usr/share/datasets/" + dataset.name)
  }

  @Test func theRepositoryIsFoundFromBelow() throws {
    let folder = try TemporaryFolder()
    try folder.write("Package.swift", "")
    try folder.write("configs/a.yaml", "")
    try folder.write("Sources/deep/down/file", "")
    let root = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
    #expect(DatasetSearch.repository(above: folder.path + "/Sources/deep/down") == root)
    #expect(DatasetSearch.repository(above: "/") == nil)
  }

  /// Going up from a folder that was removed wouldn't end.
  @Test func aFolderAtHandThatWasRemovedIsInNoRepository() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder()
      #expect(FileManager.default.changeCurrentDirectoryPath(folder.path))
      try FileManager.default.removeItem(atPath: folder.path)
      #expect(DatasetSearch.repository(above: FileManager.default.currentDirectoryPath) == nil)
      #expect(DatasetSearch.repository(above: "bin/srelu") == nil)
      let search = DatasetSearch(dataDirectory: nil, environment: [:], repository: nil)
      #expect(search.target == "./data")
    }
  }

  @Test func drawingsHoldTheCounts() throws {
    let folder = try TemporaryFolder()
    try SmallImages().write(into: folder)
    let text = try read(idx: folder.path).text(name: "mine")
    #expect(text.contains("mine: 7 training and 4 test images of 3 × 2, 3 classes"))
    #expect(text.contains("training image 1: 1"))
    let file = try folder.write("t.csv", "a,kind\n1,x\n2,y\n6,y\n")
    let table = try read(csv: file).text(name: "t")
    #expect(table.contains("t: 3 samples of 1 features, 2 classes"))
    #expect(table.contains("3.0"))
  }
}
