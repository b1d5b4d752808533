import CKernels
import Glibc
import Support

/// The measured limits of one core, as a reference for kernels.
///
/// Each figure is the best of several short runs, since other load can only slow a run down.
/// Measuring takes well under a second.
public struct MachinePeak: Codable, Sendable {
  /// The instruction set whose arithmetic was timed.
  public var instructionSet: String
  /// Fused multiply-adds in registers, two operations each, in 10⁹ operations per second.
  public var fmaGflops: Double
  /// Copies within a core's private cache, read plus written, in 10⁹ bytes per second.
  public var cacheCopyGBs: Double
  /// Copies within the cache shared by cores, read plus written, in 10⁹ bytes per second; nil if
  /// the system reports none.
  public var sharedCacheCopyGBs: Double?
  /// Copies larger than any cache, read plus written, in 10⁹ bytes per second.
  public var memoryCopyGBs: Double

  enum CodingKeys: String, CodingKey {
    case instructionSet = "instruction_set"
    case fmaGflops = "fma_gflops"
    case cacheCopyGBs = "cache_copy_gbs"
    case sharedCacheCopyGBs = "shared_cache_copy_gbs"
    case memoryCopyGBs = "memory_copy_gbs"
  }

  /// The limits from their values.
  public init(
    instructionSet: String, fmaGflops: Double, cacheCopyGBs: Double, sharedCacheCopyGBs: Double?,
    memoryCopyGBs: Double
  ) {
    self.instructionSet = instructionSet
    self.fmaGflops = fmaGflops
    self.cacheCopyGBs = cacheCopyGBs
    self.sharedCacheCopyGBs = sharedCacheCopyGBs
    self.memoryCopyGBs = memoryCopyGBs
  }

  /// Measures the current core; traps if the machine lacks the set.
  public init(measuring set: InstructionSet) {
    let shared = Self.sharedCacheBytes
    // Large buffers last: they evict everything else from the caches.
    self.init(
      instructionSet: set.rawValue, fmaGflops: Self.multiplyAddRate(set.kernels) / 1e9,
      cacheCopyGBs: Self.copyRate(bytes: Self.cacheBytes / 2) / 1e9,
      sharedCacheCopyGBs: shared.map { Self.copyRate(bytes: $0 / 8) / 1e9 },
      memoryCopyGBs: Self.copyRate(bytes: Self.beyondCaches(shared)) / 1e9)
  }

  /// Returns the expected rate for moving `bytes` bytes, read plus written, in 10⁹ bytes per
  /// second: the copy rate of the smallest cache that holds them.
  public func copyGBs(forBytes bytes: Double) -> Double {
    if bytes <= Double(Self.cacheBytes) { return cacheCopyGBs }
    if let sharedCacheCopyGBs, let size = Self.sharedCacheBytes, bytes <= Double(size) {
      return sharedCacheCopyGBs
    }
    return memoryCopyGBs
  }

  /// Half of the smallest second-level cache of current servers.
  static let cacheBytes = 256 << 10

  /// The third-level cache by the C library; nil if unknown.
  static var sharedCacheBytes: Int? {
    let bytes = sysconf(Int32(_SC_LEVEL3_CACHE_SIZE))
    return bytes >= 8 * cacheBytes ? bytes : nil
  }

  /// Twice the shared cache, within limits that a rank can spare.
  private static func beyondCaches(_ shared: Int?) -> Int {
    min(max(2 * (shared ?? 0), 32 << 20), 128 << 20)
  }
}

extension MachinePeak {
  /// Multiply-adds per second right now, two operations each, from a run below a millisecond.
  package static func momentaryMultiplyAddRate(_ set: InstructionSet) -> Double {
    let kernels = set.kernels
    let clock = ContinuousClock()
    var sum: Float = 0
    var operations = 0.0
    let time = clock.measure { operations = kernels.fma_peak(1 << 15, &sum) }
    return operations / max(time.inSeconds, 1e-9)
  }

  /// Multiply-adds per second, two operations each.
  private static func multiplyAddRate(_ kernels: srelu_kernels) -> Double {
    var sum: Float = 0
    return bestRate { kernels.fma_peak($0 << 10, &sum) }
  }

  /// Bytes read and written per second by copies of `bytes` bytes.
  private static func copyRate(bytes: Int) -> Double {
    let source = AlignedBuffer<UInt8>(count: bytes)
    let target = AlignedBuffer<UInt8>(count: bytes)
    return bestRate { rounds in
      for _ in 0..<rounds { memcpy(target.base, source.base, bytes) }
      return 2 * Double(rounds) * Double(bytes)
    }
  }

  /// Returns the best rate of several runs of `work`, each with enough rounds to take milliseconds.
  private static func bestRate(_ work: (_ rounds: Int) -> Double) -> Double {
    let clock = ContinuousClock()
    func run(_ rounds: Int) -> (seconds: Double, rate: Double) {
      var amount = 0.0
      let time = clock.measure { amount = work(rounds) }
      // A stopped clock would make the rate infinite.
      let seconds = max(time.inSeconds, 1e-9)
      return (seconds, amount / seconds)
    }
    var rounds = 1
    var latest = run(rounds)
    while latest.seconds < 2e-3, rounds < 1 << 24 {
      rounds *= 2
      latest = run(rounds)
    }
    var best = latest.rate
    for _ in 0..<9 { best = max(best, run(rounds).rate) }
    return best
  }
}
