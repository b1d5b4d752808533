/// Environment variables that the launchers and the program share.
package enum EnvironmentVariable {
  /// A folder of data sets.
  package static let data = "SRELU_DATA"
  /// The instruction set to compute with, by name.
  package static let instructionSet = "SRELU_ISA"
  /// The size of the terminal behind mpirun's pipe: `80x24`.
  package static let terminal = "SRELU_TERMINAL"
  /// That terminal's device file.
  package static let terminalDevice = "SRELU_TERMINAL_DEVICE"
  /// The file in which the ranks write the study's folder for the launcher.
  package static let folderFile = "SRELU_FOLDER_FILE"
}
