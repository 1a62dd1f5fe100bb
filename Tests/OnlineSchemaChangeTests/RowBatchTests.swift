import MySQLClient
import Testing

@testable import OnlineSchemaChange

@Suite("Folding changes of one flush")
struct RowBatchTests {
    @Test("Only a row's last image is written")
    func lastImageWins() {
        var batch = RowBatch()
        batch.insert([1], [1, 10])
        batch.update(from: [1], to: [1], [1, 11])
        #expect(batch.images == [[1, 11]])
        #expect(batch.deletions.isEmpty)
        #expect(batch.changeCount == 2)
    }

    @Test("A row deleted at the end is deleted, one inserted again is not")
    func deleteAndBack() {
        var batch = RowBatch()
        batch.insert([1], [1, 10])
        batch.delete([1])
        batch.delete([2])
        batch.insert([2], [2, 20])
        #expect(batch.deletions == [[1]])
        #expect(batch.images == [[2, 20]])
    }

    @Test("A key that changes leaves a deletion behind, also when another row takes the old key")
    func keyChange() {
        var batch = RowBatch()
        batch.update(from: [1], to: [2], [2, 10])
        #expect(batch.deletions == [[1]])
        batch.insert([1], [1, 99])
        #expect(batch.deletions.isEmpty)
        #expect(batch.images == [[1, 99], [2, 10]])
    }

    @Test("Folding any sequence of changes gives what playing them one by one gives")
    func sameAsPlaying() {
        var random = SplitMix(seed: 7)
        for _ in 0..<500 {
            var table: [Int64: Int64] = [:]
            var shadow: [Int64: Int64] = [:]
            for key in Int64(0)..<6 where Bool.random(using: &random) {
                table[key] = key
                shadow[key] = Int64.random(in: 100..<200, using: &random)
            }
            var batch = RowBatch()
            for _ in 0..<Int.random(in: 1..<20, using: &random) {
                let key = Int64.random(in: 0..<6, using: &random)
                let value = Int64.random(in: 1000..<9999, using: &random)
                switch (table[key], Int.random(in: 0..<3, using: &random)) {
                case (nil, _):
                    table[key] = value
                    batch.insert([.int(key)], [.int(key), .int(value)])
                case (_, 0):
                    table[key] = nil
                    batch.delete([.int(key)])
                case (_, 1):
                    guard let free = (Int64(0)..<6).first(where: { table[$0] == nil }) else { continue }
                    table[key] = nil
                    table[free] = value
                    batch.update(from: [.int(key)], to: [.int(free)], [.int(free), .int(value)])
                default:
                    table[key] = value
                    batch.update(from: [.int(key)], to: [.int(key)], [.int(key), .int(value)])
                }
            }
            for key in batch.deletions { shadow[key[0].int64!] = nil }
            for image in batch.images { shadow[image[0].int64!] = image[1].int64! }
            for image in batch.images { #expect(table[image[0].int64!] == image[1].int64!) }
            for key in batch.deletions { #expect(table[key[0].int64!] == nil) }
            for (key, value) in table where value >= 1000 { #expect(shadow[key] == value) }
        }
    }
}

/// A small seeded generator: the same numbers in every run.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
