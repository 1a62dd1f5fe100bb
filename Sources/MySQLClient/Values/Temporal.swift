/// A DATE as the server stores it: any of the parts may be zero (`0000-00-00`, `2024-00-00`), and the day is not checked
/// against the month.
package struct SQLDate: Hashable, Sendable, CustomStringConvertible {
    /// 0 to 9999.
    package var year: UInt16
    /// 0 to 12.
    package var month: UInt8
    /// 0 to 31.
    package var day: UInt8

    /// A date from its parts, unchecked: the server checks them.
    package init(year: UInt16, month: UInt8, day: UInt8) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// `2024-00-00`.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        bytes.appendDecimal(UInt64(year), width: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(UInt64(month), width: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(UInt64(day), width: 2)
    }
}

/// A DATETIME or TIMESTAMP, with the digits the column keeps.
package struct SQLDateTime: Hashable, Sendable, CustomStringConvertible {
    /// The calendar part.
    package var date: SQLDate
    /// 0 to 23.
    package var hour: UInt8
    /// 0 to 59.
    package var minute: UInt8
    /// 0 to 59.
    package var second: UInt8
    /// 0 to 999,999.
    package var microsecond: UInt32

    /// A date and time from its parts, unchecked: the server checks them.
    package init(date: SQLDate, hour: UInt8 = 0, minute: UInt8 = 0, second: UInt8 = 0, microsecond: UInt32 = 0) {
        self.date = date
        self.hour = hour
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// `2024-02-29 23:59:59.000001`; the fraction only where it is not zero.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        date.append(to: &bytes)
        bytes.append(UInt8(ascii: " "))
        bytes.appendClock(hour: UInt64(hour), minute: minute, second: second, microsecond: microsecond)
    }
}

/// A TIME: a signed span of up to 838:59:59.999999.
package struct SQLTime: Hashable, Sendable, CustomStringConvertible {
    /// Below zero. `-00:00:00` does not occur in a server's answer.
    package var isNegative: Bool
    /// 0 to 838.
    package var hours: UInt32
    /// 0 to 59.
    package var minute: UInt8
    /// 0 to 59.
    package var second: UInt8
    /// 0 to 999,999.
    package var microsecond: UInt32

    /// A time from its parts, unchecked: the server checks them.
    package init(isNegative: Bool = false, hours: UInt32, minute: UInt8 = 0, second: UInt8 = 0, microsecond: UInt32 = 0)
    {
        self.isNegative = isNegative
        self.hours = hours
        self.minute = minute
        self.second = second
        self.microsecond = microsecond
    }

    /// `-838:59:59.999999`; the fraction only where it is not zero.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    func append(to bytes: inout [UInt8]) {
        if isNegative { bytes.append(UInt8(ascii: "-")) }
        bytes.appendClock(hour: UInt64(hours), minute: minute, second: second, microsecond: microsecond)
    }
}

extension [UInt8] {
    mutating func appendClock(hour: UInt64, minute: UInt8, second: UInt8, microsecond: UInt32) {
        appendDecimal(hour, width: 2)
        append(UInt8(ascii: ":"))
        appendDecimal(UInt64(minute), width: 2)
        append(UInt8(ascii: ":"))
        appendDecimal(UInt64(second), width: 2)
        if microsecond != 0 {
            append(UInt8(ascii: "."))
            appendDecimal(UInt64(microsecond), width: 6)
        }
    }

    /// The number in decimal digits, zero-filled to `width`; wider numbers are written whole.
    mutating func appendDecimal(_ number: UInt64, width: Int = 1) {
        var digits = 1
        var bound: UInt64 = 10
        while digits < 20, number >= bound {
            digits += 1
            if digits == 20 { break }
            bound *= 10
        }
        let total = Swift.max(digits, width)
        let start = count
        append(contentsOf: repeatElement(UInt8(ascii: "0"), count: total))
        var rest = number
        var place = start + total - 1
        while rest != 0 {
            self[place] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
            place -= 1
        }
    }
}
