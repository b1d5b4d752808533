import Checks

// Times training steps here beside PyTorch's and Keras's on the same core, in turn. launch/bench builds and
// runs this.

let options = Options(Array(CommandLine.arguments.dropFirst()))
Cleanup.onSignals()
var comparison = Comparison(options)
comparison.run()
comparison.summarise()
if let file = options.json, !comparison.figures.write(to: file) {
  refuse(.cannotWrite, "\(file): can't write the figures there")
}
Cleanup.run()
