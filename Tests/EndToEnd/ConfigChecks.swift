import Checks
import Glibc

extension Workplace {
  /// Launchers keep their own flags and hand on all others, in both spellings.
  func checkFlags() {
    check("a launcher's flag without its value", .usage, "--ranks needs a value", local("--ranks"))
    check("a launcher's flag with a wrong value", .usage, "whole number", local("--ranks=0"))
    check("a flag of the program's", .done, "srelu ", local("--ranks=1", "--version"))
    check(
      "a flag that is nobody's", .usage, "Unknown option '--nonsense'",
      local("--ranks", "1", "--nonsense=3"))
    check("help", .done, "USAGE: srelu", srelu("--help"))
    check("unknown command", .usage, "Error", srelu("no-such-command"))
    check("unknown flag", .usage, "Error", srelu("sweep", "--no-such-flag"))
    checkOnce(
      "config that is not there", .usage, "missing.yaml: no such file",
      onTwoRanks("sweep", "missing.yaml"))
  }

  func checkConfigs() {
    study()
    let pipe = "found a pipe; write it to a file first"
    mkfifo(path("piped.yaml"), 0o600)
    checkOnce("config that is a pipe", .usage, pipe, onTwoRanks("sweep", "piped.yaml"))
    check(
      "config from a pipe", .usage, pipe,
      srelu("sweep").behind("bash", "-c", "\"$@\" <(cat study.yaml)", "-"))
    check(
      "config from standard input", .usage, pipe,
      srelu().behind("sh", "-c", "cat study.yaml | \"$1\" plan /dev/stdin", "-"))
    study(training: "learning-rat: 0.001, epochs: {own: 1}")
    refused(
      "misspelt key", .usage, "training.learning-rat: unknown key; did you mean learning-rate?")
    study(activation: "srelo")
    refused(
      "misspelt activation", .usage, "unknown activation \"srelo\"; did you mean srelu?")
    study(training: "batch-size: 0, epochs: {own: 1}")
    refused(
      "batch of 0", .usage,
      "study.yaml:6:24: training.batch-size: expected a whole number from 1 to")
    study(training: "learning-rate: -0.001, epochs: {own: 1}")
    refused("negative rate", .usage, "training.learning-rate: expected a number above 0")
    study(seeds: "[]")
    refused("empty axis", .usage, "seeds: expected at least one value, found an empty list")
    study(seeds: "[zero]")
    refused("wrong type", .usage, "seeds[0]: expected a whole number from 0 to")
    study(seeds: "[0, 1, 0]")
    refused("a value twice", .usage, "seeds[2]: 0 is in the list twice")

    study()
    checkOnce(
      "more ranks per trial than ranks", .usage, "only 2 ranks are running; choose 1, 2",
      sweep("study.yaml", "--ranks-per-trial", "3", output: "refused"))
    checkNothingWritten("more ranks per trial than ranks", "refused")
  }
}
