/// What the server says about one column of a result.
package struct Column: Sendable, Hashable {
    /// The field types of the protocol, by their numbers.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        /// The protocol's number.
        package let rawValue: UInt32
        /// From the protocol's number.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let decimal = Kind(rawValue: 0)
        package static let tiny = Kind(rawValue: 1)
        package static let short = Kind(rawValue: 2)
        package static let long = Kind(rawValue: 3)
        package static let float = Kind(rawValue: 4)
        package static let double = Kind(rawValue: 5)
        package static let null = Kind(rawValue: 6)
        package static let timestamp = Kind(rawValue: 7)
        package static let longLong = Kind(rawValue: 8)
        package static let int24 = Kind(rawValue: 9)
        package static let date = Kind(rawValue: 10)
        package static let time = Kind(rawValue: 11)
        package static let dateTime = Kind(rawValue: 12)
        package static let year = Kind(rawValue: 13)
        package static let newDate = Kind(rawValue: 14)
        package static let varChar = Kind(rawValue: 15)
        package static let bit = Kind(rawValue: 16)
        package static let vector = Kind(rawValue: 242)
        package static let json = Kind(rawValue: 245)
        package static let newDecimal = Kind(rawValue: 246)
        package static let enumeration = Kind(rawValue: 247)
        package static let set = Kind(rawValue: 248)
        package static let tinyBlob = Kind(rawValue: 249)
        package static let mediumBlob = Kind(rawValue: 250)
        package static let longBlob = Kind(rawValue: 251)
        package static let blob = Kind(rawValue: 252)
        package static let varString = Kind(rawValue: 253)
        package static let string = Kind(rawValue: 254)
        package static let geometry = Kind(rawValue: 255)
    }

    /// The flags of the protocol.
    package struct Flags: OptionSet, Hashable, Sendable {
        /// The protocol's bits.
        package let rawValue: UInt32
        /// From the protocol's bits.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        package static let notNull = Flags(rawValue: 1)
        package static let primaryKey = Flags(rawValue: 2)
        package static let uniqueKey = Flags(rawValue: 4)
        package static let multipleKey = Flags(rawValue: 8)
        package static let blob = Flags(rawValue: 16)
        package static let unsigned = Flags(rawValue: 32)
        package static let zerofill = Flags(rawValue: 64)
        package static let binary = Flags(rawValue: 128)
        package static let enumeration = Flags(rawValue: 256)
        package static let autoIncrement = Flags(rawValue: 512)
        package static let timestamp = Flags(rawValue: 1024)
        package static let set = Flags(rawValue: 2048)
    }

    /// As the result names it (the alias).
    package let name: String
    /// The column's own name; empty for an expression.
    package let originalName: String
    /// The table's alias; empty for an expression.
    package let table: String
    /// The table's own name; empty for an expression.
    package let originalTable: String
    /// The database; empty for an expression.
    package let database: String
    /// The type on the wire. ENUM and SET arrive as `.string` with a flag.
    package let kind: Kind
    /// The flags.
    package let flags: Flags
    /// The collation number of what arrives (63: binary), not of what is stored: text is converted to the session's.
    package let collationID: UInt32
    /// The character set text of this column arrives in; `.binary` for bytes and for everything that is no text.
    package let charset: Charset
    /// Display width in bytes.
    package let length: UInt64
    /// Digits after the point; 31 or 39 where not fixed.
    package let decimals: UInt32

    /// Whether numbers are unsigned.
    package var isUnsigned: Bool { flags.contains(.unsigned) }
}

/// The columns of one result, shared by its rows.
package final class Columns: Sendable, RandomAccessCollection {
    /// In the order of the result.
    package let all: [Column]
    private let indices_: [String: Int]

    init(_ all: [Column]) {
        self.all = all
        indices_ = Dictionary(all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// 0.
    package var startIndex: Int { 0 }
    /// How many.
    package var endIndex: Int { all.count }
    /// By position.
    package subscript(position: Int) -> Column { all[position] }
    /// Where the first column of that name is. MariaDB and MySQL differ in the case of information_schema's column names, so a
    /// second look ignores case.
    package func position(of name: String) -> Int? {
        indices_[name] ?? all.firstIndex { $0.name.lowercased() == name.lowercased() }
    }
}
