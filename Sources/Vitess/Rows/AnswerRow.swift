/// The columns of one answer, shared by its rows.
package struct AnswerColumns: Equatable, Sendable {
    private let places: [String: Int]
    /// How many there are, of one name too.
    package let count: Int
    /// What a migration's row has in v24 and this answer does not.
    let absent: Set<String>
    /// Differs when a name or its place does.
    fileprivate let fingerprint: Int

    /// In the answer's order. Of a name that comes twice the first counts.
    package init(_ names: [String]) {
        count = names.count
        fingerprint = names.hashValue
        places = Dictionary(names.enumerated().map { ($0.element, $0.offset) }, uniquingKeysWith: { first, _ in first })
        absent = Set(MigrationRow.columns).subtracting(names)
    }

    package var names: Set<String> { Set(places.keys) }
    func place(of name: String) -> Int? { places[name] }
}

/// One row of any answer: the values' text by column name, never by position.
package struct AnswerRow: Equatable, Sendable {
    /// What a row says under a name.
    package enum Field: Equatable, Sendable {
        /// The answer has no such column: another version of Vitess. Something else than NULL.
        case absent
        case null
        case text(String)

        /// The text, where there is one.
        package var text: String? { if case .text(let text) = self { text } else { nil } }
    }

    private let answer: AnswerColumns
    private let values: [String?]

    /// `values` in the order of the columns; `nil` is NULL.
    package init(_ columns: AnswerColumns, values: [String?]) {
        answer = columns
        self.values = values
    }

    /// A row by itself.
    package init(names: [String], values: [String?]) { self.init(AnswerColumns(names), values: values) }

    /// Whether there are as many values as names. Shards of different versions may answer with different columns under the
    /// names of the first: such a row cannot be read.
    package var isWhole: Bool { answer.count == values.count }

    package subscript(_ name: String) -> Field {
        guard let place = answer.place(of: name), place < values.count else { return .absent }
        return values[place].map(Field.text) ?? .null
    }

    /// The names of the columns of a migration's row that it does not have.
    var absent: Set<String> { answer.absent }

    /// The same for rows of the same columns and values, and, but for a chance of 1 in 2^64, for no others of this process.
    package var fingerprint: Int {
        var hasher = Hasher()
        hasher.combine(answer.fingerprint)
        for value in values { hasher.combine(value) }
        return hasher.finalize()
    }

    /// The names of its columns.
    package var columns: Set<String> { answer.names }
}

/// A row that could not be understood: which column, and what it held.
package struct UnreadableRow: Error, Equatable, Sendable {
    package let column: String
    package let found: String
    package init(column: String, found: String) {
        self.column = column
        self.found = found
    }

    /// `column shard: missing`.
    package var text: String { "column \(column): \(found)" }
}
