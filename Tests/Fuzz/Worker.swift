import Foundation
import Synchronization

/// What a worker did, as its last line of output.
struct Tally: Codable {
  var inputs: UInt64 = 0
  var accepted: UInt64 = 0
  var seconds = 0.0
  /// Seconds of the processor's time that the slowest input took.
  var slowest = 0.0
  /// Kilobytes at the most, above what there was before the first input.
  var memory = 0
}

/// Parses inputs one after another in a process of its own, which a parser may end.
struct Worker {
  /// Of the processor's time: what else the machine does takes none of it.
  static let secondsPerInput = 2
  /// A parser of files of a few kilobytes gets along with this.
  static let memoryLimit = 512 << 20

  let target: Target
  let number: Int
  let seed: UInt64
  let corpus: [[UInt8]]

  func input(_ index: UInt64) -> [UInt8] {
    var mutation = Mutation(seed: seed, target: number, index: index)
    return mutation.input(
      corpus, words: target.words, mendsChecksums: target.hasLineChecksums,
      longest: target.longest)
  }

  /// Parses a range of inputs. The number of the one at hand stands in `place`, for whoever has to
  /// tell why the process ended.
  func run(_ range: Range<UInt64>, place: String) throws {
    let descriptor = open(place, O_RDWR | O_CREAT | O_TRUNC, 0o600)
    limitMemory()
    // The kernel ends a process that hangs.
    var tally = Tally()
    let before = Self.peakMemory()
    let clock = ContinuousClock()
    let start = clock.now
    for index in range {
      var number = index
      pwrite(descriptor, &number, 8, 0)
      let bytes = input(index)
      limitTime(seconds: Self.secondsPerInput)
      let begin = Self.processorSeconds()
      if (try? target.parse(bytes)) != nil { tally.accepted += 1 }
      tally.slowest = max(tally.slowest, Self.processorSeconds() - begin)
      limitTime(seconds: 0)
      tally.inputs += 1
    }
    tally.seconds = (clock.now - start) / .seconds(1)
    tally.memory = Self.peakMemory() - before
    print(String(decoding: try JSONEncoder().encode(tally), as: UTF8.self))
  }

  /// The process ends after so much time of its own; never for 0.
  private func limitTime(seconds: Int) {
    var limit = itimerval(
      it_interval: timeval(), it_value: timeval(tv_sec: seconds, tv_usec: 0))
    setitimer(__itimer_which_t(ITIMER_PROF.rawValue), &limit, nil)
  }

  /// An allocation beyond the limit ends the process. The address sanitizer reserves more than that.
  private func limitMemory() {
    guard ProcessInfo.processInfo.environment["SRELU_FUZZ_SANITIZED"] == nil else { return }
    let now = rlim_t(Self.statusKilobytes("VmSize:")) << 10
    var limit = rlimit(rlim_cur: now + rlim_t(Self.memoryLimit), rlim_max: rlim_t.max)
    setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit)
  }

  private static func processorSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func peakMemory() -> Int { statusKilobytes("VmHWM:") }

  private static func statusKilobytes(_ key: String) -> Int {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
    return Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "0") ?? 0
  }
}
