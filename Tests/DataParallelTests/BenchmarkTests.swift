import DataParallel
import Experiments
import NeuralNet
import Testing

/// What benchmarks make of their measurements.
@Suite struct BenchmarkTests {
  private let peak = MachinePeak(
    instructionSet: "avx2", fmaGflops: 100, cacheCopyGBs: 80, sharedCacheCopyGBs: 40,
    memoryCopyGBs: 20)

  @Test func rooflineComparesEachWithItsOwnLimit() {
    let roofline = Roofline(
      [
        OperationTiming(operation: "fc1 forward", seconds: 0.002, flops: 160e6, bytes: 0),
        OperationTiming(operation: "adam", seconds: 0.001, flops: 0, bytes: 10e9),
        OperationTiming(operation: "loss", seconds: 0.001, flops: 0, bytes: 0),
      ], peak: peak)
    let rows = roofline.operations
    #expect(rows.map(\.operation) == ["fc1 forward", "adam", "loss"])
    #expect(rows.map(\.percentOfStep) == [50, 25, 25])
    #expect(rows[0].gflops == 80 && rows[0].gbPerSecond == nil)
    #expect(rows[0].percentOfPeak == 80)
    // More than any cache holds: memory is the limit.
    #expect(rows[1].gflops == nil && rows[1].gbPerSecond == 10_000)
    #expect(rows[1].percentOfPeak == 50_000)
    #expect(rows[2].gflops == nil && rows[2].gbPerSecond == nil && rows[2].percentOfPeak == nil)
    #expect(roofline.total.ms == 4 && roofline.total.gflops == 40)
    #expect(roofline.fields.map(\.count) == [5, 5, 5, 5] && Roofline.heads.count == 5)
    #expect(roofline.fields[0] == ["fc1 forward", "2.000", "80.0 GFLOP/s", "80 %", "50.0 %"])
    #expect(roofline.fields[2] == ["loss", "1.000", "–", "–", "25.0 %"])
  }

  @Test func smallBuffersAreComparedWithTheCache() {
    #expect(peak.copyGBs(forBytes: 1000) == 80)
    #expect(peak.copyGBs(forBytes: 1e12) == 20)
  }

  @Test func aMessageCountsWhatEachRankSends() {
    let message = AllreduceBenchmark.Message(
      name: "x", exchange: .allreduce, floats: 1_000_000, ranks: 4, milliseconds: [4, 1, 3, 2])
    #expect(message.bytes == 4_000_000 && message.minMs == 1 && message.medianMs == 2.5)
    #expect(abs(message.algorithmGBs - 1.6) < 1e-12)
    #expect(abs(message.busGBs - 2.4) < 1e-12)
  }

  @Test func measuredLimitsAreSensible() {
    for set in InstructionSet.available {
      let measured = MachinePeak(measuring: set)
      #expect(measured.instructionSet == set.rawValue)
      #expect(measured.fmaGflops > 0.1 && measured.fmaGflops < 10_000)
      #expect(measured.memoryCopyGBs > 0.01 && measured.cacheCopyGBs < 10_000)
    }
  }

  @Test func residentMemoryIsReadFromTheStatus() {
    let status = "Name:\tsrelu\nVmPeak:\t  900 kB\nVmHWM:\t  123 kB\nVmRSS:\t 100 kB\n"
    #expect(ProcessMemory.peakResidentBytes(status: status) == 125_952.0)
    #expect(ProcessMemory.peakResidentBytes(status: "VmHWM: 5 MB\n") == nil)
    #expect(ProcessMemory.peakResidentBytes(status: "") == nil)
    #expect((ProcessMemory.peakResidentBytes ?? 0) > 1e6)
  }

  @Test func bfloatIsRefusedWhereTheProcessorLacksIt() throws {
    for set in InstructionSet.available {
      try requireNumberFormats([.fp32], instructionSet: set, environment: [:])
      try requireNumberFormats(
        [.fp32, .bf16], instructionSet: set, environment: ["SRELU_BF16": "emulate"])
      if set.multipliesBfloat16 {
        try requireNumberFormats([.bf16], instructionSet: set, environment: [:])
        continue
      }
      let error = #expect(throws: PrecisionError.self) {
        try requireNumberFormats([.fp32, .bf16], instructionSet: set, environment: [:])
      }
      #expect(error?.exitCode == .environment)
      #expect(error?.description.contains("AVX512_BF16") == true)
    }
  }
}
