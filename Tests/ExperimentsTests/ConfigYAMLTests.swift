import Experiments
import Testing

/// What of YAML a config may use: anchors, merge keys, tags and the spellings of numbers.
@Suite struct ConfigYAMLTests {
  @Test func anAliasStandsForItsValue() throws {
    let study = try parse(
      """
      datasets: [mnist]
      architectures: [ffnn: {hidden: &sizes [8, 4]}, cnn: {hidden: *sizes}]
      activations: [relu]
      """)
    #expect(study.architectures.map(\.hidden) == [[8, 4], [8, 4]])
  }

  @Test func mergeKeysBringWhatTheMappingLacks() throws {
    let study = try parse(
      """
      x-base: &base {dropout: 0.1, hidden: [8]}
      x-other: &other {dropout: 0.2, kernel: 5}
      datasets: [mnist]
      architectures:
        - ffnn: {<<: *base, dropout: 0.3}
        - cnn: {<<: [*base, *other]}
      activations: [relu]
      training: &training {epochs: 3}
      """)
    let (ffnn, cnn) = (study.architectures[0], study.architectures[1])
    #expect(ffnn.dropout == 0.3 && ffnn.hidden == [8])
    #expect(cnn.dropout == 0.1 && cnn.hidden == [8] && cnn.kernel == 5)
    // What is merged may itself merge.
    let nested = try parse(
      """
      x-a: &a {epochs: 3, batch-size: 16}
      x-b: &b {<<: *a, batch-size: 32}
      datasets: [mnist]
      architectures: [ffnn]
      activations: [relu]
      training: {<<: *b, learning-rate: 0.5}
      """)
    #expect(
      nested.trials.map(\.training) == [
        TrainingSpec(learningRate: 0.5, batchSize: 32, epochs: 3)
      ])
  }

  @Test(arguments: ["<<: 3", "<<: [1]", "<<: ~", "<<: [{seeds: 1}, 2]"])
  func onlyMappingsAreMerged(_ line: String) {
    let found = problems(minimalYAML + "\n" + line)
    #expect(found.map(\.message).joined().contains("to merge"), "\(found)")
    #expect(found.first?.location.line == 4)
  }

  @Test func twoMergeKeysAndAQuotedOneAreRefused() {
    let two = problems("x-a: &a {seeds: 1}\n<<: *a\n<<: *a\n" + minimalYAML)
    #expect(two.first?.message.contains("<<: [*a, *b]") == true, "\(two)")
    let quoted = problems(minimalYAML + "\n\"<<\": {seeds: 1}")
    #expect(quoted.first?.message.contains("unknown key") == true, "\(quoted)")
  }

  @Test func anUnknownKeyAtTheTopNamesThePlaceForAnchors() {
    let found = problems("base: &b {epochs: 3}\n" + minimalYAML + "\ntraining: *b")
    #expect(found.first?.message.contains("a key that starts with x-") == true, "\(found)")
  }

  @Test(
    arguments: [
      ("1e1", "write 10"), ("1.6e1", "write 16"), ("16.0", "write 16"), ("1_0", "write 10"),
      ("0x10", "write it in decimal"), ("0o17", "write it in decimal"),
      ("010", "leave the zero out"), ("'16'", "without quotes"), ("\"16\"", "without quotes"),
      ("!!str 16", "without quotes or !!str"), ("~", "found nothing"), ("yes", "found \"yes\""),
      (".inf", "found .inf"), ("٣", "found \"٣\""),
      ("1.5", "found 1.5"), ("!!binary 16", "the tag !!binary"), ("!x 16", "the tag !x"),
    ])
  func aWholeNumberIsAskedFor(_ text: String, _ says: String) {
    let found = problems(minimalYAML, overrides: ["training.batch-size=\(text)"])
    #expect(found.count == 1)
    #expect(found.first?.message.contains(says) == true, "\(found)")
  }

  // The last one is a list of one value.
  @Test(arguments: ["16", "+16", "!!int 16", "!!int \"16\"", "- 16"])
  func aWholeNumberIsRead(_ text: String) throws {
    let study = try parse(minimalYAML, overrides: ["training.batch-size=\(text)"])
    #expect(study.training.values(of: \.batchSize) == [16])
  }

  @Test(
    arguments: [
      (".5", 0.5), ("5.", 5), ("1e-1", 0.1), ("+.5", 0.5), ("1.0e-1", 0.1), ("1E-1", 0.1),
      ("!!float \"0.1\"", 0.1), ("5e-324", .leastNonzeroMagnitude),
    ])
  func aNumberIsRead(_ text: String, _ value: Double) throws {
    let study = try parse(minimalYAML, overrides: ["training.learning-rate=\(text)"])
    #expect(study.training.values(of: \.learningRate) == [value])
  }

  @Test(
    arguments: [
      ("1_0", "write 10"), ("0x1", "in decimal"), ("0o7", "in decimal"),
      ("010", "leave the zero out"),
      (".nan", "found .nan"), ("nan", "found \"nan\""), ("inf", "found \"inf\""),
      ("-.5", "found -.5"), ("1e400", "found 1e400"), ("1e-400", "would be 0"), ("0", "found 0"),
      ("1,5", "write 1.5"), ("'0.1'", "without quotes"), ("1e", "found \"1e\""),
      ("1.2.3", "found \"1.2.3\""), ("--1", "found \"--1\""), ("1e-3x", "found \"1e-3x\""),
    ])
  func aNumberIsAskedFor(_ text: String, _ says: String) {
    let found = problems(minimalYAML, overrides: ["training.learning-rate=\(text)"])
    #expect(found.count == 1)
    #expect(found.first?.message.contains(says) == true, "\(found)")
  }
}
