import Checks
import Glibc

// A small real study under faults at random moments: each time it must end with the same bytes as
// undisturbed (times aside), with nothing left behind. launch/torture builds and runs this.

let options = Options(Array(CommandLine.arguments.dropFirst()))
Cleanup.onSignals()
Surroundings.forgetJob()
var torture = Torture(options)
let status = torture.run()
Cleanup.run()
exit(status)
