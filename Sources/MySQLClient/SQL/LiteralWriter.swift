/// Writes values as SQL literals: the one place where a value becomes statement text.
///
/// What it writes means the same under every `sql_mode`, whatever the value: numbers are digits; text and bytes are
/// hexadecimal, so neither NO_BACKSLASH_ESCAPES nor ANSI_QUOTES nor the character set of the connection has anything to
/// interpret; dates and times are quoted text of digits and punctuation made here from numbers.
package struct LiteralWriter {
    /// The text so far, for `SQL(verbatim:)`.
    package var bytes: [UInt8] = []

    /// Nothing written, room for so many bytes.
    package init(capacity: Int = 0) { bytes.reserveCapacity(capacity) }

    /// Adds SQL of ours between the values.
    package mutating func write(_ sql: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: sql.utf8Start, count: sql.utf8CodeUnitCount))
    }

    /// Adds one row, `(…)`, for the VALUES of a bulk statement.
    package mutating func write(row: some Sequence<SQLValue>) throws(MySQLError) {
        bytes.append(UInt8(ascii: "("))
        var isFirst = true
        for value in row {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            try write(value)
        }
        bytes.append(UInt8(ascii: ")"))
    }

    /// Adds one value.
    /// - Throws: a refusal for a NaN or infinite number and for a decimal that is not digits; nothing was written then.
    package mutating func write(_ value: SQLValue) throws(MySQLError) {
        switch value {
        case .null: bytes += "NULL".utf8
        case .int(let number):
            if number < 0 { bytes.append(UInt8(ascii: "-")) }
            bytes.appendDecimal(number.magnitude)
        case .uint(let number), .bit(let number): bytes.appendDecimal(number)
        case .year(let number): bytes.appendDecimal(UInt64(number), width: 4)
        // Through double: the server reads a literal as a double and rounds that to FLOAT, which is exact this way.
        case .float(let number): try write(number: Double(number))
        case .double(let number): try write(number: number)
        case .decimal(let text): try write(decimal: text)
        case .text(let content, let charset):
            bytes.append(UInt8(ascii: "_"))
            bytes += charset.name.utf8
            bytes.append(UInt8(ascii: " "))
            writeHex(content)
        case .json(let text):
            bytes += "_utf8mb4 ".utf8
            writeHex([UInt8](text.utf8))
        // `_binary` keeps an all-hex literal a string where the server would read a number.
        case .bytes(let content), .geometry(let content):
            bytes += "_binary ".utf8
            writeHex(content)
        case .date(let date): quote { date.append(to: &$0) }
        case .dateTime(let dateTime): quote { dateTime.append(to: &$0) }
        case .time(let time): quote { time.append(to: &$0) }
        }
    }

    private mutating func writeHex(_ content: [UInt8]) {
        bytes += "X'".utf8
        bytes.appendHex(content)
        bytes.append(UInt8(ascii: "'"))
    }

    private mutating func quote(_ body: (inout [UInt8]) -> Void) {
        bytes.append(UInt8(ascii: "'"))
        body(&bytes)
        bytes.append(UInt8(ascii: "'"))
    }

    /// An exponent makes it a DOUBLE literal; without one the server reads an exact decimal. Negative zero keeps its sign only
    /// through the exponent form.
    private mutating func write(number: Double) throws(MySQLError) {
        guard number.isFinite else { throw .refused("\(number) has no SQL literal") }
        let text = number.description
        bytes += text.utf8
        if !text.utf8.contains(UInt8(ascii: "e")) { bytes += "e0".utf8 }
    }

    private mutating func write(decimal text: String) throws(MySQLError) {
        guard Self.isDecimal(text.utf8) else { throw .refused("'\(text)' is not a decimal number") }
        bytes += text.utf8
    }

    /// `-12.50`, `.5`, `7.`: an optional sign, at most one point, at least one digit.
    static func isDecimal(_ text: String.UTF8View) -> Bool {
        var digits = 0
        var points = 0
        for (index, byte) in text.enumerated() {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits += 1
            case UInt8(ascii: "."): points += 1
            case UInt8(ascii: "-"), UInt8(ascii: "+"): if index != 0 { return false }
            default: return false
            }
        }
        return digits > 0 && points <= 1
    }
}

extension [UInt8] {
    /// Two upper-case hexadecimal digits a byte.
    mutating func appendHex(_ content: [UInt8]) {
        let digits: StaticString = "0123456789ABCDEF"
        let table = digits.utf8Start
        for byte in content {
            append(table[Int(byte >> 4)])
            append(table[Int(byte & 15)])
        }
    }
}
