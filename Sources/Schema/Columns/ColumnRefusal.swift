/// Why a shadow table could not be filled from the original. Nothing has changed.
package enum ColumnRefusal: Error, Equatable, Sendable {
    /// The statement renames a column the table does not have.
    case renamedColumnMissing(table: String, column: String)
    /// The statement gives a name the altered table does not have: statement and table do not belong together.
    case newNameMissing(table: String, column: String)
    /// New columns that every insert would have to fill.
    case addedWithoutDefault(table: String, columns: [String])
    /// A virtual column that becomes an ordinary one.
    case virtualBecomesOrdinary(table: String, column: String)
    /// No column is left of the original.
    case nothingShared(table: String)

    /// What a person reads: what, why and what to do.
    package var message: String {
        switch self {
        case .renamedColumnMissing(let table, let column):
            "Table \(SQLName.quoted(table)) has no column \(SQLName.quoted(column)) to rename. Check the spelling, and"
                + " whether the change was made before."
        case .newNameMissing(let table, let column):
            "The altered copy of \(SQLName.quoted(table)) has no column \(SQLName.quoted(column)), which the statement"
                + " names as a new name. The copy was not made by this statement: start the migration again."
        case .addedWithoutDefault(let table, let columns):
            "Table \(SQLName.quoted(table)) would get \(columns.map(SQLName.quoted).joined(separator: ", ")) NOT NULL"
                + " without a default. A strict server refuses every copied row then (error 1364), and a lenient one"
                + " invents values. Add DEFAULT …, or allow NULL."
        case .virtualBecomesOrdinary(let table, let column):
            "Column \(SQLName.quoted(column)) of \(SQLName.quoted(table)) is virtual and would become an ordinary column."
                + " Its values are not stored, and the binary log need not carry them. Add a new column, fill it, and"
                + " drop this one in a second migration."
        case .nothingShared(let table):
            "No column of \(SQLName.quoted(table)) is left after the change: there is nothing to copy. Create a new table"
                + " instead."
        }
    }

    static func check(
        _ renames: [String: String], _ original: TableModel, _ altered: TableModel
    ) throws(ColumnRefusal) {
        for (old, new) in renames.sorted(by: { $0.key < $1.key }) {
            if original.column(old) == nil { throw .renamedColumnMissing(table: original.name, column: old) }
            if altered.column(new) == nil { throw .newNameMissing(table: original.name, column: new) }
        }
    }

    static func check(
        _ pairs: [ColumnMap.Pair], _ added: [ColumnModel], table: String
    ) throws(ColumnRefusal) {
        let unfilled = added.filter {
            !$0.isNullable && !$0.isGenerated && !$0.isAutoIncrement && $0.defaultValue == .none
        }
        if !unfilled.isEmpty { throw .addedWithoutDefault(table: table, columns: unfilled.map(\.name)) }
        for pair in pairs {
            if case .virtual = pair.original.generation, !pair.altered.isGenerated {
                throw .virtualBecomesOrdinary(table: table, column: pair.original.name)
            }
        }
        if !pairs.contains(where: { !$0.altered.isGenerated }) { throw .nothingShared(table: table) }
    }
}
