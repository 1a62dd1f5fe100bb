/// A moment of the wall clock: milliseconds since 1970-01-01T00:00:00Z.
package struct Timestamp: Hashable, Sendable, Codable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds + right.inMilliseconds)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }

    /// How long ago this was, never negative: clocks of two machines may disagree.
    package func age(at now: Timestamp) -> Duration { max(.zero, now - self) }

    /// `14:02:11Z`.
    package var clockText: String {
        let day = ((milliseconds / 1000) % 86_400 + 86_400) % 86_400
        return "\(two(day / 3600)):\(two(day / 60 % 60)):\(two(day % 60))Z"
    }

    /// `2026-11-20 14:02:11Z`, in the proleptic Gregorian calendar.
    package var text: String {
        var days = milliseconds / 86_400_000
        if milliseconds % 86_400_000 < 0 { days -= 1 }
        // Days to civil date, after Howard Hinnant's `civil_from_days`.
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(two(month))-\(two(day)) \(clockText)"
    }

    private func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}

extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }

    /// Seconds with their fraction.
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}

/// A number of rows.
package typealias RowCount = Int64
/// A number of bytes.
package typealias ByteCount = Int64

/// How figures are written on every screen and in every message.
package enum Figures {
    /// `0.4s`, `41s`, `7m03`, `1h41`, `3d04`: at most six characters below 100 days.
    package static func duration(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.inMilliseconds)
        if milliseconds < 10_000 { return "\(milliseconds / 1000).\(milliseconds % 1000 / 100)s" }
        let seconds = milliseconds / 1000
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3600 { return "\(seconds / 60)m\(pad(seconds % 60))" }
        if seconds < 86_400 { return "\(seconds / 3600)h\(pad(seconds / 60 % 60))" }
        return "\(seconds / 86_400)d\(pad(seconds / 3600 % 24))"
    }

    /// `94 ms` below a second, then as `duration`: for the time an application waits.
    package static func stall(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.inMilliseconds)
        return milliseconds < 1000 ? "\(milliseconds) ms" : Self.duration(duration)
    }

    /// `812`, `8.1k`, `29.9M`, `1.2G`.
    package static func count(_ count: Int64) -> String {
        scaled(count, units: ["", "k", "M", "G", "T"], base: 1000)
    }

    /// `812 B`, `8.1 KiB`, `61.0 GiB`.
    package static func bytes(_ bytes: ByteCount) -> String {
        scaled(bytes, units: [" B", " KiB", " MiB", " GiB", " TiB"], base: 1024)
    }

    /// One decimal, rounded down, so that `100.0` is shown only when it is true.
    package static func percent(_ part: Int64, of whole: Int64, finished: Bool) -> String {
        if finished { return "100.0" }
        guard whole > 0 else { return "?" }
        let tenths = min(999, max(0, part) * 1000 / whole)
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func scaled(_ value: Int64, units: [String], base: Int64) -> String {
        var unit = 0
        var divisor: Int64 = 1
        while unit + 1 < units.count, value / divisor >= base {
            divisor *= base
            unit += 1
        }
        if unit == 0 { return "\(value)\(units[0])" }
        let tenths = Int64((Double(value) / Double(divisor) * 10).rounded(.down))
        return "\(tenths / 10).\(tenths % 10)\(units[unit])"
    }

    private static func pad(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
