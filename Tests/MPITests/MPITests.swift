import Foundation
import MPI
import Testing

// Tests that don't need MPI_Init. Those of several ranks are in the multirank program.

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

  /// The sizes of MPI's datatypes (MPI 3.1, table 3.2); the arrays must have no gaps either.
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

  /// The library traps; MPI would end the process with a page about a call before MPI_INIT.
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

  /// One rank without mpirun, in its own process: dropping a request doesn't trap, since an error
  /// may be the reason; without an error `finalize` throws.
  @Test func droppedRequestsAreReportedAtTheEnd() async {
    await #expect(processExitsWith: .exitCode(7)) {
      try MPIRuntime.initialize(requiring: .multiple)
      _ = try Communicator.selfOnly.startBarrier()
      do {
        try MPIRuntime.finalize()
      } catch let error as MPIError {
        exit(error.text.contains("1 operations were dropped before they were finished") ? 7 : 8)
      }
    }
  }

  @Test func whatIsFinishedIsNotReported() async {
    await #expect(processExitsWith: .exitCode(7)) {
      try MPIRuntime.initialize(requiring: .multiple)
      _ = try Communicator.selfOnly.startBarrier().wait()
      let value: [Float] = [1]
      try value.withUnsafeBufferPointer {
        _ = try Communicator.selfOnly.repeatedSend($0, to: 0, tag: 1)
      }
      try MPIRuntime.finalize()
      exit(7)
    }
  }

  /// Freed with its last reference, possibly after MPI's end.
  @Test func repeatedMessagesMayOutliveMPI() async {
    await #expect(processExitsWith: .exitCode(7)) {
      try MPIRuntime.initialize(requiring: .multiple)
      let value: [Float] = [1]
      var message: RepeatedMessage? = try value.withUnsafeBufferPointer {
        try Communicator.selfOnly.repeatedSend($0, to: 0, tag: 1)
      }
      try MPIRuntime.finalize()
      _ = message
      message = nil
      exit(7)
    }
  }
}
