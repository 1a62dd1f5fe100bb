/// How large a screen is, in character cells.
package struct Size: Hashable, Sendable, CustomStringConvertible {
    /// Cells in a row, never negative.
    package let columns: Int
    /// Rows, never negative.
    package let rows: Int

    /// A size; negative figures count as 0.
    package init(columns: Int, rows: Int) {
        self.columns = max(0, columns)
        self.rows = max(0, rows)
    }

    /// The smallest terminal the console draws its screens on: 60x16.
    package static let smallestUsable = Size(columns: 60, rows: 16)

    /// Whether screens fit; where they do not, the console shows the worst alert and the size it needs.
    package var isUsable: Bool {
        columns >= Size.smallestUsable.columns && rows >= Size.smallestUsable.rows
    }

    /// As people write it: `80x24`.
    package var description: String { "\(columns)x\(rows)" }
}

/// A cell's place: column and row count from 0 at the top left. It may lie outside a screen; drawing clips.
package struct Point: Hashable, Sendable {
    /// 0 is the leftmost column.
    package var column: Int
    /// 0 is the top row.
    package var row: Int

    /// The cell in that column of that row.
    package init(column: Int, row: Int) {
        self.column = column
        self.row = row
    }

    /// The cell in that column of that row, for call sites where the order is plain.
    package init(_ column: Int, _ row: Int) {
        self.init(column: column, row: row)
    }
}

/// A rectangle of cells. It may reach outside a screen; drawing clips.
package struct Rect: Hashable, Sendable {
    /// Its top left cell.
    package var origin: Point
    /// How many columns and rows it covers.
    package var size: Size

    /// The rectangle of that size at that top left cell.
    package init(origin: Point, size: Size) {
        self.origin = origin
        self.size = size
    }

    /// The rectangle of that size at that top left cell.
    package init(column: Int, row: Int, columns: Int, rows: Int) {
        self.init(origin: Point(column: column, row: row), size: Size(columns: columns, rows: rows))
    }

    /// The columns it covers.
    package var columnRange: Range<Int> { origin.column..<(origin.column + size.columns) }
    /// The rows it covers.
    package var rowRange: Range<Int> { origin.row..<(origin.row + size.rows) }

    /// The rectangle left when every side moves inwards; empty rather than inside out.
    package func inset(columns: Int, rows: Int) -> Rect {
        Rect(
            column: origin.column + columns, row: origin.row + rows,
            columns: size.columns - 2 * columns, rows: size.rows - 2 * rows)
    }

    /// The part both rectangles cover; empty where they do not meet.
    package func intersection(_ other: Rect) -> Rect {
        let left = max(origin.column, other.origin.column)
        let top = max(origin.row, other.origin.row)
        let right = min(columnRange.upperBound, other.columnRange.upperBound)
        let bottom = min(rowRange.upperBound, other.rowRange.upperBound)
        return Rect(column: left, row: top, columns: right - left, rows: bottom - top)
    }
}
