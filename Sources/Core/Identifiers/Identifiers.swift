/// One schema change over a set of shards. Shown by its first four hex digits, typed by any unambiguous prefix.
package struct MigrationID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// Lower-case hex, 32 digits.
    package let hex: String

    /// Accepts 32 hex digits, with or without the dashes of a UUID or the underscores Vitess writes; `nil` for anything else.
    package init?(_ text: String) {
        let digits = text.lowercased().filter { $0 != "-" && $0 != "_" }
        guard digits.utf8.count == 32, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        hex = digits
    }

    /// Draws an identifier from the generator the caller was given.
    package init(using generator: inout some RandomNumberGenerator) {
        var digits = ""
        for _ in 0..<32 { digits.append(String(UInt8.random(in: 0..<16, using: &generator), radix: 16)) }
        hex = digits
    }

    /// What screens show: four digits.
    package var short: String { String(hex.prefix(4)) }
    /// What names of artifacts carry: eight digits.
    package var eight: String { String(hex.prefix(8)) }
    package var description: String { hex }
    package static func < (left: MigrationID, right: MigrationID) -> Bool { left.hex < right.hex }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let id = MigrationID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a migration id: \(text)"))
        }
        self = id
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(hex)
    }
}

/// A shard's full name: its keyspace and its name there, written `commerce/-80`.
package struct ShardName: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    package let keyspace: String
    package let shard: String

    /// Both parts as the cluster file spells them.
    package init(keyspace: String, shard: String) {
        self.keyspace = keyspace
        self.shard = shard
    }

    /// Reads `keyspace/shard`; `nil` when either part is empty.
    package init?(_ text: String) {
        guard let slash = text.firstIndex(of: "/") else { return nil }
        keyspace = String(text[..<slash])
        shard = String(text[text.index(after: slash)...])
        guard !keyspace.isEmpty, !shard.isEmpty else { return nil }
    }

    package var description: String { "\(keyspace)/\(shard)" }

    package static func < (left: ShardName, right: ShardName) -> Bool {
        (left.keyspace, left.shard) < (right.keyspace, right.shard)
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let name = ShardName(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not keyspace/shard: \(text)"))
        }
        self = name
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// As a dictionary's key it is written as a JSON object's key, so that the same value always has the same text.
extension ShardName: CodingKeyRepresentable {
    package var codingKey: any CodingKey { Key(stringValue: description) }
    package init?(codingKey: some CodingKey) { self.init(codingKey.stringValue) }

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

/// One execution of a migration on one shard; a retry is the next run. Counts from 1.
package struct RunID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let number: Int
    package init(_ number: Int) { self.number = number }
    package var next: RunID { RunID(number + 1) }
    package var description: String { "run \(number)" }
}

/// Who gave a command, as the audit trail names them: `ana@bastion-2`.
package struct OperatorIdentity: Hashable, Sendable, Codable, CustomStringConvertible {
    package let user: String
    package let host: String
    package init(user: String, host: String) {
        self.user = user
        self.host = host
    }
    package var description: String { "\(user)@\(host)" }
}
