/// A character set by the server's name for it, checked to be a plain word so that it can stand in SQL.
package struct Charset: Hashable, Sendable, CustomStringConvertible {
    /// `utf8mb4`, `latin1`, …: lower-case letters, digits and underscores, 1 to 32 of them.
    package let name: String

    /// `nil` when the name is not such a word.
    package init?(_ name: String) {
        guard (1...32).contains(name.utf8.count),
            name.utf8.allSatisfy({ (97...122).contains($0) || (48...57).contains($0) || $0 == 95 })
        else { return nil }
        self.name = name
    }

    private init(known: String) { name = known }

    /// What every connection of ours speaks.
    package static let utf8mb4 = Charset(known: "utf8mb4")
    /// cp1252, as the servers call it.
    package static let latin1 = Charset(known: "latin1")
    /// Seven bits.
    package static let ascii = Charset(known: "ascii")
    /// Bytes that are no text.
    package static let binary = Charset(known: "binary")

    /// Whether the bytes are valid UTF-8 as they stand.
    package var isUTF8: Bool {
        self == .utf8mb4 || self == .ascii || name == "utf8mb3" || name == "utf8"
    }

    /// Its name.
    package var description: String { name }
}
