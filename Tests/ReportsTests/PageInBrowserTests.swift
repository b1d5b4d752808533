import Foundation
import Reports
import Testing

/// The page as a browser shows it.
@Suite(.enabled(if: Chromium.path != nil, "no Chromium is installed"), .serialized)
struct PageInBrowserTests {
  private func column(_ number: Int, of table: String, in browser: Chromium) throws -> [String] {
    let rows = "document.querySelectorAll('#\(table) tbody tr')"
    let cells =
      "Array.from(\(rows), r => r.cells[\(number)].dataset.sort ?? r.cells[\(number)].textContent)"
    return try #require(try browser.value(cells) as? [String])
  }

  private func click(_ number: Int, of table: String, in browser: Chromium) throws {
    _ = try browser.value(
      "document.querySelectorAll('#\(table) thead button')[\(number)].click()")
  }

  private func expectQuiet(_ browser: Chromium, page: String) {
    #expect(browser.complaints.isEmpty, "\(browser.complaints)")
    let address = URL(fileURLWithPath: page).absoluteString
    let fetched = browser.requests.filter { $0 != address && !$0.hasPrefix("data:") }
    #expect(fetched.isEmpty, "\(fetched)")
    #expect(browser.requests.contains(address))
  }

  @Test(arguments: [(390, 844), (1400, 900)])
  func hostileNamesDoNothing(width: Int, height: Int) throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false)
        .write([SmallStudy.of(names: hostileNames), SmallStudy.of(names: hostileNames.reversed())])
      let browser = try Chromium(width: width, height: height)
      try browser.open(file: page)
      expectQuiet(browser, page: page)
      #expect(try browser.value("document.scripts.length") as? Int == 1)
      #expect(
        try browser.value("document.querySelectorAll('[onmouseover],[onerror]').length") as? Int
          == 0)
      // Wide tables scroll in themselves; the page doesn't.
      let overflow = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
      #expect(try browser.value(overflow) as? Int == 0)
    }
  }

  /// The expected order of a text column, from the top: numbers in texts sort as numbers.
  private static let orders: [String: [String]] = [
    "data set": (0..<12).map { "set-\($0)" },
    "activation": [
      "ELU", "Leaky ReLU", "PReLU", "ReLU", "SReLU", "SReLU(β=0.05)", "SReLU(β=0.25)",
    ],
    "network": ["ffnn"], "ended": ["finished"], "reason": (0..<12).map { "set-\($0)" },
  ]

  /// Drops texts that repeat the one above them.
  private func runs(_ texts: [String]) -> [String] {
    texts.reduce(into: []) { runs, text in if runs.last != text { runs.append(text) } }
  }

  /// Sorts the table of trials by a column, ascending and descending.
  private func expectSorted(
    _ number: Int, title: String, isNumeric: Bool, in browser: Chromium
  ) throws {
    let before = try column(number, of: "trials", in: browser)
    try click(number, of: "trials", in: browser)
    let rising = try column(number, of: "trials", in: browser)
    try click(number, of: "trials", in: browser)
    let falling = try column(number, of: "trials", in: browser)
    #expect(before.sorted() == rising.sorted(), "\(title)")
    guard isNumeric else {
      let order = try #require(Self.orders[title], "\(title)")
      #expect(runs(rising) == order, "\(title)")
      #expect(runs(falling) == order.reversed(), "\(title)")
      return
    }
    let numbers = rising.compactMap(Double.init)
    #expect(numbers.count == before.count, "\(title)")
    #expect(numbers == numbers.sorted(), "\(title)")
    #expect(falling.compactMap(Double.init) == numbers.sorted(by: >), "\(title)")
  }

  /// 1,008 trials: 12 data sets, 7 activations, 12 seeds.
  private static func thousand() -> ReportedStudy {
    let betas = [0.05, 0.1, 0.25].map { activation("srelu", ["beta": $0]) }
    return SmallStudy.of(
      names: (0..<12).map { "set-\($0)" }, seeds: 12,
      activations: ["relu", "leaky-relu", "prelu", "elu"].map { activation($0) } + betas,
      hasLayers: true)
  }

  @Test func aThousandTrialsAreThereAndSort() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder).write([Self.thousand()])
      let browser = try Chromium(width: 1400, height: 900)
      try browser.open(file: page)
      expectQuiet(browser, page: page)
      if Gnuplot.version() != nil {
        // Curves, accuracy, gap, dead units, β, learned slopes and 7 confusion matrices per block; ranks; 7
        // functions.
        #expect(try browser.value("document.images.length") as? Int == 13 * 12 + 1 + 7)
      }
      let heads = try #require(
        try browser.value(
          "Array.from(document.querySelectorAll('#trials thead th'), h => [h.textContent, h.className])"
        )
          as? [[String]])
      #expect(heads.count == 13)
      #expect(try column(0, of: "trials", in: browser).count == 1008)
      for (number, head) in heads.enumerated() {
        try expectSorted(number, title: head[0], isNumeric: head[1].contains("number"), in: browser)
      }
      let milliseconds = try browser.value(
        "performance.getEntriesByType('navigation')[0].loadEventEnd")
      let size = try FileManager.default.attributesOfItem(atPath: page)[.size] ?? 0
      print("a page of 1008 trials, \(size) bytes, was loaded in \(milliseconds ?? "?") ms")
    }
  }

  @Test func claimsSort() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false)
        .write([SmallStudy.of(names: ["mnist"])])
      let browser = try Chromium(width: 1400, height: 900)
      try browser.open(file: page)
      let before = try column(0, of: "claims", in: browser)
      try click(0, of: "claims", in: browser)
      let rising = try column(0, of: "claims", in: browser)
      #expect(before != rising && before.sorted() == rising.sorted())
      #expect(rising.first?.hasPrefix("+0.2 %") == true, "\(rising)")
      try click(0, of: "claims", in: browser)
      #expect(try column(0, of: "claims", in: browser) == rising.reversed())
    }
  }

  @Test func paperLosesNothing() throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder, drawsFigures: false).write([
        SmallStudy.of(
          names: ["wisconsin-breast-cancer", "mnist"],
          activations: ["leaky-relu", "prelu", "srelu"].map { activation($0) }, hasLayers: true)
      ])
      // A4 without its margins, at 96 pixels per inch.
      let browser = try Chromium(width: 703, height: 1000)
      try browser.open(file: page)
      try browser.showAsPrinted()
      let folded = "document.querySelectorAll('details:not([open])').length"
      #expect(try #require(try browser.value(folded) as? Int) > 0)
      _ = try browser.value("dispatchEvent(new Event('beforeprint')) && 0")
      #expect(try browser.value(folded) as? Int == 0)
      let right =
        "Math.max(...Array.from(document.querySelectorAll('table, pre, p, dl'), "
        + "part => Math.ceil(part.getBoundingClientRect().right)))"
      #expect(try #require(try browser.value(right) as? Int) <= 703)
      let cut =
        "Array.from(document.querySelectorAll('.wide, td, th, pre, figure')).filter(part => "
        + "getComputedStyle(part).overflowX !== 'visible').length"
      #expect(try browser.value(cut) as? Int == 0)
      // A button's box in a head keeps the browser from repeating the head on the next page; a
      // table's heading and note stay with it.
      let kept =
        "[...document.querySelectorAll('th button')].every("
        + "part => getComputedStyle(part).display === 'contents') && "
        + "[...document.querySelectorAll('h3, .note')].every("
        + "part => getComputedStyle(part).breakAfter === 'avoid') && "
        + "document.querySelectorAll('th button').length * document.querySelectorAll('.note').length > 0"
      #expect(try browser.value(kept) as? Bool == true)
      let narrow =
        "Array.from(document.querySelectorAll('td')).filter(part => "
        + "part.scrollWidth > part.clientWidth + 1).length"
      #expect(try browser.value(narrow) as? Int == 0)
      _ = try browser.value("dispatchEvent(new Event('afterprint')) && 0")
      #expect(try #require(try browser.value(folded) as? Int) > 0)
      expectQuiet(browser, page: page)
    }
  }

  @Test(
    .enabled(if: Gnuplot.version() != nil, "gnuplot isn't installed"),
    arguments: [(390, 844), (1400, 900)])
  func figuresHaveSize(width: Int, height: Int) throws {
    try inFolder { folder in
      let page = try ReportWriter(folder: folder).write([SmallStudy.of(names: ["mnist"])])
      let browser = try Chromium(width: width, height: height)
      try browser.open(file: page)
      _ = try browser.value("document.querySelectorAll('details').forEach(d => d.open = true)")
      let sizes = try #require(
        try browser.value(
          "Array.from(document.images, i => [i.complete ? 1 : 0, i.naturalWidth, i.clientWidth, i.clientHeight, i.parentElement.clientWidth])"
        ) as? [[Int]])
      #expect(sizes.count >= 4)
      for size in sizes {
        #expect(size[0] == 1 && size[1] > 100)
        // On a phone a figure stays legible and scrolls within its frame.
        #expect(size[2] > 100 && size[3] > 60 && size[2] <= max(width, 576), "\(size)")
        #expect(size[2] >= min(size[1], 500) && size[4] <= width, "\(size)")
      }
      let scrolled = try browser.value("document.documentElement.scrollWidth") as? Int
      #expect(try #require(scrolled) <= width, "the page itself doesn't scroll sideways")
      expectQuiet(browser, page: page)
    }
  }
}
