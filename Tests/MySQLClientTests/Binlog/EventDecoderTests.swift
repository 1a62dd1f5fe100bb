internal import MySQLClient
import Testing

@Suite struct EventDecoderTests {
    private static func little(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    /// Bytes of an event without checksum.
    private func event(_ type: UInt8, flags: UInt16 = 0, _ body: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(contentsOf: Self.little(1_700_000_000, 4))
        bytes.append(type)
        bytes += Self.little(1, 4)
        bytes += Self.little(UInt64(19 + body.count), 4)
        bytes += Self.little(1234, 4)
        bytes += Self.little(UInt64(flags), 2)
        return bytes + body
    }

    @Test("An unknown event type is refused unless it is marked ignorable")
    func unknown() throws {
        var decoder = EventDecoder(hasChecksums: false)
        #expect(throws: BinlogRefusal(.unknownEvent(type: 99))) { try decoder.decode(event(99, [1])) }
        guard case .ignored = try decoder.decode(event(99, flags: 0x80, [1])).body else {
            Issue.record("an ignorable event was not ignored")
            return
        }
    }

    @Test("A wrong checksum and a torn event are refused")
    func damaged() throws {
        var decoder = EventDecoder(hasChecksums: true)
        // CRC32 of the 19 header bytes and the body, computed by the checksum's definition.
        let whole = event(16, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
        let sum = Self.crc(whole.dropLast(4))
        var good = Array(whole.dropLast(4))
        good += Self.little(UInt64(sum), 4)
        guard case .commit = try decoder.decode(good).body else {
            Issue.record("a good XID event was not read")
            return
        }
        for index in good.indices where !(9...12).contains(index) {
            var bad = good
            bad[index] ^= 0x10
            if index == 4 { continue }
            #expect(throws: BinlogRefusal(.checksumMismatch)) { try decoder.decode(bad) }
        }
        #expect(throws: BinlogRefusal.self) { try decoder.decode(Array(good.dropLast())) }
    }

    private static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
        ~bytes.reduce(UInt32.max) { sum, byte in
            (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
        }
    }

    @Test("Random bytes in any event are read or refused, never a trap", arguments: 0..<10)
    func noise(seed: Int) {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        var refused = 0
        for round in 0..<512 {
            var decoder = EventDecoder(hasChecksums: false)
            let type = UInt8(truncatingIfNeeded: round)
            let body = (0..<Int(random())).map { _ in random() % (random() % 3 == 0 ? 255 : 16) }
            do throws(BinlogRefusal) {
                let found = try decoder.decode(event(type, body))
                if case .transactionPayload(let payload) = found.body {
                    while try payload.events().next() != nil { break }
                }
            } catch { refused += 1 }
        }
        #expect(refused > 0)
    }

    @Test("Random row images are read or refused, never a trap", arguments: 0..<20)
    func rowNoise(seed: Int) throws {
        var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        // Type, metadata, and what information_schema would say.
        let columns: [(UInt8, [UInt8], String, UInt64?)] = [
            (8, [], "bigint(20)", nil), (246, [30, 11], "decimal(30,11)", nil), (19, [6], "time(6)", nil),
            (18, [3], "datetime(3)", nil), (17, [5], "timestamp(5)", nil), (10, [], "date", nil),
            (13, [], "year(4)", nil),
            (11, [], "time", nil), (12, [], "datetime", nil), (15, [80, 0], "varbinary(80)", 80),
            (245, [4], "json", nil),
            (16, [0, 8], "bit(64)", nil), (254, [254, 16], "binary(16)", 16), (254, [254, 16], "inet6", nil),
            (255, [1], "point", nil),
        ]
        var read = 0
        for (type, metadata, columnType, octets) in columns {
            let map: [UInt8] =
                [7, 0, 0, 0, 0, 0, 1, 0, 1, 100, 0, 1, 116, 0, 1, type, UInt8(metadata.count)] + metadata + [1]
            var decoder = EventDecoder(hasChecksums: false)
            guard case .tableMap(let table) = try decoder.decode(event(19, map)).body else { return }
            let name = columnType.prefix { $0 != "(" }
            let info = ColumnInfo(
                name: "c", dataType: String(name), columnType: columnType, charset: nil, octetLength: octets)
            let layout = try TableLayout(table, columns: [info])
            for _ in 0..<150 {
                let image = [0] + (0..<Int(random() % 64)).map { _ in random() % (random() % 2 == 0 ? 20 : 255) }
                let body: [UInt8] = [7, 0, 0, 0, 0, 0, 1, 0, 1, 1] + image
                guard case .rows(let rows) = try decoder.decode(event(23, body)).body else { return }
                do throws(BinlogRefusal) { read += try layout.decode(rows).count } catch { continue }
            }
        }
        #expect(read > 0)
    }
}
