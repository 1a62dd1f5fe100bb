/// Turns what the server sent into values: the text protocol's strings and the binary protocol's packed rows.
struct RowDecoder {
    let columns: Columns

    /// A text row: one string a column, `nil` for NULL.
    func text(_ fields: (Int) -> UnsafeRawBufferPointer?) throws(MySQLError) -> Row {
        var values: [SQLValue] = []
        values.reserveCapacity(columns.count)
        for (position, column) in columns.all.enumerated() {
            guard let bytes = fields(position) else {
                values.append(.null)
                continue
            }
            values.append(try Self.text(bytes, column))
        }
        return Row(columns: columns, values: values)
    }

    /// A binary row packet: header byte 0, a bitmap of NULLs shifted by two bits, then the values.
    func binary(_ packet: UnsafeRawBufferPointer) throws(MySQLError) -> Row {
        var cursor = PacketCursor(packet)
        _ = try cursor.take(1)
        let nulls = try cursor.take((columns.count + 9) / 8)
        var values: [SQLValue] = []
        values.reserveCapacity(columns.count)
        for (position, column) in columns.all.enumerated() {
            let bit = position + 2
            if nulls[bit / 8] & (1 << (bit % 8)) != 0 {
                values.append(.null)
            } else {
                values.append(try Self.binary(&cursor, column))
            }
        }
        return Row(columns: columns, values: values)
    }

    // MARK: Text

    private static func text(_ bytes: UnsafeRawBufferPointer, _ column: Column) throws(MySQLError) -> SQLValue {
        switch column.kind {
        case .tiny, .short, .long, .longLong, .int24:
            return try column.isUnsigned ? .uint(unsigned(bytes, column)) : .int(signed(bytes, column))
        case .year: return .year(UInt16(truncatingIfNeeded: try unsigned(bytes, column)))
        case .float: return .float(try number(bytes, column, Float.init))
        case .double: return .double(try number(bytes, column, Double.init))
        case .date, .newDate: return .date(try TemporalText(bytes, column).date())
        case .dateTime, .timestamp: return .dateTime(try TemporalText(bytes, column).dateTime())
        case .time: return .time(try TemporalText(bytes, column).time())
        default: return string(bytes, column)
        }
    }

    /// What arrives as a counted string in both protocols.
    private static func string(_ bytes: UnsafeRawBufferPointer, _ column: Column) -> SQLValue {
        switch column.kind {
        case .decimal, .newDecimal: .decimal(String(decoding: bytes, as: UTF8.self))
        case .bit: .bit(bytes.reduce(0) { $0 << 8 | UInt64($1) })
        case .json: .json(String(decoding: bytes, as: UTF8.self))
        case .geometry: .geometry([UInt8](bytes))
        case .null: .null
        default: column.charset == .binary ? .bytes([UInt8](bytes)) : .text([UInt8](bytes), column.charset)
        }
    }

    private static func signed(_ bytes: UnsafeRawBufferPointer, _ column: Column) throws(MySQLError) -> Int64 {
        let isNegative = bytes.first == UInt8(ascii: "-")
        let magnitude = try unsigned(UnsafeRawBufferPointer(rebasing: bytes.dropFirst(isNegative ? 1 : 0)), column)
        if isNegative {
            guard magnitude <= Int64.min.magnitude else { throw unreadable(bytes, column) }
            return Int64(truncatingIfNeeded: 0 &- magnitude)
        }
        guard let value = Int64(exactly: magnitude) else { throw unreadable(bytes, column) }
        return value
    }

    private static func unsigned(_ bytes: UnsafeRawBufferPointer, _ column: Column) throws(MySQLError) -> UInt64 {
        guard (1...255).contains(bytes.count) else { throw unreadable(bytes, column) }
        var value: UInt64 = 0
        for byte in bytes {
            let digit = byte &- UInt8(ascii: "0")
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            if digit > 9 || overflow || carry { throw unreadable(bytes, column) }
            value = sum
        }
        return value
    }

    private static func number<T>(
        _ bytes: UnsafeRawBufferPointer, _ column: Column, _ read: (String) -> T?
    ) throws(MySQLError) -> T {
        guard let value = read(String(decoding: bytes, as: UTF8.self)) else { throw unreadable(bytes, column) }
        return value
    }

    static func unreadable(_ bytes: UnsafeRawBufferPointer, _ column: Column) -> MySQLError {
        .unusableAnswer("column \(column.name): '\(String(decoding: bytes, as: UTF8.self))' is no value of its type")
    }

    // MARK: Binary

    private static func binary(_ cursor: inout PacketCursor, _ column: Column) throws(MySQLError) -> SQLValue {
        switch column.kind {
        case .tiny:
            let raw = try cursor.integer(UInt8.self)
            return column.isUnsigned ? .uint(UInt64(raw)) : .int(Int64(Int8(bitPattern: raw)))
        case .short:
            let raw = try cursor.integer(UInt16.self)
            return column.isUnsigned ? .uint(UInt64(raw)) : .int(Int64(Int16(bitPattern: raw)))
        case .long, .int24:
            let raw = try cursor.integer(UInt32.self)
            return column.isUnsigned ? .uint(UInt64(raw)) : .int(Int64(Int32(bitPattern: raw)))
        case .longLong:
            let raw = try cursor.integer(UInt64.self)
            return column.isUnsigned ? .uint(raw) : .int(Int64(bitPattern: raw))
        case .year: return .year(try cursor.integer(UInt16.self))
        case .float: return .float(Float(bitPattern: try cursor.integer(UInt32.self)))
        case .double: return .double(Double(bitPattern: try cursor.integer(UInt64.self)))
        case .date, .newDate: return .date(try cursor.dateTime().date)
        case .dateTime, .timestamp: return .dateTime(try cursor.dateTime())
        case .time: return .time(try cursor.time())
        case .null: return .null
        default: return string(try cursor.counted(), column)
        }
    }
}

