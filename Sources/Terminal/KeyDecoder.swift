/// Turns what curses reads into keys: pastes become one piece, Alt is recognised, unknown sequences vanish.
///
/// A sequence nobody knows must never be taken for typing: its last bytes could be write keys.
package struct KeyDecoder: Sendable {
    /// One thing curses read.
    package enum Input: Hashable, Sendable {
        /// A character, or a single byte of a sequence curses did not know.
        case scalar(Unicode.Scalar)
        /// A key curses knew.
        case key(Key)
        /// The terminal's marks around a paste.
        case pasteBegins, pasteEnds
    }

    private enum State: Equatable {
        case ready
        /// An escape has come; what follows directly belongs to it.
        case escape
        /// In `ESC [` up to its final byte, having read that many.
        case control(read: Int)
        /// `ESC O`: one more byte.
        case singleShift
        /// In an answer or title (`ESC ]`, `P`, `_`, `^`, `X`) up to BEL or `ESC \`.
        case text(read: Int, escape: Bool)
        /// In a paste, its text in `pasted`.
        case paste
    }

    /// Scalars of a paste that are kept; the rest is dropped.
    package static let longestPaste = 65_536
    /// Bytes after which a sequence without an end is given up.
    package static let longestSequence = 4096

    private var state: State = .ready
    private var pasted = ""
    private var pastedCount = 0

    /// A decoder at rest.
    package init() {}

    /// Whether a paste or a sequence has begun and not ended: call `lapse` if nothing follows soon.
    package var isWaiting: Bool { state != .ready }

    /// Whether an escape came last and nothing after it.
    package var isAfterEscape: Bool { state == .escape }

    /// The keys known after this input.
    package mutating func feed(_ input: Input) -> [Key] {
        switch input {
        case .pasteBegins:
            let before = lapse()
            state = .paste
            return before
        case .pasteEnds:
            return lapse()
        case .key(let key):
            // A paste that holds escape sequences is still a paste.
            if case .paste = state { return [] }
            return lapse() + [key]
        case .scalar(let scalar):
            return feed(scalar)
        }
    }

    /// Nothing more came for a while: what was begun ends here.
    package mutating func lapse() -> [Key] {
        defer { (state, pasted, pastedCount) = (.ready, "", 0) }
        switch state {
        case .ready: return []
        case .escape: return [.escape]
        case .control, .singleShift, .text: return [.unknown]
        case .paste: return [.paste(pasted)]
        }
    }

    private mutating func feed(_ scalar: Unicode.Scalar) -> [Key] {
        switch state {
        case .ready:
            guard scalar.value == 0x1B else { return [KeyDecoder.typed(scalar)] }
            state = .escape
            return []
        case .escape:
            return afterEscape(scalar)
        case .control(let read):
            if (0x40...0x7E).contains(scalar.value) || read >= KeyDecoder.longestSequence { return lapse() }
            if scalar.value == 0x1B {
                state = .escape
                return [.unknown]
            }
            if scalar.value == 0x18 || scalar.value == 0x1A { return lapse() }
            state = .control(read: read + 1)
            return []
        case .singleShift:
            return lapse()
        case .text(let read, let escape):
            if scalar.value == 0x07 || (escape && scalar == "\\") || read >= KeyDecoder.longestSequence {
                return lapse()
            }
            state = .text(read: read + 1, escape: scalar.value == 0x1B)
            return []
        case .paste:
            if pastedCount < KeyDecoder.longestPaste {
                pasted.unicodeScalars.append(scalar)
                pastedCount += 1
            }
            return []
        }
    }

    private mutating func afterEscape(_ scalar: Unicode.Scalar) -> [Key] {
        switch scalar {
        case "[":
            state = .control(read: 0)
            return []
        case "O":
            state = .singleShift
            return []
        case "]", "P", "_", "^", "X":
            state = .text(read: 0, escape: false)
            return []
        case "\u{1B}":
            return [.escape]
        default:
            state = .ready
            if case .character(let character) = KeyDecoder.typed(scalar) { return [.alt(character)] }
            return [.unknown]
        }
    }

    /// A scalar outside any sequence.
    private static func typed(_ scalar: Unicode.Scalar) -> Key {
        switch scalar.value {
        case 0x09: .tab
        case 0x0A, 0x0D: .enter
        case 0x08, 0x7F: .backspace
        case 0x1B: .escape
        case 0x01...0x1A: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x60)))
        case 0x00, 0x1C...0x1F: .control(Character(Unicode.Scalar(UInt8(scalar.value) + 0x40)))
        default: CharacterWidth.kind(of: scalar) == .undrawable ? .unknown : .character(Character(scalar))
        }
    }
}
