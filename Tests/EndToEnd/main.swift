import Checks
import Glibc

// The command's interface, over the built program: exit codes and texts, most of them for bad input.
// launch/test-cli and launch/test-extremes build and run this.

let options = Options(Array(CommandLine.arguments.dropFirst()))
Cleanup.onSignals()
let place = Workplace(options)
for group in options.groups { group.body(place) }
let status = place.checks.finish()
Cleanup.run()
exit(status)
