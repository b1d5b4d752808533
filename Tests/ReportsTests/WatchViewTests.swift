import Reports
import Testing

@Suite struct WatchViewTests {
  @Test func timePassesWhileNothingHappens() {
    func view(elapsed: Double?) -> WatchView {
      WatchView(name: "s", rows: [], total: 1, isOpen: elapsed != nil, share: 0, elapsed: elapsed)
    }
    #expect(view(elapsed: 12).later(by: 5).elapsed == 17)
    #expect(view(elapsed: nil).later(by: 5).elapsed == nil)
  }
}
