import Testing

@Suite struct ScreenEmulatorTests {
  @Test func movesErasesAndScrolls() {
    var screen = ScreenEmulator(columns: 6, rows: 3)
    screen.write("one\ntwo\nthree")
    #expect(screen.lines == ["one", "two", "three"])
    screen.write("\r\u{1B}[1AT")
    #expect(screen.lines == ["one", "Two", "three"])
    screen.write("\u{1B}[K")
    #expect(screen.lines == ["one", "T", "three"])
    screen.write("\u{1B}[J")
    #expect(screen.lines == ["one", "T"])
    screen.write("\na\nb\nc")
    #expect(screen.lines == ["a", "b", "c"])
    #expect(screen.history == ["one", "T"])
    #expect(screen.unknown.isEmpty)
  }

  @Test func wrapsAndReportsWhatItDoesNotKnow() {
    var screen = ScreenEmulator(columns: 4, rows: 3)
    screen.write("abcdef")
    #expect(screen.lines == ["abcd", "ef"])
    #expect(screen.widest == 4)
    screen.write("\u{1B}[2m\t")
    #expect(screen.unknown == ["escape [2m", "control 9"])
  }
}
