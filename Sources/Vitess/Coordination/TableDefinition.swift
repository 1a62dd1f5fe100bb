/// A table as `SHOW CREATE TABLE` writes it, without what differs between shards that have the same schema.
package struct TableDefinition: Equatable, Sendable {
    /// One line a column, key or option.
    package let lines: [String]

    package init(_ text: String) {
        var lines = text.split(separator: "\n").map { line in
            let trimmed = line.drop { $0 == " " }
            return String(trimmed.last == "," ? trimmed.dropLast() : trimmed)
        }
        // Rows inserted so far are no part of the schema.
        if let last = lines.indices.last {
            lines[last] = lines[last].split(separator: " ").filter { !$0.hasPrefix("AUTO_INCREMENT=") }.joined(
                separator: " ")
        }
        self.lines = lines
    }

    /// Equal for equal schemas: FNV-1a over the lines, 64 bits in hex.
    package var fingerprint: String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in lines.joined(separator: "\n").utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }

    /// What one has and the other has not, a line each.
    package static func differences(
        _ left: TableDefinition, _ right: TableDefinition, _ leftName: String, _ rightName: String
    ) -> [String] {
        left.lines.filter { !right.lines.contains($0) }.map { "only \(leftName): \($0)" }
            + right.lines.filter { !left.lines.contains($0) }.map { "only \(rightName): \($0)" }
    }
}
