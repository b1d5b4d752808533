/// The interconnect between hosts, as two constants: a message of n bytes takes α + n·β (Hockney 1994),
/// where every host sends and receives at once.
public struct Interconnect: Codable, Hashable, Sendable {
  /// α: seconds until a message of no length is there.
  package var latency: Double
  /// β: seconds for each byte more.
  package var secondsPerByte: Double

  package init(latency: Double, secondsPerByte: Double) {
    self.latency = latency
    self.secondsPerByte = secondsPerByte
  }

  /// Networks by name. Their constants are assumptions: α as TCP through the kernel, or InfiniBand past
  /// it, usually has it, β from the line's rate less a tenth.
  package static let named: [(name: String, model: Interconnect)] = [
    ("10GbE", Interconnect(latency: 30e-6, secondsPerByte: 1 / 1.125e9)),
    ("25GbE", Interconnect(latency: 25e-6, secondsPerByte: 1 / 2.8e9)),
    ("100GbE", Interconnect(latency: 20e-6, secondsPerByte: 1 / 11.25e9)),
    ("hdr", Interconnect(latency: 2e-6, secondsPerByte: 1 / 22.5e9)),
  ]

  /// A network by name, or as `ALPHA,BETA`: microseconds, and nanoseconds per byte. Nil for anything
  /// else.
  package init?(_ text: String) {
    if let known = Self.named.first(where: { $0.name.lowercased() == text.lowercased() }) {
      self = known.model
      return
    }
    let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
    guard parts.count == 2, let alpha = parts[0], let beta = parts[1], (0...1e12).contains(alpha),
      (0...1e12).contains(beta)
    else { return nil }
    self.init(latency: alpha * 1e-6, secondsPerByte: beta * 1e-9)
  }

  /// The constants that the messages' times are nearest to, in relative terms: the least squares of
  /// (α + nβ)/t − 1. Nil for fewer than two lengths.
  package init?(fitting times: [(bytes: Double, seconds: Double)]) {
    var (aa, ab, bb, a, b) = (0.0, 0.0, 0.0, 0.0, 0.0)
    for (bytes, seconds) in times where seconds > 0 {
      let (one, length) = (1 / seconds, bytes / seconds)
      aa += one * one
      ab += one * length
      bb += length * length
      a += one
      b += length
    }
    let determinant = aa * bb - ab * ab
    guard determinant > 0 else { return nil }
    self.init(
      latency: max(0, (a * bb - b * ab) / determinant),
      secondsPerByte: max(0, (b * aa - a * ab) / determinant))
  }

  /// Seconds until all of a number of hosts have what each has a part of, a number of bytes together: each
  /// host sends and receives (m − 1)/m of them. A step does this twice, with a batch's values and with the
  /// parameters: in 2(m − 1) messages, one after another.
  package func exchangeSeconds(bytes: Double, hosts: Int) -> Double {
    guard hosts > 1 else { return 0 }
    let others = Double(hosts - 1)
    return 2 * others * latency + others / Double(hosts) * bytes * secondsPerByte
  }
}
