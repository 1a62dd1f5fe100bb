/// One value of a column or a parameter, without loss.
///
/// Two values are equal when they are the same kind and the same content; a `.int(1)` and a `.uint(1)` differ, and text is
/// compared by its bytes, not by a collation. That is what a row comparison of ours needs; the server compares by collation.
package enum SQLValue: Hashable, Sendable {
    /// SQL NULL.
    case null
    /// TINYINT to BIGINT, signed.
    case int(Int64)
    /// TINYINT to BIGINT, unsigned.
    case uint(UInt64)
    /// FLOAT. The text protocol rounds a FLOAT to six digits before it leaves the server; bound statements carry it whole.
    case float(Float)
    /// DOUBLE.
    case double(Double)
    /// DECIMAL: the exact digits, as the server wrote them (`-0.050`).
    case decimal(String)
    /// CHAR, VARCHAR, TEXT, ENUM, SET (and MariaDB's JSON, UUID, INET4, INET6): bytes in the named character set.
    case text([UInt8], Charset)
    /// BINARY, VARBINARY, BLOB, VECTOR.
    case bytes([UInt8])
    /// DATE.
    case date(SQLDate)
    /// DATETIME, TIMESTAMP (in the session's time zone).
    case dateTime(SQLDateTime)
    /// TIME.
    case time(SQLTime)
    /// YEAR: 0 (stored as 0000) or 1901 to 2155.
    case year(UInt16)
    /// BIT(1) to BIT(64).
    case bit(UInt64)
    /// MySQL's JSON, as the text the server prints.
    case json(String)
    /// A spatial value: four bytes SRID (little-endian), then WKB, as both servers store it.
    case geometry([UInt8])
}

extension SQLValue {
    /// Text in utf8mb4.
    package static func string(_ text: some StringProtocol) -> SQLValue { .text([UInt8](text.utf8), .utf8mb4) }

    /// Whether this is NULL.
    package var isNull: Bool { self == .null }

    /// A whole number of any kind that fits, else `nil`.
    package var int64: Int64? {
        switch self {
        case .int(let value): value
        case .uint(let value), .bit(let value): Int64(exactly: value)
        case .year(let value): Int64(value)
        case .decimal(let text): Int64(text)
        default: nil
        }
    }

    /// A whole number of any kind that fits, else `nil`.
    package var uint64: UInt64? {
        switch self {
        case .int(let value): UInt64(exactly: value)
        case .uint(let value), .bit(let value): value
        case .year(let value): UInt64(value)
        case .decimal(let text): UInt64(text)
        default: nil
        }
    }

    /// A number of any kind as a double (digits beyond 53 bits are rounded), else `nil`.
    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .uint(let value), .bit(let value): Double(value)
        case .float(let value): Double(value)
        case .double(let value): value
        case .decimal(let text): Double(text)
        case .year(let value): Double(value)
        default: nil
        }
    }

    /// Text as Swift text: valid UTF-8 of a UTF-8 character set, JSON, or plain ASCII bytes (information_schema hands some
    /// names out as VARBINARY); else `nil`.
    package var string: String? {
        switch self {
        case .text(let bytes, let charset): charset.isUTF8 ? String(validating: bytes, as: UTF8.self) : nil
        case .bytes(let bytes): String(validating: bytes, as: UTF8.self)
        case .json(let text), .decimal(let text): text
        default: nil
        }
    }

    /// The raw bytes of text, bytes, JSON or geometry, else `nil`.
    package var rawBytes: [UInt8]? {
        switch self {
        case .text(let bytes, _), .bytes(let bytes), .geometry(let bytes): bytes
        case .json(let text): [UInt8](text.utf8)
        default: nil
        }
    }
}

extension SQLValue: ExpressibleByIntegerLiteral {
    /// A whole number written in the source.
    package init(integerLiteral value: Int64) { self = .int(value) }
}

extension SQLValue: CustomStringConvertible {
    /// For people and logs, never for SQL: `17`, `'text'`, `X'00FF'`, `NULL`.
    package var description: String {
        switch self {
        case .null: "NULL"
        case .int(let value): "\(value)"
        case .uint(let value): "\(value)"
        case .float(let value): "\(value)"
        case .double(let value): "\(value)"
        case .decimal(let text): text
        case .text(let bytes, let charset):
            charset.isUTF8 ? "'\(String(decoding: bytes, as: UTF8.self))'" : "_\(charset) X'\(Self.hex(bytes))'"
        case .bytes(let bytes): "X'\(Self.hex(bytes))'"
        case .date(let value): "'\(value)'"
        case .dateTime(let value): "'\(value)'"
        case .time(let value): "'\(value)'"
        case .year(let value): "\(value)"
        case .bit(let value): "b'\(String(value, radix: 2))'"
        case .json(let text): "'\(text)'"
        case .geometry(let bytes): "X'\(Self.hex(bytes))'"
        }
    }

    private static func hex(_ bytes: [UInt8]) -> String {
        var digits: [UInt8] = []
        digits.appendHex(bytes)
        return String(decoding: digits, as: UTF8.self)
    }
}
