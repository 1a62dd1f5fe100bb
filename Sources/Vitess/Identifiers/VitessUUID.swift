package import Core

/// A migration's UUID as Vitess writes it: lower-case hex, parted by underscores, `c21aa2be_e53a_11f1_919e_623efefdb394`.
///
/// Never empty and never malformed, so no statement can be built that reaches every migration by accident. The same 128 bits
/// are the migration's `MigrationID` in every other part of the program.
package struct VitessUUID: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    /// The 36 characters.
    package let text: String

    /// Accepts the form with underscores in either case, which is what Vitess accepts; `nil` for anything else, dashes included.
    package init?(_ text: String) {
        let parts = text.lowercased().split(separator: "_", omittingEmptySubsequences: false)
        guard parts.map(\.utf8.count) == [8, 4, 4, 4, 12], parts.joined().utf8.allSatisfy(Self.isHex) else {
            return nil
        }
        self.text = parts.joined(separator: "_")
    }

    /// The same 128 bits.
    package init(_ id: MigrationID) {
        var parts: [Substring] = []
        var rest = id.hex[...]
        for length in [8, 4, 4, 4, 12] {
            parts.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        text = parts.joined(separator: "_")
    }

    /// The same 128 bits, as the rest of the program names a migration.
    package var id: MigrationID {
        guard let id = MigrationID(text.filter { $0 != "_" }) else {
            preconditionFailure("32 hex digits by construction")
        }
        return id
    }

    package var description: String { text }
    package static func < (left: VitessUUID, right: VitessUUID) -> Bool { left.text < right.text }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let uuid = VitessUUID(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a Vitess uuid: \(text)"))
        }
        self = uuid
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    private static func isHex(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}
