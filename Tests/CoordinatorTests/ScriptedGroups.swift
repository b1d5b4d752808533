import Coordinator
import Experiments
import Support
import Synchronization

/// Groups that answer the coordinator by a script, under a clock that moves only while the coordinator sleeps:
/// every message comes at its own moment, in the same order each time.
final class ScriptedGroups: CoordinatorLine {
  /// What a group says, and so many seconds later than now.
  typealias Answer = (after: Double, group: Int, message: GroupMessage)
  /// What comes of a message to a group.
  typealias Script = @Sendable (_ message: CoordinatorMessage, _ group: Int) -> [Answer]

  private struct World {
    var time = 0.0
    var number = 0
    var coming: [(time: Double, number: Int, group: Int, message: GroupMessage)] = []
    var sent: [(group: Int, message: CoordinatorMessage)] = []
  }

  let groups: Int
  /// Asked to stop once the clock has come to `patience`: a study that hangs ends as interrupted.
  let stop = StopFlag()
  private let patience: Double
  private let script: Script
  private let world = Mutex(World())

  /// Groups that all ask for work at once, in order.
  init(groups: Int, patience: Double = 100, script: @escaping Script) {
    self.groups = groups
    self.patience = patience
    self.script = script
    add((0..<groups).map { (0, $0, .ready) })
  }

  private func add(_ answers: [Answer]) {
    world.withLock { world in
      for answer in answers {
        world.number += 1
        world.coming.append(
          (world.time + answer.after, world.number, answer.group, answer.message))
      }
    }
  }

  func poll() -> (group: Int, message: GroupMessage)? {
    world.withLock { world in
      let due = world.coming.indices.filter { world.coming[$0].time <= world.time }
      let next = due.min { left, right in
        let (a, b) = (world.coming[left], world.coming[right])
        return (a.time, a.number) < (b.time, b.number)
      }
      return next.map { index in
        let event = world.coming.remove(at: index)
        return (event.group, event.message)
      }
    }
  }

  func receiveModel(from group: Int, byteCount: Int) -> [UInt8] {
    Array(repeating: 7, count: byteCount)
  }

  func send(_ message: CoordinatorMessage, to group: Int) {
    world.withLock { $0.sent.append((group, message)) }
    add(script(message, group))
  }

  /// All that the coordinator has sent.
  var sent: [(group: Int, message: CoordinatorMessage)] { world.withLock { $0.sent } }

  /// The clock that the coordinator is to have.
  var clock: StudyClock {
    StudyClock(
      seconds: { self.world.withLock { $0.time } }, timestamp: { "2024-05-06T07:08:09Z" },
      sleep: { seconds in
        let time = self.world.withLock { world in
          world.time += seconds
          return world.time
        }
        if time > self.patience { self.stop.request() }
      })
  }
}
