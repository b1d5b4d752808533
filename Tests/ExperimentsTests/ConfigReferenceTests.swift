import Experiments
import Foundation
import Testing

@Suite struct ConfigReferenceTests {
  @Test func theArticleIsTheReference() throws {
    let article = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Sources/srelu/srelu.docc/Configuring.md")
    let text = try String(contentsOf: article, encoding: .utf8)
    #expect(
      text == ConfigReference.markdown,
      "make it again: srelu help config --markdown > Sources/srelu/srelu.docc/Configuring.md")
  }

  @Test func everySettingIsInBoth() {
    let settings =
      TrainingSpec.settings.map(\.setting) + StudyConfig.settings.map(\.setting)
      + ArchitectureSpec.settings(of: .cnn).map(\.setting) + SearchSpec.settings
    for setting in settings {
      for text in [ConfigReference.text, ConfigReference.markdown] {
        #expect(text.contains(setting.key) && text.contains(setting.purpose), "\(setting.key)")
        #expect(text.contains(setting.type.expectation), "\(setting.key)")
      }
    }
    for function in ActivationCatalogue.entries {
      #expect(ConfigReference.text.contains("  \(function.name)\n      \(function.purpose)\n"))
      for parameter in function.parameters {
        #expect(ConfigReference.text.contains("  \(function.name).\(parameter.key): "))
      }
    }
  }
}
