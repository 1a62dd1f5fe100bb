import Core
import Foundation
import Testing

@Suite("Documentation of messages")
struct MessagePageTests {
    @Test("Every kind of failure has its heading in docs/messages.md, and no heading is left over")
    func headings() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/messages.md"), encoding: .utf8)
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("## ") }.map { String($0.dropFirst(3)) }
        #expect(headings == Failure.Kind.allCases.map(\.rawValue))
    }
}
