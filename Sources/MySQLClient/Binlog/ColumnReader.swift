/// How the bytes of one column are read. Made once a table's shape is known; refuses what has no lossless value.
enum ColumnReader: Equatable, Sendable {
    case signed(bytes: Int)
    case unsigned(bytes: Int)
    case float
    case double
    case decimal(precision: Int, scale: Int)
    case year
    case date
    case time(digits: Int)
    case dateTime(digits: Int)
    case timestamp(digits: Int)
    case oldTime
    case oldDateTime
    case oldTimestamp
    /// Length prefix of `prefix` bytes, then text.
    case text(prefix: Int, Charset)
    /// Length prefix of `prefix` bytes, then bytes; filled with zeros to `width` (0: as it is).
    case bytes(prefix: Int, width: Int)
    case ordinal(bytes: Int)
    case bit(bytes: Int)
    case json(prefix: Int)
    case geometry(prefix: Int)
    /// An address in network order with a one-byte length, trailing zeros cut.
    case address(bytes: Int)

    /// - Parameters:
    ///   - column: as the log describes it.
    ///   - info: as the subscriber knows it.
    ///   - table: for the refusal's words.
    init(_ column: TableMap.Column, _ info: ColumnInfo, table: String) throws(BinlogRefusal) {
        func mismatch(_ found: String? = nil) -> BinlogRefusal {
            let text = found ?? "type \(column.type) with metadata \(column.metadata)"
            return BinlogRefusal(
                .columnMismatch(table: table, column: info.name, found: text, expected: info.columnType))
        }
        func expect(_ holds: Bool) throws(BinlogRefusal) { if !holds { throw mismatch() } }
        if let name = column.name, name.lowercased() != info.name.lowercased() { throw mismatch("named \(name)") }
        if column.type == 140 || column.type == 141 {
            throw BinlogRefusal(.columnType(table: table, column: info.name, type: "a COMPRESSED column"))
        }
        let low = Int(column.metadata & 0xFF)
        let high = Int(column.metadata >> 8)
        let digits = info.arguments.first ?? 0

        func integer(_ type: UInt8, _ width: Int) throws(BinlogRefusal) -> ColumnReader {
            try expect(column.type == type)
            if let unsigned = column.isUnsigned, unsigned != info.isUnsigned {
                throw mismatch(unsigned ? "unsigned" : "signed")
            }
            return info.isUnsigned ? .unsigned(bytes: width) : .signed(bytes: width)
        }
        /// CHAR and BINARY: the real type in the low byte, two more bits of the length hidden in it.
        func string() throws(BinlogRefusal) -> Int {
            try expect(column.type == 254 && low | 0x30 == 254)
            return high | ((low & 0x30) ^ 0x30) << 4
        }
        func temporal(_ new: UInt8, _ old: UInt8, _ make: (Int) -> ColumnReader, _ plain: ColumnReader)
            throws(BinlogRefusal)
            -> ColumnReader
        {
            if column.type == old {
                if digits > 0 {
                    throw BinlogRefusal(
                        .columnType(table: table, column: info.name, type: "a fraction in the format before MySQL 5.6"))
                }
                return plain
            }
            try expect(column.type == new && low == digits && low <= 6)
            return make(low)
        }
        func blob(_ widths: Int) throws(BinlogRefusal) { try expect(column.type == 252 && low == widths) }
        let octets = Int(clamping: info.octetLength ?? 0)
        func charset() throws(BinlogRefusal) -> Charset {
            guard let charset = info.charset else { throw mismatch("text, but no character set is known") }
            return charset
        }

        switch info.dataType {
        case "tinyint": self = try integer(1, 1)
        case "smallint": self = try integer(2, 2)
        case "mediumint": self = try integer(9, 3)
        case "int", "integer": self = try integer(3, 4)
        case "bigint": self = try integer(8, 8)
        case "float":
            try expect(column.type == 4)
            self = .float
        case "double":
            try expect(column.type == 5)
            self = .double
        case "decimal":
            let arguments = info.arguments
            try expect(column.type == 246 && arguments.first == low && (arguments.count > 1 ? arguments[1] : 0) == high)
            self = .decimal(precision: low, scale: high)
        case "year":
            try expect(column.type == 13)
            self = .year
        case "date":
            try expect(column.type == 10 || column.type == 14)
            self = .date
        case "time": self = try temporal(19, 11, { .time(digits: $0) }, .oldTime)
        case "datetime": self = try temporal(18, 12, { .dateTime(digits: $0) }, .oldDateTime)
        case "timestamp": self = try temporal(17, 7, { .timestamp(digits: $0) }, .oldTimestamp)
        case "char":
            let length = try string()
            try expect(length == octets)
            self = .text(prefix: length > 255 ? 2 : 1, try charset())
        case "binary":
            let length = try string()
            try expect(length == octets)
            self = .bytes(prefix: length > 255 ? 2 : 1, width: length)
        case "varchar":
            try expect((column.type == 15 || column.type == 253) && Int(column.metadata) == octets)
            self = .text(prefix: column.metadata > 255 ? 2 : 1, try charset())
        case "varbinary":
            try expect((column.type == 15 || column.type == 253) && Int(column.metadata) == octets)
            self = .bytes(prefix: column.metadata > 255 ? 2 : 1, width: 0)
        case "tinytext", "text", "mediumtext", "longtext":
            let width = Self.blobWidths[info.dataType] ?? 0
            try blob(width)
            self = .text(prefix: width, try charset())
        case "tinyblob", "blob", "mediumblob", "longblob":
            let width = Self.blobWidths[info.dataType] ?? 0
            try blob(width)
            self = .bytes(prefix: width, width: 0)
        case "enum":
            try expect(column.type == 254 && low == 247 && high == (info.labelCount > 255 ? 2 : 1))
            self = .ordinal(bytes: high)
        case "set":
            let needed = (info.labelCount + 7) / 8
            try expect(column.type == 254 && low == 248 && high == (needed > 4 ? 8 : needed))
            self = .ordinal(bytes: high)
        case "bit":
            let bits = low + 8 * high
            try expect(column.type == 16 && bits == max(digits, 1))
            self = .bit(bytes: (bits + 7) / 8)
        case "json":
            try expect(column.type == 245 && low == 4)
            self = .json(prefix: 4)
        case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
            "geometrycollection", "geomcollection":
            try expect(column.type == 255 && (1...4).contains(low))
            self = .geometry(prefix: low)
        case "vector" where column.type == 242:
            try expect((1...4).contains(low))
            self = .bytes(prefix: low, width: 0)
        case "inet6":
            try expect(try string() == 16)
            self = .address(bytes: 16)
        case "inet4":
            try expect(try string() == 4)
            self = .address(bytes: 4)
        case let other:
            throw BinlogRefusal(.columnType(table: table, column: info.name, type: "type \(other)"))
        }
    }

