/// Facts about character sets and collations that decide whether values stay apart.
///
/// Source: MySQL 8.4 manual, "Character Sets, Collations, Unicode"; MariaDB knowledge base, "Supported Character Sets and
/// Collations"; measured on MariaDB 10.11 over all single characters: 104 pairs that `latin1_swedish_ci` tells apart are
/// equal under `utf8mb4_general_ci`, 406 ASCII pairs under `utf8mb4_unicode_ci`, none under `latin1_general_ci`; weights
/// of `utf8mb3_x` and `utf8mb4_x` agree on every character. Unknown names count as not convertible and not comparable.
enum CharacterSets {
    /// Whether every value of `old` converts to `new` and back unchanged. East Asian sets are left out on purpose: some of
    /// their characters share one code point. MySQL's latin1 gives every byte a code point of its own.
    static func holds(_ new: String, everyValueOf old: String) -> Bool {
        old == new || supersets[old]?.contains(new) == true
    }

    private static let supersets: [String: Set<String>] = [
        "ascii": ["latin1", "utf8mb3", "utf8mb4"],
        "latin1": ["utf8mb3", "utf8mb4"],
        "utf8mb3": ["utf8mb4"],
        "ucs2": ["utf8mb3", "utf8mb4"],
        "utf16": ["utf8mb4"],
        "utf16le": ["utf8mb4"],
        "utf32": ["utf8mb4"],
    ]

    /// Whether the collation compares trailing spaces like any character. Others ignore them.
    static func isNoPad(_ collation: String) -> Bool {
        collation == "binary" || collation.contains("_0900_") || collation.contains("_nopad_")
    }

    /// Whether the collation tells all strings apart that differ in more than trailing spaces.
    static func isBinary(_ collation: String) -> Bool { collation == "binary" || collation.hasSuffix("_bin") }

    /// Whether strings that differ under `old` differ under `new` too, once converted without loss. Names are canonical.
    ///
    /// - Equal collations do, and so do `utf8mb3_x` and `utf8mb4_x`: they give every character of `utf8mb3` the same weight.
    /// - A binary collation tells everything apart; only trailing spaces can be ignored, so a collation that counts
    ///   them must not become one that does not.
    /// - `ascii_general_ci` only ignores case, and so does `x_general_ci` among the characters of ASCII.
    /// - Nothing else: `latin1_swedish_ci` tells `A` from `Ä` and `utf8mb4_general_ci` does not; Unicode collations
    ///   ignore control characters.
    static func keepsApart(from old: String, to new: String) -> Bool {
        if old == new { return true }
        if isNoPad(old), !isNoPad(new) { return false }
        if isBinary(new) { return true }
        let (oldSet, oldOrder) = split(old)
        let (newSet, newOrder) = split(new)
        let isSameRepertoire = oldSet == newSet || (oldSet == "utf8mb3" && newSet == "utf8mb4")
        if isSameRepertoire { return oldOrder == newOrder }
        return oldSet == "ascii" && oldOrder == "general_ci" && newOrder == "general_ci"
            && ["latin1", "utf8mb3", "utf8mb4"].contains(newSet)
    }

    /// `utf8mb4_general_nopad_ci` is set `utf8mb4`, order `general_ci`.
    private static func split(_ collation: String) -> (set: String, order: String) {
        let words = collation.split(separator: "_")
        return (String(words.first ?? ""), words.dropFirst().filter { $0 != "nopad" }.joined(separator: "_"))
    }
}
