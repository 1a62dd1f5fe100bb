internal import Core

/// Reads typed values out of a row. A column that is absent or NULL reads as `nil`, or as what "nothing there" means for it.
struct ColumnReader {
    let row: AnswerRow

    func required(_ name: String) throws(UnreadableRow) -> String {
        switch row[name] {
        case .text(let text) where !text.isEmpty: return text
        case .text: throw UnreadableRow(column: name, found: "empty")
        case .null: throw UnreadableRow(column: name, found: "NULL")
        case .absent: throw UnreadableRow(column: name, found: "missing")
        }
    }

    /// Empty for an absent column and for NULL.
    func text(_ name: String) -> String { row[name].text ?? "" }

    /// `nil` when absent, NULL or empty.
    func optionalText(_ name: String) -> String? {
        guard let text = row[name].text, !text.isEmpty else { return nil }
        return text
    }

    func flag(_ name: String) throws(UnreadableRow) -> Bool { try integer(name).map { $0 != 0 } ?? false }

    func integer(_ name: String) throws(UnreadableRow) -> Int64? {
        guard let text = optionalText(name) else { return nil }
        guard let value = Int64(text) else { throw UnreadableRow(column: name, found: text) }
        return value
    }

    func float(_ name: String) throws(UnreadableRow) -> Double? {
        guard let text = optionalText(name) else { return nil }
        guard let value = Double(text), value.isFinite else { throw UnreadableRow(column: name, found: text) }
        return value
    }

    func time(_ name: String) throws(UnreadableRow) -> Timestamp? {
        guard let text = optionalText(name), !text.hasPrefix("0000-00-00") else { return nil }
        guard let time = UTCTime.read(text) else { throw UnreadableRow(column: name, found: text) }
        return time
    }

    /// `a,b,` without the empty parts and the backticks.
    func list(_ name: String, separator: Character) -> [String] {
        text(name).split(separator: separator).map { $0.filter { $0 != "`" && $0 != "\r" } }.filter { !$0.isEmpty }
    }
}

/// Times as VTGate writes them, always in UTC: `2026-11-20 23:33:15`, with a fraction, or as `2026-11-20T23:29:51Z`.
enum UTCTime {
    /// `nil` when the text is no time. What is finer than a millisecond is cut off.
    static func read(_ text: String) -> Timestamp? {
        var bytes = Array(text.utf8)
        if bytes.last == UInt8(ascii: "Z") { bytes.removeLast() }
        guard bytes.count >= 19, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: " ") || bytes[10] == UInt8(ascii: "T"), bytes[13] == UInt8(ascii: ":"),
            bytes[16] == UInt8(ascii: ":"), let year = number(bytes[0..<4]), let month = number(bytes[5..<7]),
            let day = number(bytes[8..<10]), let hour = number(bytes[11..<13]), let minute = number(bytes[14..<16]),
            let second = number(bytes[17..<19]), (1...12).contains(month), (1...31).contains(day), hour < 24,
            minute < 60,
            second < 61, let fraction = milliseconds(bytes[19...])
        else { return nil }
        let seconds = daysSince1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        return Timestamp(milliseconds: seconds * 1000 + fraction)
    }

    /// As MySQL writes it, to the second: for a condition on a timestamp column.
    static func write(_ time: Timestamp) -> String { String(time.text.dropLast()) }

    private static func number(_ bytes: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for byte in bytes {
            guard (0x30...0x39).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    private static func milliseconds(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let point = bytes.first else { return 0 }
        let digits = bytes.dropFirst()
        guard point == UInt8(ascii: "."), !digits.isEmpty, digits.count <= 9, number(digits) != nil else { return nil }
        var padded = Array(digits.prefix(3))
        while padded.count < 3 { padded.append(0x30) }
        return number(padded[...])
    }

    /// After Howard Hinnant's `days_from_civil`.
    private static func daysSince1970(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}
