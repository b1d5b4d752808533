/// Every probe. Each file ends in a list of its own; they meet here.
let allProbes: [Probe] =
  runtimeProbes + collectiveProbes + gatherProbes + requestProbes + messageProbes
