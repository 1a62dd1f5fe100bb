/// Which original column fills which altered one, and what a person should know before values move.
package struct ColumnMap: Codable, Equatable, Sendable {
    /// An original column and the altered one with its values.
    package struct Pair: Codable, Equatable, Sendable {
        /// The column in the table being changed.
        package let original: ColumnModel
        /// The column in the shadow table, under its new name and type.
        package let altered: ColumnModel
        /// What happens to the values.
        package let conversion: ValueConversion
    }

    /// Something that may lose or stop values. Not a refusal: a strict server stops at the first row it concerns.
    package struct Hint: Codable, Equatable, Sendable {
        /// The kinds of hints.
        package enum Kind: String, Codable, Equatable, Sendable {
            /// Values may not fit the new type, or change with it.
            case lossyConversion
            /// NULL is no longer allowed: a row that has it stops the copy.
            case nullNotAllowed
            /// An ordinary column becomes generated: its values are replaced.
            case valuesRecomputed
            /// New rows after the cut-over cannot be taken back into the old table without inventing a value.
            case cannotRevert
            /// Every shard numbers its rows on its own.
            case newNumbers
        }
        /// The column: the altered one, or the original one when it is gone.
        package let column: String
        /// The kind of hint.
        package let kind: Kind
        /// The hint as a sentence.
        package let text: String
    }

    /// Columns whose values are written to the shadow table, in the altered table's order. Generated columns of the
    /// altered table are not among them: the server computes those.
    package let written: [Pair]
    /// Columns both tables have but nobody writes: the altered one is generated.
    package let computed: [Pair]
    /// Columns only the altered table has, in its order; the server fills them.
    package let added: [ColumnModel]
    /// Columns only the original table has, in its order; their values are lost with the old table.
    package let dropped: [ColumnModel]
    /// What a person should know, in the order of the altered table, then of dropped columns.
    package let hints: [Hint]

    /// The written columns whose type changes.
    package var converted: [Pair] { written.filter { $0.conversion != .none } }

    /// Maps the columns of `original` to those of `altered`; `renames` is `AlterStatement.columnRenames`.
    ///
    /// - Throws: `ColumnRefusal` when the shadow table could not be filled.
    package init(
        original: TableModel, altered: TableModel, renames: [String: String]
    ) throws(ColumnRefusal) {
        try ColumnRefusal.check(renames, original, altered)
        let pairing = ColumnPairing(altered: altered, renames: renames)
        var sources: [String: ColumnModel] = [:]
        var dropped: [ColumnModel] = []
        for column in original.columns {
            if let target = pairing.altered(of: column.name) {
                sources[SQLName.folded(target.name)] = column
            } else {
                dropped.append(column)
            }
        }
        var pairs: [Pair] = []
        var added: [ColumnModel] = []
        for column in altered.columns {
            if let source = sources[SQLName.folded(column.name)] {
                pairs.append(Pair(original: source, altered: column, conversion: .between(source, column)))
            } else {
                added.append(column)
            }
        }
        try ColumnRefusal.check(pairs, added, table: original.name)
        written = pairs.filter { !$0.altered.isGenerated }
        computed = pairs.filter { $0.altered.isGenerated }
        self.added = added
        self.dropped = dropped
        hints =
            pairs.flatMap(Self.hints) + added.compactMap(Self.hint(added:)) + dropped.compactMap(Self.hint(dropped:))
    }

    // MARK: - Hints

    private static func hints(_ pair: Pair) -> [Hint] {
        let name = pair.altered.name
        let shown = SQLName.quoted(name)
        if pair.altered.isGenerated {
            guard !pair.original.isGenerated else { return [] }
            return [
                Hint(
                    column: name, kind: .valuesRecomputed,
                    text: "Column \(shown) becomes generated: its values are replaced by what the expression gives.")
            ]
        }
        var hints: [Hint] = []
        if case .lossy(let reason) = pair.conversion {
            let change = "\(pair.original.type.canonical) to \(pair.altered.type.canonical)"
            hints.append(
                Hint(column: name, kind: .lossyConversion, text: "Column \(shown) changes from \(change): \(reason)."))
        }
        if pair.original.isNullable, !pair.altered.isNullable {
            hints.append(
                Hint(
                    column: name, kind: .nullNotAllowed,
                    text: "Column \(shown) no longer allows NULL: a row that has NULL there stops the copy."))
        }
        return hints
    }

    private static func hint(added column: ColumnModel) -> Hint? {
        guard column.isAutoIncrement else { return nil }
        return Hint(
            column: column.name, kind: .newNumbers,
            text: "Column \(SQLName.quoted(column.name)) is new and numbered by the server:"
                + " numbers follow the order of the copy and differ from shard to shard.")
    }

    private static func hint(dropped column: ColumnModel) -> Hint? {
        guard !column.isNullable, !column.isGenerated, !column.isAutoIncrement, column.defaultValue == .none else {
            return nil
        }
        return Hint(
            column: column.name, kind: .cannotRevert,
            text: "Column \(SQLName.quoted(column.name)) is dropped and has no default:"
                + " a later revert cannot fill it for rows inserted after the cut-over.")
    }
}
