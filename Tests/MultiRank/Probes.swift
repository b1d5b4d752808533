/// Every probe. Each file has a list of its own; they meet here.
let allProbes: [Probe] = [
  runtimeProbes,
  collectiveProbes,
  gatherProbes,
  requestProbes,
  messageProbes,
  matchingProbes,
  threadProbes,
  codableProbes,
  communicatorProbes,
  windowProbes,
  trajectoryProbes, goldenProbes,
  dataParallelProbes, checkpointProbes, layerProbes,
  dataStoreProbes,
  heartbeatProbes, agreementProbes,
  coordinatorProbes,
].flatMap { $0 }
