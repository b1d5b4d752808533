import Experiments

/// Prints a text, in this module instead of the standard library's function: names of classes, columns
/// and data sets come out of files, and what they hold must not move the terminal's cursor.
func print(_ text: String, terminator: String = "\n") {
  Swift.print(text.printable, terminator: terminator)
}
