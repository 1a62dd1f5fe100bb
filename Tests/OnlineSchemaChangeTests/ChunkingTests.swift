import MySQLClient
import Testing

@testable import OnlineSchemaChange

@Suite("Chunks along the key")
struct ChunkingTests {
    private func names(_ names: String...) throws -> [Identifier] { try names.map { try Identifier($0) } }

    @Test("A range over one column is two comparisons")
    func oneColumn() throws {
        let range = KeyRange(lower: try KeyBound([.int(7)]), upper: try KeyBound([.int(9)]))
        #expect("\(range.condition(try names("id")))" == "(`id` > 7) AND (`id` <= 9)")
    }

    @Test("A range over several columns compares them in key order, and gives the optimizer a leading bound")
    func composite() throws {
        let range = KeyRange(lower: try KeyBound([.int(1), .int(2), .int(3)]), upper: nil)
        #expect(
            "\(range.condition(try names("a", "b", "c")))"
                == "(`a` >= 1 AND (`a` > 1 OR `a` = 1 AND (`b` > 2 OR `b` = 2 AND (`c` > 3))))")
    }

    @Test("A range without ends holds every row")
    func everything() throws {
        #expect("\(KeyRange(lower: nil, upper: nil).condition(try names("id")))" == "TRUE")
    }

    @Test(
        "A border survives the checkpoint, whatever its text holds",
        arguments: [
            [SQLValue.int(-4)], [.string("a:b"), .uint(.max)], [.bytes([0, 1, 58, 255]), .decimal("-0.50"), .string("")],
        ])
    func bordersSurvive(values: [SQLValue]) throws {
        let bound = try KeyBound(values)
        #expect(KeyBound(encoded: bound.encoded) == bound)
    }

    @Test("Text that is no border is refused", arguments: ["", "x", "3:ab", "-1:", "99999999999999999999:a"])
    func notABorder(text: String) { #expect(KeyBound(encoded: text) == nil) }

    @Test("The frontier rises only over an unbroken run of finished chunks")
    func frontier() throws {
        var frontier = CopyFrontier(copiedThrough: nil)
        let bounds = try (1...3).map { try KeyBound([.int(Int64($0))]) }
        let first = frontier.opened(KeyRange(lower: nil, upper: bounds[0]))
        let second = frontier.opened(KeyRange(lower: bounds[0], upper: bounds[1]))
        let last = frontier.opened(KeyRange(lower: bounds[1], upper: nil))
        frontier.finished(last)
        frontier.finished(second)
        #expect(frontier.copiedThrough == nil)
        #expect(!frontier.isComplete)
        frontier.finished(first)
        #expect(frontier.copiedThrough == bounds[1])
        #expect(frontier.isComplete)
    }

    @Test("A slow chunk shrinks the next at once; a fast one lets it grow by half at most")
    func pacing() {
        var pacer = ChunkPacer(target: .milliseconds(100))
        pacer.finished(count: 1000, took: .milliseconds(1000))
        #expect(pacer.rows == 100)
        pacer.finished(count: 100, took: .milliseconds(1))
        #expect(pacer.rows == 150)
        pacer.conflicted()
        #expect(pacer.rows == 75)
    }

    @Test("The size stays between its bounds, and a short last chunk says nothing about speed")
    func pacingBounds() {
        var pacer = ChunkPacer(target: .milliseconds(100), rows: 20)
        for _ in 0..<5 { pacer.conflicted() }
        #expect(pacer.rows == ChunkPacer.smallest)
        pacer = ChunkPacer(target: .milliseconds(100), rows: 90_000)
        for _ in 0..<5 { pacer.finished(count: pacer.rows, took: .milliseconds(1)) }
        #expect(pacer.rows == ChunkPacer.largest)
        pacer = ChunkPacer(target: .milliseconds(100), rows: 1000)
        pacer.finished(count: 3, took: .milliseconds(1))
        #expect(pacer.rows == 1000)
    }
}
