import MPI
import Testing

// What can be said without MPI_Init. Whatever talks to other ranks is in the multirank program.

@Suite struct ThreadLevelTests {
  @Test func growsFromSingleToMultiple() {
    let levels: [ThreadLevel] = [.single, .funneled, .serialized, .multiple]
    #expect(ThreadLevel.allCases == levels)
    for (i, a) in levels.enumerated() {
      for (j, b) in levels.enumerated() {
        #expect((a < b) == (i < j), "\(a) < \(b)")
      }
    }
  }
}

@Suite struct MPIScalarTests {
  private static let bytes: [(any MPIScalar.Type, Int)] = [
    (Float.self, 4), (Double.self, 8), (Int32.self, 4), (Int64.self, 8), (UInt8.self, 1),
    (UInt64.self, 8),
  ]

  /// MPI's datatypes have these sizes (MPI 3.1, table 3.2) and no gaps; arrays must have none either.
  @Test func elementsLieWithoutGaps() {
    func layout<T>(_ type: T.Type) -> (size: Int, stride: Int) {
      (MemoryLayout<T>.size, MemoryLayout<T>.stride)
    }
    for (type, bytes) in Self.bytes {
      let layout = layout(type)
      #expect(layout.size == bytes, "size of \(type)")
      #expect(layout.stride == bytes, "stride of \(type)")
    }
  }
}

@Suite struct BeforeInitializationTests {
  @Test func nothingIsInitialized() {
    #expect(!MPIRuntime.isInitialized)
    #expect(!MPIRuntime.isFinalized)
  }

  @Test func libraryHasAVersion() {
    let version = MPIRuntime.libraryVersion
    #expect(version.contains("MPI"))
    #expect(version.contains { $0.isNumber })
    #expect(!version.contains(","))
  }

  /// It traps by itself; MPI would end the process with a page about a call before MPI_INIT.
  @Test func worldTraps() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = Communicator.world.size
      })
    #expect(!String(decoding: result.standardErrorContent, as: UTF8.self).contains("MPI_Comm_"))
  }
}

@Suite struct LifetimeTests {
  @Test func finalizeWithoutInitializeThrows() {
    let error = #expect(throws: MPIError.self) { try MPIRuntime.finalize() }
    #expect(error?.operation == "MPI_Finalize")
    #expect(error?.text.contains("never initialised") == true)
  }

  /// One rank without mpirun, in a process of its own.
  @Test func droppedRequestTrapsAndSaysWhy() async throws {
    let result = try #require(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        try MPIRuntime.initialize(requiring: .multiple)
        _ = try Communicator.selfOnly.startBarrier()
      })
    let text = String(decoding: result.standardErrorContent, as: UTF8.self)
    #expect(text.contains("dropped before it was finished"))
  }
}
