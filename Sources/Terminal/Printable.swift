/// Text that is safe to draw, whoever wrote it: a server, a file name, a query someone else typed.
///
/// Controls, escape sequences, bidi marks, zero-width marks and everything without an agreed width become `?`, one for
/// each scalar, so nothing is hidden and nothing acts. Accents stay with the letter before them, four at most.
package struct Printable: Hashable, Sendable, CustomStringConvertible {
    /// One drawable character and the columns it takes.
    struct Glyph: Hashable, Sendable {
        let character: Character
        let width: Int
    }

    /// What is drawn, left to right.
    let glyphs: [Glyph]

    /// The safe form of any text.
    package init(_ untrusted: String) {
        var glyphs: [Glyph] = []
        glyphs.reserveCapacity(untrusted.utf8.count)
        var cluster = ""
        var width = 0
        var marks = 0
        func finish() {
            guard width > 0 else { return }
            glyphs.append(cluster.count == 1 ? Glyph(character: Character(cluster), width: width) : .unknown)
            width = 0
        }
        for scalar in untrusted.unicodeScalars {
            switch CharacterWidth.kind(of: scalar) {
            case .spacing(let columns):
                finish()
                cluster = String(scalar)
                width = columns
                marks = 0
            case .combining where width > 0 && marks < Printable.mostMarks:
                cluster.unicodeScalars.append(scalar)
                marks += 1
            case .combining, .undrawable:
                finish()
                glyphs.append(.unknown)
            }
        }
        finish()
        self.init(glyphs: glyphs)
    }

    private init(glyphs: [Glyph]) {
        self.glyphs = glyphs
    }

    /// Accents a letter keeps: a curses cell holds five scalars.
    private static let mostMarks = 4

    /// Columns the text takes.
    package var width: Int { glyphs.reduce(0) { $0 + $1.width } }

    /// The text as drawn.
    package var description: String { String(glyphs.map(\.character)) }

    /// The text cut to at most that many columns, its last column being `ending` where something was cut.
    package func truncated(to columns: Int, ending: Character = "~") -> Printable {
        guard width > columns else { return self }
        guard columns > 0 else { return Printable(glyphs: []) }
        var kept: [Glyph] = []
        var used = 0
        for glyph in glyphs {
            guard used + glyph.width <= columns - 1 else { break }
            kept.append(glyph)
            used += glyph.width
        }
        let mark = Printable(String(ending)).glyphs.first ?? .unknown
        return Printable(glyphs: kept + [mark.width == 1 ? mark : .unknown])
    }
}

extension Printable.Glyph {
    /// What stands for anything that cannot be drawn.
    static let unknown = Printable.Glyph(character: "?", width: 1)
}
