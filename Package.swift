// swift-tools-version: 6.1
import PackageDescription

let package = Package(
  name: "srelu",
  products: [
    .executable(name: "srelu", targets: ["srelu"]),
    .library(name: "MPI", targets: ["MPI"]),
    .library(name: "NeuralNet", targets: ["NeuralNet"]),
  ],
  // Exact versions, so that every clone builds the same ones. Package.resolved would also fix their commits,
  // but a build from a mirror whose commits have other ids would then fail. Whoever depends on the libraries
  // MPI or NeuralNet gets none of these packages.
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-asn1", exact: "1.7.4"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev", "openmpi-bin"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .target(
      name: "CKernels",
      // Foundation would bring the C library's mathematics along; NeuralNet is used without it.
      linkerSettings: [.linkedLibrary("m")]),
    .target(name: "Support"),
    .target(name: "MPI", dependencies: ["CMPI", "Support"]),
    .target(name: "CounterRandom"),
    .target(name: "Formulas", dependencies: ["Support"]),
    .target(name: "Models", dependencies: ["Formulas", "Support"]),
    .target(
      name: "NeuralNet",
      dependencies: ["CKernels", "CounterRandom", "Formulas", "Models", "Support"]),
    .target(
      name: "Datasets",
      dependencies: [
        "CPNG", "CZlib", "CounterRandom", "Models", "Support",
        .product(name: "Crypto", package: "swift-crypto"),
        // Crypto's own dependency, used by nothing here: named so that its version stands above.
        .product(name: "SwiftASN1", package: "swift-asn1", condition: .when(platforms: [.wasi])),
      ]),
    .target(
      name: "Experiments",
      dependencies: [
        "CounterRandom", "Formulas", "Models", "Support", "Yams",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(
      name: "Storage",
      dependencies: [
        "CZlib", "Experiments", "Models", "Support",
        .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(
      name: "Launching", dependencies: ["Cluster", "Storage", "Support"]),
    .target(name: "Health", dependencies: ["MPI", "Support"]),
    .target(
      name: "Cluster",
      dependencies: [
        "Experiments", "MPI", "Support", .product(name: "Crypto", package: "swift-crypto"),
      ]),
    .target(
      name: "DataParallel",
      dependencies: [
        "Cluster", "CounterRandom", "Datasets", "Experiments", "Health", "MPI", "Models",
        "NeuralNet", "Storage", "Support",
      ]),
    .target(
      name: "Coordinator",
      dependencies: [
        "Cluster", "DataParallel", "Datasets", "Experiments", "Health", "MPI", "NeuralNet",
        "Storage", "Support",
      ]),
    .target(
      name: "Reports",
      dependencies: [
        "Experiments", "Models", "Storage", "Support",
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "Mustache", package: "swift-mustache"),
      ]),
    .executableTarget(
      name: "srelu",
      dependencies: [
        "Cluster", "Coordinator", "DataParallel", "Datasets", "Experiments", "Formulas", "Health",
        "Launching", "MPI", "Models", "NeuralNet", "Reports", "Storage", "Support",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "MPITests", dependencies: ["MPI"]),
    .testTarget(name: "CounterRandomTests", dependencies: ["CounterRandom"]),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(
      name: "GoldenNetworks", dependencies: ["Formulas", "NeuralNet"], path: "Tests/GoldenNetworks"),
    .target(
      name: "TestSupport", dependencies: ["DataParallel", "NeuralNet", "Storage", "Support"],
      path: "Tests/TestSupport"),
    .testTarget(
      name: "NeuralNetTests",
      dependencies: [
        "NeuralNet", "CKernels", "CounterRandom", "AllocationCounter", "Formulas",
        "GoldenNetworks", "Support",
      ]),
    .testTarget(name: "DatasetsTests", dependencies: ["CounterRandom", "Datasets", "Models"]),
    .testTarget(
      name: "ExperimentsTests", dependencies: ["Experiments", "Formulas", "Models", "Support"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "DataParallelTests",
      dependencies: [
        "CKernels", "Cluster", "DataParallel", "Datasets", "Experiments", "Formulas", "Health",
        "Models", "NeuralNet", "Storage", "Support", "TestSupport",
      ],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "CoordinatorTests",
      dependencies: [
        "Cluster", "Coordinator", "DataParallel", "Datasets", "Experiments", "Health",
        "NeuralNet", "Storage", "Support", "TestSupport",
      ]),
    .testTarget(
      name: "LaunchingTests",
      dependencies: ["Cluster", "CounterRandom", "Launching", "Storage", "Support", "TestSupport"]),
    .testTarget(name: "FormulasTests", dependencies: ["Formulas"]),
    .testTarget(name: "SupportTests", dependencies: ["Support", "TestSupport"]),
    .testTarget(
      name: "ReportsTests", dependencies: ["Experiments", "Reports", "Support"],
      exclude: ["Fixtures"]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "srelu", "Coordinator", "Experiments", "Reports", "Storage", "Support", "Yams",
      ],
      exclude: ["Fixtures"]
    ),
    .executableTarget(
      name: "multirank",
      dependencies: [
        "Coordinator", "DataParallel", "Datasets", "Experiments", "GoldenNetworks", "Health",
        "MPI", "Models", "NeuralNet", "Storage", "Support", "TestSupport",
      ],
      path: "Tests/MultiRank"),
    .target(name: "Checks", dependencies: ["Support"], path: "Tests/Checks"),
    .executableTarget(
      name: "torture", dependencies: ["Checks", "Support"], path: "Tests/Torture"),
    .executableTarget(
      name: "endtoend", dependencies: ["Checks", "Support"], path: "Tests/EndToEnd"),
    .executableTarget(
      name: "bench", dependencies: ["Checks", "Support"], path: "Tests/Bench"),
    .executableTarget(
      name: "fuzz",
      dependencies: [
        "CounterRandom", "DataParallel", "Datasets", "Experiments", "Formulas", "Models",
        "NeuralNet", "Storage",
      ],
      path: "Tests/Fuzz", exclude: ["Corpus"]),
  ],
  swiftLanguageModes: [.v6]
)
