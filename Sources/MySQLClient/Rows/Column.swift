/// What the server says about one column of a result.
package struct Column: Sendable, Hashable {
    /// The field types of the protocol, by their numbers.
    package struct Kind: RawRepresentable, Hashable, Sendable {
        /// The protocol's number.
        package let rawValue: UInt32
        /// From the protocol's number.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// DECIMAL before MySQL 5.0.
        package static let decimal = Kind(rawValue: 0)
        /// TINYINT.
        package static let tiny = Kind(rawValue: 1)
        /// SMALLINT.
        package static let short = Kind(rawValue: 2)
        /// INT.
        package static let long = Kind(rawValue: 3)
        /// FLOAT.
        package static let float = Kind(rawValue: 4)
        /// DOUBLE.
        package static let double = Kind(rawValue: 5)
        /// The literal NULL.
        package static let null = Kind(rawValue: 6)
        /// TIMESTAMP.
        package static let timestamp = Kind(rawValue: 7)
        /// BIGINT.
        package static let longLong = Kind(rawValue: 8)
        /// MEDIUMINT.
        package static let int24 = Kind(rawValue: 9)
        /// DATE.
        package static let date = Kind(rawValue: 10)
        /// TIME.
        package static let time = Kind(rawValue: 11)
        /// DATETIME.
        package static let dateTime = Kind(rawValue: 12)
        /// YEAR.
        package static let year = Kind(rawValue: 13)
        /// DATE, as servers store it.
        package static let newDate = Kind(rawValue: 14)
        /// VARCHAR, in the binlog.
        package static let varChar = Kind(rawValue: 15)
        /// BIT.
        package static let bit = Kind(rawValue: 16)
        /// VECTOR, MySQL 9.
        package static let vector = Kind(rawValue: 242)
        /// JSON, MySQL.
        package static let json = Kind(rawValue: 245)
        /// DECIMAL.
        package static let newDecimal = Kind(rawValue: 246)
        /// ENUM, in the binlog.
        package static let enumeration = Kind(rawValue: 247)
        /// SET, in the binlog.
        package static let set = Kind(rawValue: 248)
        /// TINYBLOB and TINYTEXT.
        package static let tinyBlob = Kind(rawValue: 249)
        /// MEDIUMBLOB and MEDIUMTEXT.
        package static let mediumBlob = Kind(rawValue: 250)
        /// LONGBLOB and LONGTEXT.
        package static let longBlob = Kind(rawValue: 251)
        /// BLOB and TEXT.
        package static let blob = Kind(rawValue: 252)
        /// VARCHAR and VARBINARY.
        package static let varString = Kind(rawValue: 253)
        /// CHAR, BINARY, ENUM and SET.
        package static let string = Kind(rawValue: 254)
        /// Every spatial type.
        package static let geometry = Kind(rawValue: 255)
    }

    /// The flags of the protocol.
    package struct Flags: OptionSet, Hashable, Sendable {
        /// The protocol's bits.
        package let rawValue: UInt32
        /// From the protocol's bits.
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// Refuses NULL.
        package static let notNull = Flags(rawValue: 1)
        /// Part of the primary key.
        package static let primaryKey = Flags(rawValue: 2)
        /// Part of a unique key.
        package static let uniqueKey = Flags(rawValue: 4)
        /// Part of a key that is not unique.
        package static let multipleKey = Flags(rawValue: 8)
        /// BLOB or TEXT.
        package static let blob = Flags(rawValue: 16)
        /// Numbers from 0.
        package static let unsigned = Flags(rawValue: 32)
        /// Padded with zeros for display.
        package static let zerofill = Flags(rawValue: 64)
        /// Compared by bytes.
        package static let binary = Flags(rawValue: 128)
        /// ENUM.
        package static let enumeration = Flags(rawValue: 256)
        /// AUTO_INCREMENT.
        package static let autoIncrement = Flags(rawValue: 512)
        /// Sets itself to the current time.
        package static let timestamp = Flags(rawValue: 1024)
        /// SET.
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
    private let positions: [String: Int]

    init(_ all: [Column]) {
        self.all = all
        positions = Dictionary(all.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
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
        positions[name] ?? all.firstIndex { $0.name.lowercased() == name.lowercased() }
    }
}
