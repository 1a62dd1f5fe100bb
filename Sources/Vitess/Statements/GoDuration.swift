/// Durations as Go writes them, which is what Vitess reads: `10s`, `1h30m`, `1.5h`, `500ms`.
package enum GoDuration {
    /// `nil` when the text is none, is negative, or has more than nine decimals. `0` needs no unit.
    package static func read(_ text: String) -> Duration? {
        if text == "0" { return .zero }
        var rest = text[...]
        var total: Duration = .zero
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let number = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest[number.endIndex...]
            let unitText = rest.prefix { !($0.isASCII && ($0.isNumber || $0 == ".")) }
            rest = rest[unitText.endIndex...]
            guard let nanoseconds = unit(unitText), let part = scale(number, by: nanoseconds) else { return nil }
            total += part
        }
        return total
    }

    /// Whole hours, minutes and seconds: `24h`, `1h30m`, `90s` as `1m30s`; below a second in milliseconds.
    package static func write(_ duration: Duration) -> String {
        let seconds = duration.components.seconds
        let milliseconds = duration.components.attoseconds / 1_000_000_000_000_000
        if seconds == 0 { return milliseconds == 0 ? "0s" : "\(milliseconds)ms" }
        var text = ""
        if seconds >= 3600 { text += "\(seconds / 3600)h" }
        if seconds / 60 % 60 > 0 { text += "\(seconds / 60 % 60)m" }
        if seconds % 60 > 0 { text += "\(seconds % 60)s" }
        if milliseconds > 0 { text += "\(milliseconds)ms" }
        return text
    }

    private static func unit(_ text: Substring) -> Int64? {
        switch text {
        case "h": 3_600_000_000_000
        case "m": 60_000_000_000
        case "s": 1_000_000_000
        case "ms": 1_000_000
        case "us": 1000
        case "ns": 1
        default: nil
        }
    }

    private static func scale(_ number: Substring, by nanoseconds: Int64) -> Duration? {
        let halves = number.split(separator: ".", omittingEmptySubsequences: false)
        guard halves.count <= 2, let whole = Int64(halves[0]), halves.count == 1 || halves[1].count <= 9 else {
            return nil
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: nanoseconds)
        guard !overflow else { return nil }
        guard halves.count == 2 else { return .nanoseconds(product) }
        guard let decimals = Int64(halves[1]) else { return nil }
        var scale: Int64 = 1
        for _ in 0..<halves[1].count { scale *= 10 }
        return .nanoseconds(product) + .nanoseconds(Int64(Double(decimals) * Double(nanoseconds) / Double(scale)))
    }
}
