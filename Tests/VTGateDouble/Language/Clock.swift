internal import Foundation

/// Times as the tablets' MySQL writes them, in UTC.
enum Clock {
    /// `2026-11-20 23:33:15`.
    static func text(_ time: Double) -> String { parts(time, fraction: nil) }

    /// `2026-11-20 23:33:35.209258`.
    static func preciseText(_ time: Double) -> String {
        parts(time, fraction: Int(((time - time.rounded(.down)) * 1_000_000).rounded(.down)))
    }

    /// `2026-11-20T23:29:51Z`.
    static func isoText(_ time: Double) -> String { text(time).replacing(" ", with: "T") + "Z" }

    /// `20261120233316`, as in the names of artifacts.
    static func compactText(_ time: Double) -> String { text(time).filter { $0.isNumber } }

    private static func parts(_ time: Double, fraction: Int?) -> String {
        let seconds = Int(time.rounded(.down))
        let (days, rest) = (seconds / 86_400, seconds % 86_400)
        // Howard Hinnant's civil-from-days.
        let shifted = days + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let date = "\(year)-\(two(month))-\(two(day))"
        let clock = "\(two(rest / 3600)):\(two(rest % 3600 / 60)):\(two(rest % 60))"
        guard let fraction else { return "\(date) \(clock)" }
        let digits = String(fraction)
        return "\(date) \(clock)." + String(repeating: "0", count: 6 - digits.count) + digits
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

/// MySQL's text of a FLOAT: six significant digits (transcript 24: 40.5542).
enum FloatText {
    static func text(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e6 { return String(Int(value)) }
        return String(format: "%.6g", value)
    }
}

/// Go's durations, as EXPIRE and CUTOVER_THRESHOLD take them: `90s`, `1h30m`.
enum GoDuration {
    static func seconds(_ text: String) -> Double? {
        var rest = text[...]
        var sign = 1.0
        if rest.hasPrefix("-") {
            sign = -1
            rest = rest.dropFirst()
        }
        if rest.isEmpty { return nil }
        if rest == "0" { return 0 }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix { $0.isLetter }
            let units: [String: Double] = ["ms": 0.001, "s": 1, "m": 60, "h": 3600, "us": 1e-6, "ns": 1e-9]
            guard let factor = units[String(unit)] else { return nil }
            total += number * factor
            rest = rest.dropFirst(unit.count)
        }
        return sign * total
    }
}
