import Foundation
import MPI

/// A host's IPv4 interfaces that are up, without the loopback.
package struct HostInterfaces: Codable {
  package struct Interface: Codable, Hashable {
    package var name: String
    package var address: UInt32
    package var mask: UInt32

    /// Such as `10.1.0.0/16`.
    package var network: String {
      let bytes = (0..<4).map { String((address & mask) >> UInt32(24 - 8 * $0) & 255) }
      return bytes.joined(separator: ".") + "/\(mask.nonzeroBitCount)"
    }
  }

  package var interfaces: [Interface]

  package static var own: HostInterfaces {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { return HostInterfaces(interfaces: []) }
    defer { freeifaddrs(list) }
    var found: [Interface] = []
    var next = list
    while let entry = next?.pointee {
      next = entry.ifa_next
      let flags = Int32(bitPattern: entry.ifa_flags)
      guard flags & Int32(IFF_UP) != 0, flags & Int32(IFF_LOOPBACK) == 0,
        let address = ipv4(entry.ifa_addr), let mask = ipv4(entry.ifa_netmask)
      else { continue }
      found.append(
        Interface(name: String(cString: entry.ifa_name), address: address, mask: mask))
    }
    return HostInterfaces(interfaces: found)
  }

  private static func ipv4(_ address: UnsafeMutablePointer<sockaddr>?) -> UInt32? {
    guard let address, address.pointee.sa_family == sa_family_t(AF_INET) else { return nil }
    return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
      UInt32(bigEndian: $0.pointee.sin_addr.s_addr)
    }
  }

  /// Returns the interfaces in a network in which each of `others` has one too.
  package func reaching(_ others: [HostInterfaces]) -> [Interface] {
    guard !others.isEmpty else { return [] }
    return interfaces.filter { own in
      others.allSatisfy { $0.interfaces.contains { $0.network == own.network } }
    }
  }

  /// Returns addresses that another host has too: bridges of containers, which lead nowhere.
  package func shared(with other: HostInterfaces) -> [Interface] {
    interfaces.filter { own in other.interfaces.contains { $0.address == own.address } }
  }
}

extension HostInterfaces {
  /// Describes addresses that several hosts of a job have; collective over `world`.
  package static func clashes(_ world: Communicator) throws -> [String] {
    let local = try world.splitByHost()
    let isFirst = try world.gather(message: local.rank == 0, root: 0)
    try local.free()
    let all = try world.gather(message: own, root: 0)
    let hosts = zip(all, isFirst).filter(\.1).map(\.0)
    let clashing = hosts.indices.flatMap { one in
      hosts[(one + 1)...].flatMap { hosts[one].shared(with: $0) }
    }
    return Set(clashing).map { "\($0.name) (\($0.network)) has the same address on several hosts" }
      .sorted()
  }
}
