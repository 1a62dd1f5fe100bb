/// A set of MySQL GTIDs, with tags (MySQL 8.3 and later): `3E11FA47-…:1-5:7,3E11FA47-…:backup:1-3`.
///
/// Intervals are kept sorted, disjoint and not adjacent, so equal sets compare equal. Formatting is the server's own
/// canonical form: UUIDs in lower case, UUIDs and tags in order, no spaces.
/// Source: MySQL 9.x manual, "GTID Format and Storage".
package struct MySQLGTIDSet: Hashable, Sendable, Codable, CustomStringConvertible {
    /// Who numbered the transactions: a server's UUID and an optional tag.
    package struct Source: Hashable, Sendable, Comparable {
        /// Lower-case UUID with dashes.
        package let uuid: String
        /// Lower-case tag; empty when there is none.
        package let tag: String

        /// A source; both parts are folded to lower case.
        package init(uuid: String, tag: String = "") {
            self.uuid = uuid.lowercased()
            self.tag = tag.lowercased()
        }

        package static func < (left: Source, right: Source) -> Bool {
            left.uuid == right.uuid ? left.tag < right.tag : left.uuid < right.uuid
        }
    }

    /// Inclusive ranges of transaction numbers, ascending, by source.
    package private(set) var intervals: [Source: [ClosedRange<Int64>]] = [:]

    /// The empty set.
    package init() {}

    /// Reads a set as `@@gtid_executed` shows it (line breaks allowed); `nil` for anything else. Empty text is the empty set.
    package init?(_ text: String) {
        let compact = text.filter { !$0.isWhitespace }
        for part in compact.split(separator: ",") {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count >= 2, Self.isUUID(fields[0]) else { return nil }
            var tag = ""
            for field in fields.dropFirst() {
                if let first = field.first, first.isLetter || first == "_" {
                    tag = String(field)
                    continue
                }
                let ends = field.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
                guard (1...2).contains(ends.count), let low = ends[0], let high = ends[ends.count - 1], low > 0
                else { return nil }
                if high >= low { insert(low...high, from: Source(uuid: String(fields[0]), tag: tag)) }
            }
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let set = MySQLGTIDSet(text) else {
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "not a GTID set"))
        }
        self = set
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Whether there is no transaction in it.
    package var isEmpty: Bool { intervals.isEmpty }

    /// Adds a range of transactions; overlapping and adjacent ranges grow together.
    package mutating func insert(_ range: ClosedRange<Int64>, from source: Source) {
        var ranges = intervals[source, default: []]
        var index = ranges.count
        while index > 0, ranges[index - 1].upperBound >= range.lowerBound - 1 { index -= 1 }
        var merged = range
        var last = index
        while last < ranges.count, ranges[last].lowerBound - 1 <= range.upperBound {
            merged = min(merged.lowerBound, ranges[last].lowerBound)...max(merged.upperBound, ranges[last].upperBound)
            last += 1
        }
        ranges.replaceSubrange(index..<last, with: [merged])
        intervals[source] = ranges
    }

    /// Adds every transaction of `other`.
    package mutating func merge(_ other: MySQLGTIDSet) {
        for (source, ranges) in other.intervals {
            for range in ranges { insert(range, from: source) }
        }
    }

    /// Whether every transaction of `other` is in this set.
    package func contains(_ other: MySQLGTIDSet) -> Bool {
        other.intervals.allSatisfy { source, ranges in
            let own = intervals[source, default: []]
            return ranges.allSatisfy { range in
                own.contains { $0.lowerBound <= range.lowerBound && range.upperBound <= $0.upperBound }
            }
        }
    }

    package var description: String {
        var parts: [String] = []
        var lastUUID: String?
        for (source, ranges) in intervals.sorted(by: { $0.key < $1.key }) {
            let numbers = ranges.map {
                $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
            }
            let body = ([source.tag] + numbers).filter { !$0.isEmpty }.joined(separator: ":")
            if source.uuid == lastUUID {
                parts[parts.count - 1] += ":" + body
            } else {
                parts.append(source.uuid + ":" + body)
                lastUUID = source.uuid
            }
        }
        return parts.joined(separator: ",")
    }

    /// The body COM_BINLOG_DUMP_GTID carries: sources, each with its 16 bytes and half-open intervals, all little-endian.
    ///
    /// With a tag anywhere the first eight bytes carry the format number 1 in their first and last byte around the count,
    /// and each source is followed by its tag (MySQL 8.3 `Gtid_set::encode`); without tags the plain form every version reads.
    package func encoded() -> [UInt8] {
        let sources = intervals.sorted { $0.key < $1.key }
        let tagged = sources.contains { !$0.key.tag.isEmpty }
        var bytes: [UInt8] = []
        if tagged {
            bytes += Self.little(UInt64(1) << 56 | UInt64(sources.count) << 8 | 1)
        } else {
            bytes += Self.little(UInt64(sources.count))
        }
        for (source, ranges) in sources {
            bytes += Self.uuidBytes(source.uuid)
            if tagged {
                bytes.append(UInt8(truncatingIfNeeded: source.tag.utf8.count << 1))
                bytes += Array(source.tag.utf8)
            }
            bytes += Self.little(UInt64(ranges.count))
            for range in ranges {
                bytes += Self.little(UInt64(bitPattern: range.lowerBound))
                bytes += Self.little(UInt64(bitPattern: range.upperBound + 1))
            }
        }
        return bytes
    }

    /// Reads what `encoded()` writes: the body of a PREVIOUS_GTIDS event.
    package init(encoded bytes: [UInt8]) throws(BinlogRefusal) {
        var cursor = ByteCursor(bytes)
        let head = try cursor.uint64()
        let tagged = head >> 56 == 1
        let count = tagged ? (head >> 8) & 0xFFFF_FFFF_FFFF : head
        var done: UInt64 = 0
        while done < count {
            let uuid = Self.uuidText(try cursor.data(16))
            var tag = ""
            if tagged {
                let length = try cursor.serializedUnsigned()
                guard length <= 32 else { throw BinlogRefusal(.malformed("GTID tag of \(length) bytes")) }
                tag = try cursor.string(Int(length))
            }
            let ranges = try cursor.uint64()
            var range: UInt64 = 0
            while range < ranges {
                let low = Int64(bitPattern: try cursor.uint64())
                let high = Int64(bitPattern: try cursor.uint64())
                guard low > 0, high > low else { throw BinlogRefusal(.malformed("GTID interval \(low)-\(high)")) }
                insert(low...(high - 1), from: Source(uuid: uuid, tag: tag))
                range += 1
            }
            done += 1
        }
    }

    private static func little(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    }

    private static func isUUID(_ text: Substring) -> Bool {
        let groups = text.split(separator: "-", omittingEmptySubsequences: false)
        return groups.map(\.utf8.count) == [8, 4, 4, 4, 12]
            && groups.joined().allSatisfy { $0.isHexDigit && $0.isASCII }
    }

    private static func uuidBytes(_ text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Sixteen bytes as lower-case hexadecimal with dashes.
    static func uuidText(_ bytes: [UInt8]) -> String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
        }
        return text
    }
}
