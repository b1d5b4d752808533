import Foundation
import Support

/// What a host says about itself.
package struct HostAnswers {
  package var cores: Int
  package var mpi: String
  package var build: String

  /// The script that hosts run; it reads the program's path. bash reads all of `main` before that reads the rest
  /// of the input.
  static let question = """
    main() {
      read -r program
      cores=$(lscpu -p=CORE,SOCKET 2>/dev/null | grep -v "^#" | sort -u | wc -l)
      if [ "$cores" -lt 1 ]; then cores=$(nproc); fi
      printf "cores %s\\n" "$cores"
      if command -v orted >/dev/null 2>&1 || command -v prted >/dev/null 2>&1; then
        printf "mpi %s\\n" "$(mpirun --version 2>/dev/null | head -n 1)"
      else
        printf "mpi none\\n"
      fi
      if [ -x "$program" ]; then
        printf "build %s\\n" "$(sha256sum <"$program" | cut -c 1-16)"
      else
        printf "build none\\n"
      fi
    }
    main
    """

  /// A host that claims more would make us start as many ranks.
  private static let mostCores = 4096

  /// A host gave no valid answer to one of the questions.
  package struct NoAnswer: Error, Equatable {
    package let key: String
    /// What it said instead, made safe to show.
    package let words: String

    package init(key: String, words: String) {
      self.key = key
      self.words = words
    }
  }

  /// Reads what a host printed; a login may print other lines around the answers. An invalid answer is neither
  /// computed with nor shown as it is.
  package init(_ output: [UInt8]) throws(NoAnswer) {
    let lines = HostWords.lines(output)
    func answer(_ key: String, isRight: (String) -> Bool) throws(NoAnswer) -> String {
      let line = lines.first { $0.starts(with: Array("\(key) ".utf8)) }
      let text = line.map { String(decoding: $0.dropFirst(key.utf8.count + 1), as: UTF8.self) }
      if let text, isRight(text) { return text }
      let shown = lines.first { $0.starts(with: Array(key.utf8)) }
      throw NoAnswer(key: key, words: Console.foreign(shown ?? []))
    }
    cores =
      Int(try answer("cores") { $0.wholeMatch(of: /[1-9][0-9]{0,4}/) != nil }) ?? 0
    mpi = try answer("mpi") {
      $0.wholeMatch(of: /none|mpirun \(Open MPI\) [0-9A-Za-z.]{1,40}/) != nil
    }
    build = try answer("build") { $0.wholeMatch(of: /none|[0-9a-f]{16}/) != nil }
  }

  /// What is wrong with a host, to follow its name; nil if nothing is.
  package func problem(beside first: HostAnswers, called name: String, program: String) -> String? {
    if cores > Self.mostCores {
      return "claims \(cores) cores, and more than \(Self.mostCores) are not plausible"
    }
    if build == "none" {
      return "there is no \(program): build it there, or copy it from \(name)"
    }
    if build != first.build {
      return "\(program) is a different build from the one on \(name): copy it from there"
    }
    if mpi == "none" {
      return "Open MPI is missing (or not in the PATH that ssh has): apt-get install openmpi-bin"
    }
    if mpi != first.mpi {
      return "has \(mpi), but \(name) has \(first.mpi): they are incompatible"
    }
    return nil
  }
}