    private static let blobWidths = [
        "tinytext": 1, "text": 2, "mediumtext": 3, "longtext": 4, "tinyblob": 1, "blob": 2, "mediumblob": 3,
        "longblob": 4,
    ]

    /// Reads one value that is not NULL.
    func read(_ cursor: inout ByteCursor) throws(BinlogRefusal) -> SQLValue {
        switch self {
        case .signed(let bytes): return .int(try cursor.littleSigned(bytes))
        case .unsigned(let bytes): return .uint(try cursor.little(bytes))
        case .float: return .float(Float(bitPattern: try cursor.uint32()))
        case .double: return .double(Double(bitPattern: try cursor.uint64()))
        case .decimal(let precision, let scale): return .decimal(try cursor.decimal(precision: precision, scale: scale))
        case .year:
            let year = UInt16(try cursor.uint8())
            return .year(year == 0 ? 0 : 1900 + year)
        case .date: return .date(try cursor.date())
        case .time(let digits): return .time(try cursor.time(digits: digits))
        case .dateTime(let digits): return .dateTime(try cursor.dateTime(digits: digits))
        case .timestamp(let digits):
            let seconds = try cursor.big(4)
            return .dateTime(SQLDateTime(unixSeconds: seconds, microsecond: try cursor.fraction(digits: digits)))
        case .oldTime: return .time(try cursor.oldTime())
        case .oldDateTime: return .dateTime(try cursor.oldDateTime())
        case .oldTimestamp: return .dateTime(SQLDateTime(unixSeconds: try cursor.little(4), microsecond: 0))
        case .text(let prefix, let charset):
            return .text(try cursor.data(Int(try cursor.little(prefix))), charset)
        case .bytes(let prefix, let width):
            var bytes = try cursor.data(Int(try cursor.little(prefix)))
            if bytes.count < width { bytes.append(contentsOf: repeatElement(0, count: width - bytes.count)) }
            return .bytes(bytes)
        case .ordinal(let bytes): return .uint(try cursor.little(bytes))
        case .bit(let bytes): return .bit(try cursor.big(bytes))
        case .json(let prefix):
            let length = Int(try cursor.little(prefix))
            let range = try cursor.range(length)
            return .json(try JSONBinary.text(cursor.bytes, range))
        case .geometry(let prefix): return .geometry(try cursor.data(Int(try cursor.little(prefix))))
        case .address(let width):
            var bytes = try cursor.data(Int(try cursor.uint8()))
            guard bytes.count <= width else { throw BinlogRefusal(.malformed("an address of \(bytes.count) bytes")) }
            bytes.append(contentsOf: repeatElement(0, count: width - bytes.count))
            return .string(width == 4 ? InternetAddress.v4(bytes) : InternetAddress.v6(bytes))
        }
    }
}

/// Addresses as text.
enum InternetAddress {
    static func v4(_ bytes: [UInt8]) -> String { bytes.map { String($0) }.joined(separator: ".") }

    /// The longest run of zeros shortened (a single one too, as MariaDB does), with the last four bytes dotted where MariaDB does so (`::ffff:1.2.3.4`, `::1.2.3.4`).
    static func v6(_ bytes: [UInt8]) -> String {
        let words = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8, words[end] == 0 { end += 1 }
            if end - index > best.count { best = index..<end }
            index = max(end, index + 1)
        }
        let isDotted = best.lowerBound == 0 && (best.count == 6 || best.count == 5 && words[5] == 0xFFFF)
        let shown = isDotted ? Array(words[..<6]) : words
        func hex(_ part: ArraySlice<UInt16>) -> String { part.map { String($0, radix: 16) }.joined(separator: ":") }
        var text = hex(shown[...])
        if !best.isEmpty {
            text = hex(shown[..<best.lowerBound]) + "::" + hex(shown[min(best.upperBound, shown.count)...])
        }
        if isDotted { text += (text.hasSuffix(":") ? "" : ":") + v4(Array(bytes[12...])) }
        return text
    }
}
