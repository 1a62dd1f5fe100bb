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

    private let fields: [String: Field]
    /// Whether there were as many values as names. Shards of different versions may answer with different columns under the
    /// names of the first: such a row cannot be read.
    package let isWhole: Bool

    /// `names` and `values` in the answer's order; `nil` is NULL. Of a name that comes twice the first counts.
    package init(names: [String], values: [String?]) {
        isWhole = names.count == values.count
        var fields: [String: Field] = [:]
        for (name, value) in zip(names, values) where fields[name] == nil {
            fields[name] = value.map(Field.text) ?? .null
        }
        self.fields = fields
    }

    package subscript(_ name: String) -> Field { fields[name] ?? .absent }
    /// The names of its columns.
    package var columns: Set<String> { Set(fields.keys) }
}

/// A row that could not be understood: which column, and what it held.
package struct UnreadableRow: Error, Equatable, Sendable {
    package let column: String
    package let found: String
    package init(column: String, found: String) {
        self.column = column
        self.found = found
    }

    /// `column shard is missing`.
    package var text: String { "column \(column): \(found)" }
}
