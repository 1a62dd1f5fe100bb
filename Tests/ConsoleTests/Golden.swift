import Foundation
import Terminal
import Testing

/// Frames as files: text, then roles, then emphasis. `UPDATE_GOLDEN=1` rewrites them; a person reads the difference.
enum Golden {
    static func check(_ screen: Screen, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let rule = String(repeating: "=", count: screen.size.columns)
        let content = (screen.text + [rule] + screen.roles + [rule] + screen.emphasis).joined(separator: "\n") + "\n"
        try check(content, "\(name).txt", sourceLocation: sourceLocation)
    }

    static func check(_ content: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Golden")
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(content.utf8).write(to: file)
            return
        }
        let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        if expected != content {
            let old = expected.split(separator: "\n", omittingEmptySubsequences: false)
            let new = content.split(separator: "\n", omittingEmptySubsequences: false)
            let line = zip(old, new).enumerated().first { $0.element.0 != $0.element.1 }
            Issue.record(
                "\(name) differs, first in line \((line?.offset ?? min(old.count, new.count)) + 1):\n-\(line?.element.0 ?? "")\n+\(line?.element.1 ?? "")",
                sourceLocation: sourceLocation)
        }
    }
}