/// Reads a packet from front to back; a packet that is too short is an error, never a trap.
struct PacketCursor {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func take(_ count: Int) throws(MySQLError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= bytes.count - position else {
            throw .unusableAnswer("a row of the server ends in the middle of a value")
        }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    mutating func integer<T: FixedWidthInteger>(_: T.Type) throws(MySQLError) -> T {
        T(littleEndian: try take(MemoryLayout<T>.size).loadUnaligned(as: T.self))
    }

    /// A string with its length in front, as the protocol packs lengths.
    mutating func counted() throws(MySQLError) -> UnsafeRawBufferPointer {
        let first = try integer(UInt8.self)
        switch first {
        case 0...250: return try take(Int(first))
        case 252: return try take(Int(try integer(UInt16.self)))
        case 253:
            let low = try integer(UInt16.self)
            return try take(Int(try integer(UInt8.self)) << 16 | Int(low))
        case 254:
            guard let count = Int(exactly: try integer(UInt64.self)) else { return try take(.max) }
            return try take(count)
        default: throw .unusableAnswer("a row of the server holds a length that is none")
        }
    }

    /// 0, 4, 7 or 11 bytes; what is left out is zero.
    mutating func dateTime() throws(MySQLError) -> SQLDateTime {
        let count = try integer(UInt8.self)
        var value = SQLDateTime(date: SQLDate(year: 0, month: 0, day: 0))
        if count >= 4 {
            value.date = SQLDate(
                year: try integer(UInt16.self), month: try integer(UInt8.self), day: try integer(UInt8.self))
        }
        if count >= 7 {
            value.hour = try integer(UInt8.self)
            value.minute = try integer(UInt8.self)
            value.second = try integer(UInt8.self)
        }
        if count >= 11 { value.microsecond = try integer(UInt32.self) }
        return value
    }

    /// 0, 8 or 12 bytes: sign, days, hours, minutes, seconds, microseconds.
    mutating func time() throws(MySQLError) -> SQLTime {
        let count = try integer(UInt8.self)
        var value = SQLTime(hours: 0)
        if count >= 8 {
            value.isNegative = try integer(UInt8.self) != 0
            let days = try integer(UInt32.self)
            value.hours = days &* 24 &+ UInt32(try integer(UInt8.self))
            value.minute = try integer(UInt8.self)
            value.second = try integer(UInt8.self)
        }
        if count >= 12 { value.microsecond = try integer(UInt32.self) }
        return value
    }
}

/// Dates and times as the text protocol writes them: `YYYY-MM-DD`, `YYYY-MM-DD hh:mm:ss[.f…]`, `[-]h+:mm:ss[.f…]`.
private struct TemporalText {
    private let all: UnsafeRawBufferPointer
    private let column: Column
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer, _ column: Column) {
        all = bytes
        self.column = column
    }

    consuming func date() throws(MySQLError) -> SQLDate {
        let date = try takeDate()
        try end()
        return date
    }

    consuming func dateTime() throws(MySQLError) -> SQLDateTime {
        var value = SQLDateTime(date: try takeDate())
        if position < all.count {
            try expect(UInt8(ascii: " "))
            value.hour = UInt8(truncatingIfNeeded: try digits())
            (value.minute, value.second, value.microsecond) = try takeClock()
        }
        try end()
        return value
    }

    consuming func time() throws(MySQLError) -> SQLTime {
        let isNegative = all.first == UInt8(ascii: "-")
        if isNegative { position = 1 }
        var value = SQLTime(isNegative: isNegative, hours: try digits())
        (value.minute, value.second, value.microsecond) = try takeClock()
        try end()
        return value
    }

    private mutating func takeDate() throws(MySQLError) -> SQLDate {
        let year = try digits()
        try expect(UInt8(ascii: "-"))
        let month = try digits()
        try expect(UInt8(ascii: "-"))
        return SQLDate(
            year: UInt16(truncatingIfNeeded: year), month: UInt8(truncatingIfNeeded: month),
            day: UInt8(truncatingIfNeeded: try digits()))
    }

    private mutating func takeClock() throws(MySQLError) -> (UInt8, UInt8, UInt32) {
        try expect(UInt8(ascii: ":"))
        let minute = UInt8(truncatingIfNeeded: try digits())
        try expect(UInt8(ascii: ":"))
        let second = UInt8(truncatingIfNeeded: try digits())
        guard position < all.count else { return (minute, second, 0) }
        try expect(UInt8(ascii: "."))
        let start = position
        var fraction = try digits()
        for _ in (position - start)..<max(6, position - start) { fraction *= 10 }
        return (minute, second, fraction)
    }

    private mutating func digits() throws(MySQLError) -> UInt32 {
        let start = position
        var value: UInt32 = 0
        while position < all.count, case let digit = all[position] &- UInt8(ascii: "0"), digit <= 9 {
            value = value * 10 + UInt32(digit)
            position += 1
            if position - start > 6 { throw RowDecoder.unreadable(all, column) }
        }
        if position == start { throw RowDecoder.unreadable(all, column) }
        return value
    }

    private mutating func expect(_ byte: UInt8) throws(MySQLError) {
        guard position < all.count, all[position] == byte else { throw RowDecoder.unreadable(all, column) }
        position += 1
    }

    private func end() throws(MySQLError) {
        if position != all.count { throw RowDecoder.unreadable(all, column) }
    }
}
