/// How names and values are written into a statement. Statements to VTGate are never prepared: it cannot prepare
/// `ALTER VITESS_MIGRATION ? COMPLETE`.
enum SQLText {
    /// In single quotes. Only for text without control characters: every value of ours is checked before.
    static func quoted(_ text: String) -> String {
        var result = "'"
        for character in text {
            switch character {
            case "'": result += "''"
            case "\\": result += "\\\\"
            default: result.append(character)
            }
        }
        return result + "'"
    }

    /// In backticks.
    static func name(_ text: String) -> String {
        "`" + text.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }

    /// Seconds as VTGate reads them: `15s`, `90s`.
    static func seconds(_ duration: Duration) -> String { "\(duration.components.seconds)s" }

    /// A ratio without an exponent, at most four decimals: `0.75`, `1`.
    static func ratio(_ ratio: Double) -> String {
        let scaled = Int64((ratio * 10_000).rounded())
        var digits = String(scaled % 10_000)
        if digits == "0" { return "\(scaled / 10_000)" }
        digits = String(repeating: "0", count: 4 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(scaled / 10_000).\(digits)"
    }
}
