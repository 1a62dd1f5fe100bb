/// A place in a text the operator wrote.
package struct SourcePosition: Hashable, Codable, Sendable, CustomStringConvertible {
    /// UTF-8 bytes before the place; 0 is the start.
    package let offset: Int
    /// The line, counted from 1; `\n` ends a line.
    package let line: Int
    /// The character in the line, counted from 1 in Unicode scalars.
    package let column: Int

    /// A place given by its three counts.
    package init(offset: Int, line: Int, column: Int) {
        self.offset = offset
        self.line = line
        self.column = column
    }

    /// The first character of a text.
    package static let start = SourcePosition(offset: 0, line: 1, column: 1)

    /// `line 2, column 7`.
    package var description: String { "line \(line), column \(column)" }
}
