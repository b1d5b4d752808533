import DataParallel
import Testing

@Suite struct MachineAdviceTests {
  /// As `ompi_info --param` names them in either version.
  @Test(arguments: [
    ("Open MPI v4.1.4", "btl_vader_single_copy_mechanism none"),
    ("Open MPI v5.0.7", "smsc ^cma"), ("Open MPI v10.0.0", "smsc ^cma"),
    ("", "btl_vader_single_copy_mechanism none"),
  ])
  func namesTheFlagOfTheVersion(version: String, flag: String) {
    #expect(MachineChecks.withoutCrossMemoryAttach(version) == "--mca " + flag)
  }
}
