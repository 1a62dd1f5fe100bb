// Temporal and decimal values as row images hold them.
// Source: MySQL 9.x source documentation, "Date and time representation" and "decimal2bin".

extension ByteCursor {
    /// Three bytes: 15 bits year, 4 month, 5 day.
    mutating func date() throws(BinlogRefusal) -> SQLDate {
        let packed = try little(3)
        return SQLDate(year: UInt16(packed >> 9), month: UInt8(packed >> 5 & 15), day: UInt8(packed & 31))
    }

    /// The fraction behind a TIMESTAMP or DATETIME, in microseconds.
    mutating func fraction(digits: Int) throws(BinlogRefusal) -> UInt32 {
        let raw = UInt32(try big((digits + 1) / 2))
        return raw * Self.fractionUnit(digits)
    }

    private static func fractionUnit(_ digits: Int) -> UInt32 { digits > 4 ? 1 : digits > 2 ? 100 : 10_000 }

    /// Three bytes and the fraction as one number around an offset, so that times order as bytes.
    mutating func time(digits: Int) throws(BinlogRefusal) -> SQLTime {
        let fractionBits = 8 * ((digits + 1) / 2)
        let raw = Int64(try big(3 + (digits + 1) / 2)) - Int64(0x80_0000) << Int64(fractionBits)
        let size = raw.magnitude
        let clock = size >> UInt64(fractionBits)
        let fraction = UInt32(size & (1 << UInt64(fractionBits) - 1)) * Self.fractionUnit(digits)
        return SQLTime(
            isNegative: raw < 0, hours: UInt32(clock >> 12), minute: UInt8(clock >> 6 & 63), second: UInt8(clock & 63),
            microsecond: fraction)
    }

    /// Five bytes: 17 bits year × 13 + month, 5 day, 5 hour, 6 minute, 6 second; then the fraction.
    mutating func dateTime(digits: Int) throws(BinlogRefusal) -> SQLDateTime {
        let packed = try big(5) &- 0x80_0000_0000
        let month = packed >> 22 & 0x1FFFF
        return SQLDateTime(
            date: SQLDate(year: UInt16(month / 13), month: UInt8(month % 13), day: UInt8(packed >> 17 & 31)),
            hour: UInt8(packed >> 12 & 31), minute: UInt8(packed >> 6 & 63), second: UInt8(packed & 63),
            microsecond: try fraction(digits: digits))
    }

    /// Before MySQL 5.6: the number `[-]HHHMMSS` in three bytes.
    mutating func oldTime() throws(BinlogRefusal) -> SQLTime {
        let raw = try littleSigned(3)
        let size = raw.magnitude
        return SQLTime(
            isNegative: raw < 0, hours: UInt32(size / 10_000), minute: UInt8(size / 100 % 100),
            second: UInt8(size % 100))
    }

    /// Before MySQL 5.6: the number `YYYYMMDDHHMMSS` in eight bytes.
    mutating func oldDateTime() throws(BinlogRefusal) -> SQLDateTime {
        let raw = try little(8)
        let (day, clock) = (raw / 1_000_000, raw % 1_000_000)
        guard day <= 9999_99_99 else { throw BinlogRefusal(.malformed("DATETIME \(raw)")) }
        return SQLDateTime(
            date: SQLDate(year: UInt16(day / 10_000), month: UInt8(day / 100 % 100), day: UInt8(day % 100)),
            hour: UInt8(clock / 10_000), minute: UInt8(clock / 100 % 100), second: UInt8(clock % 100))
    }

    /// Groups of nine decimal digits in four big-endian bytes, shorter groups at both ends; the top bit is the sign's
    /// inverse, and every byte of a negative number is inverted.
    mutating func decimal(precision: Int, scale: Int) throws(BinlogRefusal) -> String {
        let width = [0, 1, 1, 2, 2, 3, 3, 4, 4, 4]
        let whole = precision - scale
        guard whole >= 0, precision > 0 else { throw BinlogRefusal(.malformed("DECIMAL(\(precision),\(scale))")) }
        let size = whole / 9 * 4 + width[whole % 9] + scale / 9 * 4 + width[scale % 9]
        var raw = try data(size)
        let isNegative = raw[0] & 0x80 == 0
        raw[0] ^= 0x80
        if isNegative { for index in raw.indices { raw[index] = ~raw[index] } }
        var inner = ByteCursor(raw)
        var digits: [UInt8] = []
        digits.reserveCapacity(precision + 3)
        if whole % 9 > 0 { digits.appendDecimal(try inner.big(width[whole % 9]), width: whole % 9) }
        for _ in 0..<(whole / 9) { digits.appendDecimal(try inner.big(4), width: 9) }
        let firstDigit = digits.firstIndex { $0 != UInt8(ascii: "0") } ?? digits.count
        digits.removeFirst(firstDigit)
        if digits.isEmpty { digits.append(UInt8(ascii: "0")) }
        if scale > 0 {
            digits.append(UInt8(ascii: "."))
            for _ in 0..<(scale / 9) { digits.appendDecimal(try inner.big(4), width: 9) }
            if scale % 9 > 0 { digits.appendDecimal(try inner.big(width[scale % 9]), width: scale % 9) }
        }
        return (isNegative ? "-" : "") + String(decoding: digits, as: UTF8.self)
    }
}

extension SQLDateTime {
    /// UTC; 0 seconds is the zero date that TIMESTAMP columns keep there.
    init(unixSeconds: UInt64, microsecond: UInt32) {
        if unixSeconds == 0 {
            self.init(date: SQLDate(year: 0, month: 0, day: 0), microsecond: microsecond)
            return
        }
        // Days to a civil date, with years that begin in March (so that the leap day comes last).
        let days = Int(unixSeconds / 86_400) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
        let clock = unixSeconds % 86_400
        self.init(
            date: SQLDate(year: UInt16(year), month: UInt8(month), day: UInt8(dayOfYear - (153 * shifted + 2) / 5 + 1)),
            hour: UInt8(clock / 3600), minute: UInt8(clock / 60 % 60), second: UInt8(clock % 60),
            microsecond: microsecond)
    }
}
