import Checks

extension Workplace {
  func checkBenchmarks() {
    let short = ["--steps", "3", "--batch-size", "8"]
    check(
      "bench step", .done, "\"percent_of_peak\":", srelu(["bench", "step", "--json"] + short))
    check(
      "bench step on two ranks, by allreduce", .done, "on 2 ranks",
      onTwoRanks(
        "bench", "step", short[0], short[1], short[2], short[3], "--gradient-exchange", "allreduce")
    )
    check(
      "bench kernels", .done, "fc2 weight gradient", srelu(["bench", "kernels"] + short))
    check(
      "bench kernels as JSON", .done, "\"fma_gflops\":",
      srelu(["bench", "kernels", "--architecture", "cnn", "--json"] + short))
    check(
      "bench allreduce", .done, "cnn gradients and adam",
      onTwoRanks("bench", "allreduce", "--rounds", "2"))
    check(
      "bench allreduce alone", .done, "nothing to average",
      srelu("bench", "allreduce", "--rounds", "2"))
    check(
      "bench step of a data set that nobody knows", .usage, "expected one of mnist",
      srelu(["bench", "step", "--dataset", "mnits"] + short))
    if srelu("data", "check", "wdbc").run().status == 0 {
      check(
        "bench step on real samples", .done, "ffnn relu on wdbc, batch 100 on 2 ranks",
        onTwoRanks("bench", "step", "--dataset", "wdbc", "--steps", "3", "--batch-size", "100"))
      check(
        "bench study", .done, "\"trials_per_hour\":",
        onTwoRanks("bench", "study", "--dataset", "wdbc", "--architecture", "ffnn", "--json"))
    } else {
      checks.skipped("bench study", Self.noWDBC)
    }
    checkCoordinatorBenchmark()
    check(
      "bench with a bad flag", .usage, "expected 1 to", srelu("bench", "kernels", "--steps", "0"))
    checkPrecision()
    study()
    check(
      "sweep by allreduce", .done, "Best accuracy",
      sweep(
        "study.yaml", "--ranks-per-trial", "2", "--set", "gradient-exchange=allreduce",
        "--log-level", "quiet", output: "plain"))
  }

  private func checkCoordinatorBenchmark() {
    let outcome = check(
      "bench coordinator", .done, "\"ranks\":2",
      onTwoRanks(
        "bench", "coordinator", "--groups", "7", "--trials", "100", "--empty-trials", "50",
        "--folder", "empty", "--json"))
    for part in ["\"groups\":7", "\"trials\":100", "\"trials\":50"] {
      checks.expect(
        "bench coordinator: \(part)", outcome.text.contains(part), orElse: outcome.text)
    }
    checkNothingWritten("bench coordinator cleans up", "empty")
    check(
      "bench coordinator without trials", .usage, "expected 1 to",
      srelu("bench", "coordinator", "--empty-trials", "0"))
  }

  private func checkPrecision() {
    let name = "bf16 without the processor for it"
    if Files.text("/proc/cpuinfo").contains("avx512_bf16") { return }
    study()
    checkOnce(
      name, .environment, "no AVX512_BF16",
      sweep("study.yaml", "--set", "training.precision=bf16", output: "refused"))
    checkNothingWritten(name, "refused")
  }
}
