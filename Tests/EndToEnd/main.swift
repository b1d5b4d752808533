import Checks
import Glibc

// Checks that run the built program, by suite (Suite.swift): the scripts launch/test… build and run this.

let options = Options(Array(CommandLine.arguments.dropFirst()))
Cleanup.onSignals()
Surroundings.forgetJob()
let place = Workplace(options)
for group in options.groups { group.body(place) }
let status = place.checks.finish()
Cleanup.run()
exit(status)
