/// A grid of cells: what a terminal should show. A value, drawn into by screens and painted by a device.
///
/// Every drawing call clips; text is made safe (`Printable`) on its way in, and a wide character is never left as half.
package struct Screen: Hashable, Sendable {
    /// Columns and rows; the grid always has exactly that many cells.
    package let size: Size
    /// Row by row, left to right.
    package private(set) var cells: [Cell]
    /// Where the terminal's cursor stands; `nil` hides it, and so does a place outside the grid.
    package var cursor: Point?

    /// An empty screen.
    package init(size: Size) {
        self.size = size
        self.cells = Array(repeating: .blank, count: size.columns * size.rows)
    }

    /// The whole grid as a rectangle.
    package var bounds: Rect { Rect(origin: Point(0, 0), size: size) }

    /// The cell in that column and row; a blank one outside the grid.
    package subscript(column: Int, row: Int) -> Cell {
        contains(column, row) ? cells[row * size.columns + column] : .blank
    }

    /// The cells of a row, left to right; empty outside the grid.
    package func row(_ row: Int) -> ArraySlice<Cell> {
        guard row >= 0, row < size.rows else { return [] }
        return cells[(row * size.columns)..<((row + 1) * size.columns)]
    }

    private func contains(_ column: Int, _ row: Int) -> Bool {
        column >= 0 && column < size.columns && row >= 0 && row < size.rows
    }
}

// MARK: - Drawing

extension Screen {
    /// Writes text to the right of a cell and says how many columns it needed, clipped or not.
    ///
    /// - Parameter limit: columns at most; longer text ends in `~`.
    @discardableResult
    package mutating func put(
        _ text: String, at point: Point, role: Role = .plain, attributes: Attributes = [], limit: Int? = nil
    ) -> Int {
        put(Printable(text), at: point, role: role, attributes: attributes, limit: limit)
    }

    /// Writes text already made safe; see the form that takes a `String`.
    @discardableResult
    package mutating func put(
        _ text: Printable, at point: Point, role: Role = .plain, attributes: Attributes = [], limit: Int? = nil
    ) -> Int {
        let shown = limit.map { text.truncated(to: $0) } ?? text
        var column = point.column
        for glyph in shown.glyphs {
            place(glyph, column: column, row: point.row, role: role, attributes: attributes)
            column += glyph.width
        }
        return column - point.column
    }

    /// Writes text so that it ends just before a column, cut at its end if it is wider than `width`.
    package mutating func putRight(
        _ text: String, endingBefore column: Int, row: Int, width: Int, role: Role = .plain,
        attributes: Attributes = []
    ) {
        let shown = Printable(text).truncated(to: width)
        put(shown, at: Point(column: column - shown.width, row: row), role: role, attributes: attributes)
    }

    /// Fills a rectangle with one character; what cannot be drawn or is wide becomes `?`.
    package mutating func fill(
        _ area: Rect, with character: Character = " ", role: Role = .plain, attributes: Attributes = []
    ) {
        let cell = Cell(character, role: role, attributes: attributes)
        let glyph = cell.width == 1 ? Printable.Glyph(character: cell.glyph, width: 1) : .unknown
        let visible = area.intersection(bounds)
        for row in visible.rowRange {
            for column in visible.columnRange {
                place(glyph, column: column, row: row, role: role, attributes: attributes)
            }
        }
    }

    /// Draws a horizontal line to the right of a cell.
    package mutating func hline(
        at point: Point, columns: Int, glyphs: GlyphSet, role: Role = .border, attributes: Attributes = []
    ) {
        fill(
            Rect(origin: point, size: Size(columns: columns, rows: 1)), with: glyphs.horizontal, role: role,
            attributes: attributes)
    }

    /// Draws a vertical line downwards from a cell.
    package mutating func vline(
        at point: Point, rows: Int, glyphs: GlyphSet, role: Role = .border, attributes: Attributes = []
    ) {
        fill(
            Rect(origin: point, size: Size(columns: 1, rows: rows)), with: glyphs.vertical, role: role,
            attributes: attributes)
    }

