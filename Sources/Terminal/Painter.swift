internal import CNcurses

/// Brings screens to curses: only rows that differ from those painted last, colours by the theme, widths verified.
struct Painter {
    private var theme: Theme
    private var depth: Theme.Depth
    private var painted: Screen?
    private var looks: [Look: (attributes: Int32, pair: Int32)] = [:]

    private struct Look: Hashable {
        let role: Role
        let attributes: Attributes
    }

    init(theme: Theme, depth: Theme.Depth) {
        self.theme = theme
        self.depth = depth
    }

    /// The next screen is drawn whole.
    mutating func forget() { painted = nil }

    mutating func use(_ theme: Theme) {
        self.theme = theme
        looks = [:]
        painted = nil
    }

    /// Puts a screen, clipped to the terminal; what the screen does not cover is blank.
    mutating func paint(_ screen: Screen, terminal: Size) {
        let blank = Screen(size: Size(columns: terminal.columns, rows: 1)).row(0)
        for row in 0..<terminal.rows {
            let cells = row < screen.size.rows ? screen.row(row) : []
            if let painted, painted.size == screen.size, painted.row(row) == cells { continue }
            put(cells, row: row, columns: terminal.columns)
            if cells.count < terminal.columns { put(blank, row: row, columns: terminal.columns, from: cells.count) }
        }
        if let cursor = screen.cursor {
            cn_screen_cursor(Int32(cursor.row), Int32(cursor.column))
        } else {
            cn_screen_cursor(-1, -1)
        }
        painted = screen
    }

    private mutating func put(_ cells: ArraySlice<Cell>, row: Int, columns: Int, from first: Int = 0) {
        for (column, cell) in zip(first..<columns, cells.dropFirst(first)) where !cell.isContinuation {
            let look = look(cell)
            var scalars: [UInt32]
            if let ascii = cell.glyph.asciiValue {
                scalars = [UInt32(ascii)]
            } else {
                scalars = cell.glyph.unicodeScalars.map(\.value)
                if !isAgreed(scalars, width: cell.width) || column + cell.width > columns { scalars = [0x3F] }
            }
            cn_screen_put(Int32(row), Int32(column), scalars, Int32(scalars.count), look.attributes, look.pair)
            if cell.width == 2, column + 1 < columns, scalars == [0x3F] {
                cn_screen_put(Int32(row), Int32(column + 1), [0x20], 1, look.attributes, look.pair)
            }
        }
    }

    /// Curses measures by the locale. Where that differs from the project's table, the rest of the row would shift, so the
    /// character is not drawn.
    private func isAgreed(_ scalars: [UInt32], width: Int) -> Bool {
        guard let base = scalars.first else { return false }
        return cn_screen_width(base) == Int32(width) && scalars.dropFirst().allSatisfy { cn_screen_width($0) == 0 }
    }

    private mutating func look(_ cell: Cell) -> (attributes: Int32, pair: Int32) {
        let key = Look(role: cell.role, attributes: cell.attributes)
        if let known = looks[key] { return known }
        let style = theme.style(cell.role, depth: depth)
        let both = style.attributes.union(cell.attributes)
        let pair =
            depth == .monochrome ? 0 : cn_screen_pair(Int32(style.foreground ?? -1), Int32(style.background ?? -1))
        let look = (attributes: Int32(both.rawValue), pair: pair)
        looks[key] = look
        return look
    }
}
