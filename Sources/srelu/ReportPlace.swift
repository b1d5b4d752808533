import Foundation
import Reports
import Storage
import Support

package enum ReportPlace {
  /// The report's folder: `report/` in the run or, for several runs, `report-<run>-<run>/` next to the
  /// first.
  package static func folder(of runs: [String]) -> String {
    guard runs.count > 1 else { return "\(runs[0])/report" }
    let places = runs.map(place)
    let names = places.map(\.name)
    // Names by themselves may belong to other runs elsewhere, be too long, or hold other characters.
    let areEnough =
      Set(places.map(\.parent)).count == 1 && names.joined().count <= 80
      && names.allSatisfy { Slug.of($0) == $0.lowercased() }
    let name = areEnough ? names.joined(separator: "-") : Slug.ofAll(runs.map(absolute))
    return "\(places[0].parent)/report-\(name)"
  }

  /// The folder is that of another run's own report.
  package struct AnothersReport: ReportableError {
    let folder: String
    let run: String
    package var description: String {
      "\(folder): that is the place of the report of \(run) alone. Choose another folder with "
        + "--output-dir."
    }
    package var exitCode: Support.ExitCode { .usage }
  }

  /// Refuses to replace a run's own report by one about other runs.
  package static func check(_ folder: String, for runs: [String]) throws {
    let path = URL(fileURLWithPath: resolved(folder))
    let parent = path.deletingLastPathComponent().path
    guard path.lastPathComponent == "report",
      FileManager.default.fileExists(atPath: "\(parent)/\(StudyFolder.configName)"),
      runs.map(resolved) != [parent]
    else { return }
    throw AnothersReport(folder: folder, run: parent)
  }

  /// A run's name and parent folder: as given if the path has both, else from the absolute path.
  private static func place(_ run: String) -> (parent: String, name: String) {
    var parts = run.split(separator: "/").filter { $0 != "." }
    var isAbsolute = run.hasPrefix("/")
    if parts.isEmpty || parts.contains("..") {
      parts = absolute(run).split(separator: "/")
      isAbsolute = true
    }
    guard let name = parts.popLast() else { return ("/", "root") }
    let parent = (isAbsolute ? "/" : "") + parts.joined(separator: "/")
    return (parent.isEmpty ? "." : parent, String(name))
  }

  private static func absolute(_ path: String) -> String {
    URL(fileURLWithPath: path).standardizedFileURL.path
  }

  /// Resolves links in the part of a path that exists.
  private static func resolved(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let url = URL(fileURLWithPath: path).standardizedFileURL
    guard url.pathComponents.count > 1 else { return url.path }
    let parent = resolved(url.deletingLastPathComponent().path)
    return (parent == "/" ? "" : parent) + "/" + url.lastPathComponent
  }
}
