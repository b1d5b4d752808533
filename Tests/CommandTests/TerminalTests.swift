import Foundation
import Reports
import Testing
import srelu

@Suite struct TerminalTests {
  /// A pseudo-terminal whose window is dragged while somebody looks at it.
  @Test func looksAtTheSizeAnew() throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    try #require(master >= 0)
    defer { close(master) }
    // As unlockpt and ptsname do, which Glibc's module leaves out: TIOCSPTLCK, TIOCGPTN.
    var lock: Int32 = 0
    var number: Int32 = 0
    try #require(ioctl(master, 0x4004_5431, &lock) == 0)
    try #require(ioctl(master, 0x8004_5430, &number) == 0)
    let device = try #require(TerminalDevice(path: "/dev/pts/\(number)"))
    for (columns, rows) in [(120, 40), (60, 12), (200, 50)] {
      var size = winsize(
        ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
      #expect(ioctl(master, UInt(TIOCSWINSZ), &size) == 0)
      #expect(device.size == TerminalSize(columns: columns, rows: rows))
    }
    // A window of no size says nothing.
    var none = winsize()
    #expect(ioctl(master, UInt(TIOCSWINSZ), &none) == 0)
    #expect(device.size == nil)
  }

  @Test(arguments: ["/dev/null", "/nowhere/at/all", "", "/etc/passwd"])
  func takesNothingElse(path: String) {
    #expect(TerminalDevice(path: path) == nil)
  }
}
