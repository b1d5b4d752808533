import Reports
import Testing

@Suite struct ShellTextTests {
  @Test(arguments: [
    ("runs/a", "./runs/a"), ("/x/runs", "/x/runs"), ("../a", "../a"), ("-x", "./-x"),
    ("a b", "'./a b'"), ("$(x)", "'./$(x)'"), ("a'b", "'./a'\\''b'"), ("/`x`", "'/`x`'"),
    ("/'\u{301}", "'/'\\''\u{301}'"), ("~", "'./~'"), ("/a\nb", "'/a\nb'"), ("*", "'./*'"),
  ])
  func aPathIsOneWord(path: String, word: String) {
    #expect(Array(ShellText.path(path).unicodeScalars) == Array(word.unicodeScalars))
  }
}
