import Testing

import Reports

/// The expected bytes come from TensorBoard 2.21's own writers and protocol buffers.
@Suite("TensorBoard's messages")
struct EventMessagesTests {
  @Test("A scalar is TF2's")
  func scalar() {
    let event = EventMessages.scalars(
      [(tag: "test/accuracy", value: 0.75)], step: 300, wallTime: 1_700_000_001.25)
    #expect(
      hex(event.bytes)
        == "0900005040fc54d94110ac022a2a0a280a0d746573742f6163637572616379420a080112002a0400"
        + "00403f4a0b0a090a077363616c617273")
  }

  @Test("A zero is written, and a negative step")
  func zeroAtNegativeStep() {
    let event = EventMessages.scalars([(tag: "z", value: 0)], step: -1, wallTime: 1)
    #expect(
      hex(event.bytes)
        == "09000000000000f03f10ffffffffffffffffff012a1e0a1c0a017a420a080112002a04000000004a"
        + "0b0a090a077363616c617273")
  }

  @Test("A session's start")
  func sessionStart() {
    let run = TensorBoardRun(
      name: "a/b", settings: [(name: "lr", value: .number(0))], startTime: 5.5, endTime: 7)
    let event = EventMessages.hparams(
      tag: HParamsMessages.sessionStartTag,
      HParamsMessages.sessionStart(run, columns: HParamsColumn.all(of: [run])), wallTime: 2)
    #expect(
      hex(event.bytes)
        == "0900000000000000402a580a560a1c5f68706172616d735f2f73657373696f6e5f73746172745f69"
        + "6e666f42060801120212004a2e0a2c0a0768706172616d7312211a1f0a0f0a026c72120911000000"
        + "00000000002203612f62290000000000001640")
  }

  @Test("A failed session's end")
  func sessionEnd() {
    let run = TensorBoardRun(name: "a", isFinished: false, startTime: 5.5, endTime: 7)
    let event = EventMessages.hparams(
      tag: HParamsMessages.sessionEndTag, HParamsMessages.sessionEnd(run), wallTime: 2)
    #expect(
      hex(event.bytes)
        == "0900000000000000402a420a400a1a5f68706172616d735f2f73657373696f6e5f656e645f696e66"
        + "6f42060801120212004a1a0a180a0768706172616d73120d220b0802110000000000001c40")
  }

  @Test("The experiment's columns and metrics")
  func experiment() {
    func run(_ rate: Double, _ activation: String) -> TensorBoardRun {
      TensorBoardRun(
        name: activation,
        settings: [
          (name: "lr", value: .number(rate)), (name: "act", value: .text(activation)),
        ], startTime: 0, endTime: 0)
    }
    let columns = HParamsColumn.all(of: [run(0.25, "relu"), run(0.5, "срелу")])
    let event = EventMessages.hparams(
      tag: HParamsMessages.experimentTag,
      HParamsMessages.experiment(columns: columns, metricTags: ["test/accuracy"], created: 9),
      wallTime: 2)
    #expect(
      hex(event.bytes)
        == "0900000000000000402a8f010a8c010a145f68706172616d735f2f6578706572696d656e7442060801"
        + "120212004a6c0a6a0a0768706172616d73125f125d190000000000002240221c0a026c722003321209"
        + "000000000000d03f11000000000000e03f380122210a0361637420012a160a061a0472656c750a0c1a"
        + "0ad181d180d0b5d0bbd18338012a110a0f120d746573742f6163637572616379")
  }
}
