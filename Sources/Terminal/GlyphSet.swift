/// The characters lines, bars and sparklines are made of: drawn ones where the locale is UTF-8, ASCII elsewhere.
package struct GlyphSet: Hashable, Sendable {
    /// A line from left to right.
    package let horizontal: Character
    /// A line from top to bottom.
    package let vertical: Character
    /// The corners of a box.
    package let topLeft, topRight, bottomLeft, bottomRight: Character
    /// Where a line meets the side of a box.
    package let teeLeft, teeRight, teeTop, teeBottom, cross: Character
    /// The filled part of a bar.
    package let full: Character
    /// The last, partly filled cell of a bar: from one step to just below full. Empty where bars have whole cells only.
    package let partial: [Character]
    /// The part of a bar that is still to come.
    package let empty: Character
    /// A sparkline's steps, lowest first, never empty.
    package let steps: [Character]
    /// Stands for a sample that is missing.
    package let gap: Character

    /// Line drawing and block characters, for UTF-8 locales.
    package static let unicode = GlyphSet(
        horizontal: "─", vertical: "│", topLeft: "┌", topRight: "┐", bottomLeft: "└", bottomRight: "┘", teeLeft: "├",
        teeRight: "┤", teeTop: "┬", teeBottom: "┴", cross: "┼", full: "█",
        partial: ["▏", "▎", "▍", "▌", "▋", "▊", "▉"], empty: "·",
        steps: ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"], gap: " ")

    /// Characters every terminal and locale has.
    package static let ascii = GlyphSet(
        horizontal: "-", vertical: "|", topLeft: "+", topRight: "+", bottomLeft: "+", bottomRight: "+", teeLeft: "+",
        teeRight: "+", teeTop: "+", teeBottom: "+", cross: "+", full: "#", partial: [], empty: ".",
        steps: ["_", ".", "-", "=", "#"], gap: " ")

    /// The set for a locale, from its variables in the order the C library reads them: LC_ALL, LC_CTYPE, LANG.
    package static func forLocale(_ environment: [String: String]) -> GlyphSet {
        isUTF8(environment) ? .unicode : .ascii
    }

    /// Whether the environment names a UTF-8 locale.
    static func isUTF8(_ environment: [String: String]) -> Bool {
        let name = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let lowered = name.lowercased()
        return lowered.contains("utf-8") || lowered.contains("utf8")
    }

    /// A bar of exactly `width` columns filled from the left to `fraction` (0 to 1, clamped). Full only at 1.
    package func bar(_ fraction: Double, width: Int) -> String {
        guard width > 0 else { return "" }
        let clamped = fraction.isNaN ? 0 : min(1, max(0, fraction))
        let units = partial.count + 1
        let filled = clamped == 1 ? width * units : min(Int(clamped * Double(width * units)), width * units - 1)
        var text = String(repeating: full, count: filled / units)
        if filled % units > 0 { text.append(partial[filled % units - 1]) }
        return text + String(repeating: empty, count: width - text.count)
    }

    /// The newest samples that fit in `width` columns, oldest first and right-aligned; `nil` samples leave a gap.
    ///
    /// - Parameter top: what the highest step stands for; where it is `nil`, the largest sample shown.
    package func sparkline(_ samples: [Double?], width: Int, top: Double? = nil) -> String {
        guard width > 0 else { return "" }
        let shown = samples.suffix(width)
        let highest = top ?? shown.compactMap { $0 }.max() ?? 0
        let drawn = shown.map { sample -> Character in
            guard let sample, sample.isFinite else { return gap }
            guard highest > 0, sample > 0 else { return steps[0] }
            let step = (min(1, sample / highest) * Double(steps.count - 1)).rounded()
            return steps[Int(step)]
        }
        return String(repeating: gap, count: width - drawn.count) + String(drawn)
    }
}
