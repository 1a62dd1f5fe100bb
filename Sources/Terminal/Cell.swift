/// One character cell: what stands there, what it means, how it stands out.
///
/// A cell can hold only what a terminal draws in the columns the project's own width table gives it; see `Printable`.
package struct Cell: Hashable, Sendable {
    /// What stands there; a space in the second half of a wide character.
    package let glyph: Character
    /// What it means.
    package var role: Role
    /// How it stands out, beside what the theme gives the role.
    package var attributes: Attributes
    /// Columns the glyph takes: 1 or 2, and 0 in the second half of a wide character.
    package let width: Int

    /// A cell with that glyph. What cannot be drawn (a control, a zero-width mark) becomes `?`.
    package init(_ glyph: Character, role: Role = .plain, attributes: Attributes = []) {
        let safe = Printable(String(glyph)).glyphs
        let first = safe.count == 1 ? safe[0] : Printable.Glyph(character: "?", width: 1)
        self.init(drawn: first, role: role, attributes: attributes)
    }

    /// A cell with a glyph known to be drawable.
    init(drawn glyph: Printable.Glyph, role: Role, attributes: Attributes) {
        self.glyph = glyph.character
        self.width = glyph.width
        self.role = role
        self.attributes = attributes
    }

    /// The second half of a wide character.
    static func continuation(role: Role, attributes: Attributes) -> Cell {
        Cell(drawn: Printable.Glyph(character: " ", width: 0), role: role, attributes: attributes)
    }

    /// An empty cell of ordinary text.
    package static let blank = Cell(drawn: Printable.Glyph(character: " ", width: 1), role: .plain, attributes: [])

    /// Whether this is the second half of the wide character to its left.
    package var isContinuation: Bool { width == 0 }
}
