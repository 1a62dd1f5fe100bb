/// The key by which a table is walked and its rows are found again in the shadow table.
package struct UniqueKey: Codable, Equatable, Sendable {
    /// One column of the key.
    package struct Column: Codable, Equatable, Sendable {
        /// The column in the original table: walk by it.
        package let original: ColumnModel
        /// The same column in the shadow table: find rows by it.
        package let altered: ColumnModel

        /// A key column by its two sides.
        package init(original: ColumnModel, altered: ColumnModel) {
            self.original = original
            self.altered = altered
        }
    }

    /// The index in the original table; `PRIMARY` for the primary key.
    package let name: String
    /// The index over the same columns in the altered table.
    package let alteredName: String
    /// The columns in the order of the original index.
    package let columns: [Column]
    /// Whether all parts of the original index are descending: walk it backwards for ascending values.
    package let isDescending: Bool

    /// A key as chosen; `UniqueKeyChoice.chooseKey` is what makes one that is safe.
    package init(name: String, alteredName: String, columns: [Column], isDescending: Bool) {
        self.name = name
        self.alteredName = alteredName
        self.columns = columns
        self.isDescending = isDescending
    }
}

/// Why no key of a table can be used. Nothing has changed.
package struct KeyRefusal: Error, Equatable, Sendable {
    /// One unique index and what speaks against it.
    package struct Finding: Equatable, Sendable {
        /// The index.
        package let index: String
        /// The reasons, each as the end of a sentence; never empty.
        package let reasons: [String]
    }

    /// The table.
    package let table: String
    /// Every unique index in the order it was considered; empty when the table has none.
    package let findings: [Finding]

    /// What a person reads: one line for the whole, one for each index, one of advice.
    package var message: String {
        guard !findings.isEmpty else {
            return
                "Table \(SQLName.quoted(table)) has no unique key: its rows cannot be told apart while they are copied.\n"
                + "Add a PRIMARY KEY first."
        }
        let lines = findings.map { "  \($0.index): \($0.reasons.joined(separator: "; "))" }
        return "No unique key of table \(SQLName.quoted(table)) can be walked and found again in the altered table.\n"
            + lines.joined(separator: "\n")
            + "\nKeep one unique key of NOT NULL columns unchanged in this migration, or add one first."
    }
}