    /// Draws the frame of a box on the rectangle's edge and leaves its inside alone; a box under 2x2 is not drawn.
    package mutating func box(_ area: Rect, glyphs: GlyphSet, role: Role = .border, attributes: Attributes = []) {
        guard area.size.columns >= 2, area.size.rows >= 2 else { return }
        let left = area.origin.column
        let top = area.origin.row
        let right = area.columnRange.upperBound - 1
        let bottom = area.rowRange.upperBound - 1
        for row in [top, bottom] {
            hline(
                at: Point(left + 1, row), columns: right - left - 1, glyphs: glyphs, role: role, attributes: attributes)
        }
        for column in [left, right] {
            vline(
                at: Point(column, top + 1), rows: bottom - top - 1, glyphs: glyphs, role: role, attributes: attributes)
        }
        let corners: [(Int, Int, Character)] = [
            (left, top, glyphs.topLeft), (right, top, glyphs.topRight), (left, bottom, glyphs.bottomLeft),
            (right, bottom, glyphs.bottomRight),
        ]
        for (column, row, corner) in corners {
            put(String(corner), at: Point(column, row), role: role, attributes: attributes)
        }
    }

    /// Changes role or attributes of what already stands in a rectangle; `nil` leaves that side as it is.
    ///
    /// - Parameter adding: attributes put on top of those there, as reverse video on the cursor's row.
    package mutating func restyle(_ area: Rect, role: Role? = nil, adding: Attributes = []) {
        let visible = area.intersection(bounds)
        for row in visible.rowRange {
            for column in visible.columnRange {
                let index = row * size.columns + column
                if let role { cells[index].role = role }
                cells[index].attributes.formUnion(adding)
            }
        }
    }

    /// Copies another screen onto this one, its top left cell at a place.
    package mutating func draw(_ other: Screen, at point: Point) {
        for row in 0..<other.size.rows {
            for (offset, cell) in other.row(row).enumerated() where !cell.isContinuation {
                let glyph = Printable.Glyph(character: cell.glyph, width: cell.width)
                place(
                    glyph, column: point.column + offset, row: point.row + row, role: cell.role,
                    attributes: cell.attributes)
            }
        }
    }

    /// Puts one glyph, clipped. Half a wide character at an edge becomes a space, and so does the other half of one that
    /// is overwritten.
    private mutating func place(
        _ glyph: Printable.Glyph, column: Int, row: Int, role: Role, attributes: Attributes
    ) {
        guard row >= 0, row < size.rows else { return }
        if glyph.width == 2, !contains(column, row) || !contains(column + 1, row) {
            for half in [column, column + 1] where contains(half, row) {
                place(.space, column: half, row: row, role: role, attributes: attributes)
            }
            return
        }
        guard contains(column, row) else { return }
        let index = row * size.columns + column
        clearHalves(around: column, row: row)
        cells[index] = Cell(drawn: glyph, role: role, attributes: attributes)
        if glyph.width == 2 {
            clearHalves(around: column + 1, row: row)
            cells[index] = Cell(drawn: glyph, role: role, attributes: attributes)
            cells[index + 1] = .continuation(role: role, attributes: attributes)
        }
    }

    /// Before a cell is overwritten: the other half of a wide character there becomes a space.
    private mutating func clearHalves(around column: Int, row: Int) {
        let index = row * size.columns + column
        let old = cells[index]
        if old.isContinuation {
            cells[index - 1] = Cell(drawn: .space, role: cells[index - 1].role, attributes: cells[index - 1].attributes)
        } else if old.width == 2 {
            cells[index + 1] = Cell(drawn: .space, role: old.role, attributes: old.attributes)
        }
    }
}

extension Printable.Glyph {
    static let space = Printable.Glyph(character: " ", width: 1)
}

// MARK: - Reading it back

extension Screen {
    /// The rows as text, top to bottom, spaces at their ends left out: what golden files hold.
    package var text: [String] {
        lines { cell in cell.isContinuation ? nil : cell.glyph }.map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// The role of every cell as its letter, one string a row, a character a column.
    package var roles: [String] {
        lines { $0.role.letter }
    }

    /// The attributes of every cell as a hexadecimal digit (1 bold, 2 reverse, 4 underline, 8 dim), `.` being none.
    package var emphasis: [String] {
        lines { $0.attributes.isEmpty ? "." : Character(String($0.attributes.rawValue, radix: 16)) }
    }

    private func lines(_ character: (Cell) -> Character?) -> [String] {
        (0..<size.rows).map { String(row($0).compactMap(character)) }
    }
}
