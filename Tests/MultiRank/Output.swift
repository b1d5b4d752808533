import Foundation
import MPI

/// Prints a line past any buffer, so that a job that ends early has said it.
func say(_ line: String) { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }

/// The same on the standard error stream.
func complain(_ line: String) { FileHandle.standardError.write(Data((line + "\n").utf8)) }

/// Ends every rank of the job, with a last word from this one.
func endJob(_ complaint: String) -> Never {
  complain(complaint)
  MPIRuntime.abort(exitCode: 70)
}
