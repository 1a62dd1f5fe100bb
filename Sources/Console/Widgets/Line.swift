internal import Core
internal import Terminal

/// One line of text in several roles, measured in columns and cut as a whole.
struct Line: Equatable, Sendable {
    private(set) var parts: [Part] = []

    struct Part: Equatable, Sendable {
        let text: Printable
        let role: Role
        let attributes: Attributes
    }

    init() {}

    init(_ text: String, _ role: Role = .plain, _ attributes: Attributes = []) { add(text, role, attributes) }

    mutating func add(_ text: String, _ role: Role = .plain, _ attributes: Attributes = []) {
        guard !text.isEmpty else { return }
        parts.append(Part(text: Printable(text), role: role, attributes: attributes))
    }

    /// Fills with spaces up to that column.
    mutating func pad(to column: Int) { add(String(repeating: " ", count: max(0, column - width))) }

    var width: Int { parts.reduce(0) { $0 + $1.text.width } }

    func adding(_ text: String, _ role: Role = .plain, _ attributes: Attributes = []) -> Line {
        var line = self
        line.add(text, role, attributes)
        return line
    }
}

extension Screen {
    /// Draws a line; what does not fit in `limit` columns is cut, and its last column says so with `~`.
    mutating func put(_ line: Line, at point: Point, limit: Int) {
        var column = point.column
        var left = limit
        let fits = line.width <= limit
        for (index, part) in line.parts.enumerated() {
            guard left > 0 else { return }
            let isLast = index == line.parts.count - 1
            // A part that just fits is cut too when another follows it outside.
            let needsMark = !fits && !isLast && part.text.width >= left
            let text =
                needsMark && part.text.width == left
                ? Printable(part.text.description + " ").truncated(to: left) : part.text.truncated(to: left)
            put(text, at: Point(column, point.row), role: part.role, attributes: part.attributes)
            column += text.width
            left -= text.width
        }
    }

    mutating func putRight(_ line: Line, endingBefore column: Int, row: Int) {
        put(line, at: Point(column - line.width, row), limit: line.width)
    }
}

/// Cuts text into lines of at most that many columns, at spaces where there are any.
func wrapped(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    var used = 0
    func width(_ text: Substring) -> Int { Printable(String(text)).width }
    for word in text.split(separator: " ", omittingEmptySubsequences: true) {
        var word = word
        if used > 0, used + 1 + width(word) <= columns {
            line += " " + word
            used += 1 + width(word)
            continue
        }
        if used > 0 { lines.append(line) }
        while width(word) > columns {
            var head = word.prefix(columns)
            while width(head) > columns { head.removeLast() }
            guard !head.isEmpty else { break }
            lines.append(String(head))
            word = word.dropFirst(head.count)
        }
        line = String(word)
        used = width(word)
    }
    if used > 0 { lines.append(line) }
    return lines
}

extension String {
    /// Right-aligned in that many columns; longer text keeps its start.
    func right(_ columns: Int) -> String {
        let text = Printable(self).truncated(to: columns)
        return String(repeating: " ", count: columns - text.width) + text.description
    }

    /// Left-aligned in that many columns; longer text ends in `~`.
    func left(_ columns: Int) -> String {
        let text = Printable(self).truncated(to: columns)
        return text.description + String(repeating: " ", count: columns - text.width)
    }
}
