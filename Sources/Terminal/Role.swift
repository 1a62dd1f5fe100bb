/// What a cell means. Screens ask for a role; the theme alone knows colours.
package enum Role: String, CaseIterable, Hashable, Sendable {
    /// Ordinary text.
    case plain
    /// Text of less weight: units, hints, what is greyed out.
    case dim
    /// The top line and column headings.
    case header
    /// The environment's name where it is production.
    case badgeProduction
    /// The environment's name where it is not production.
    case badgeTest
    /// The word SIMULATED, wherever the fleet is not real.
    case badgeSimulated
    /// The mode `SAFE` or `RO`.
    case modeSafe
    /// The mode `RW`: write keys are live.
    case modeWrite
    /// Phases queued and preparing; nothing happens yet.
    case idle
    /// Phases copying and applying.
    case work
    /// Ready, waiting at the barrier.
    case wait
    /// Held or cutting over: writes may be blocked now.
    case act
    /// Back-off, throttled, a warning.
    case warn
    /// Failed, ambiguous, a critical alert.
    case bad
    /// Stabilising, done.
    case good
    /// Reverting, reverted, cancelled.
    case undo
    /// Data too old to trust.
    case stale
    /// The row under the cursor.
    case selection
    /// The mark of a chosen row.
    case mark
    /// A key's name where keys are listed.
    case key
    /// Lines of boxes and panes.
    case border
    /// The inside of a dialog.
    case dialog
    /// A field that takes typing.
    case input
    /// What matches a filter or a search.
    case match

    /// The roles that tell phases apart and so must differ for every eye: the colour classes.
    package static let classes: [Role] = [.idle, .work, .wait, .act, .warn, .bad, .good, .undo]

    /// One character a role, no two alike: the code in a dump of roles. `.` is plain.
    package var letter: Character {
        switch self {
        case .plain: "."
        case .dim: ","
        case .header: "H"
        case .badgeProduction: "P"
        case .badgeTest: "T"
        case .badgeSimulated: "S"
        case .modeSafe: "M"
        case .modeWrite: "W"
        case .idle: "i"
        case .work: "c"
        case .wait: "r"
        case .act: "x"
        case .warn: "w"
        case .bad: "b"
        case .good: "g"
        case .undo: "u"
        case .stale: "~"
        case .selection: ">"
        case .mark: "*"
        case .key: "k"
        case .border: "|"
        case .dialog: "D"
        case .input: "_"
        case .match: "/"
        }
    }
}

/// How a cell stands out beside its colour.
package struct Attributes: OptionSet, Hashable, Sendable {
    /// The set as bits, bit 0 being `bold`.
    package let rawValue: UInt8

    /// The set with those bits.
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Brighter or heavier.
    package static let bold = Attributes(rawValue: 1)
    /// Foreground and background exchanged.
    package static let reverse = Attributes(rawValue: 2)
    /// A line below.
    package static let underline = Attributes(rawValue: 4)
    /// Fainter.
    package static let dim = Attributes(rawValue: 8)
}
