/// What a well-formed ALTER may still not contain.
enum AlterRules {
    static func check(_ clauses: [AlterClause]) throws(AlterRefusal) {
        for clause in clauses { try check(clause) }
        try checkDropAndAdd(clauses)
    }

    private static func check(_ clause: AlterClause) throws(AlterRefusal) {
        switch clause.kind {
        case .renameTable:
            throw AlterRefusal(
                kind: .tableRename, position: clause.position, what: "Renaming the table is not accepted",
                why: "The cut-over puts the altered table in the place of the old name.",
                advice: "Leave RENAME TO out; rename the table by hand before or after the migration.")
        case .algorithm: throw algorithmOrLock("ALGORITHM", clause)
        case .lock: throw algorithmOrLock("LOCK", clause)
        case .addForeignKey: throw foreignKey(at: clause.position, "ADD FOREIGN KEY")
        case .addColumn, .dropColumn, .changeColumn, .modifyColumn, .alterColumn, .renameColumn, .addIndex, .addUnique,
            .addPrimaryKey, .addFulltext, .addSpatial, .dropIndex, .dropPrimaryKey, .renameIndex, .alterIndex,
            .dropForeignKey, .addCheck, .dropCheck, .dropConstraint, .alterConstraint, .convertCharacterSet, .engine,
            .tableOption, .orderBy, .partitionBy, .removePartitioning, .repartition, .force, .other:
            break
        }
    }

    private static func algorithmOrLock(_ word: String, _ clause: AlterClause) -> AlterRefusal {
        AlterRefusal(
            kind: .algorithmOrLock, position: clause.position, what: "\(word) is not accepted",
            why: "Whoever carries the migration out decides how the server runs each statement.",
            advice: "Leave the clause out.")
    }

    static func foreignKey(at position: SourcePosition, _ what: String) -> AlterRefusal {
        AlterRefusal(
            kind: .foreignKey, position: position, what: "\(what) is not accepted",
            why:
                "A foreign key of the shadow table would check, and lock, rows of the other table for every copied row,"
                + " and its name is taken until the old table is dropped.",
            advice: "Leave it out; add the foreign key by hand after the migration.")
    }

    /// A column dropped and added under one name may be meant as a change, which would lose every value.
    private static func checkDropAndAdd(_ clauses: [AlterClause]) throws(AlterRefusal) {
        var dropped: Set<String> = []
        for case .dropColumn(let name) in clauses.map(\.kind) { dropped.insert(SQLName.folded(name)) }
        for clause in clauses {
            guard case .addColumn(let name) = clause.kind, dropped.contains(SQLName.folded(name)) else { continue }
            throw AlterRefusal(
                kind: .dropAndAddSameColumn, position: clause.position,
                what: "Column \(name) is dropped and added in one statement",
                why: "It cannot be told whether its values should be kept or lost.",
                advice: "To keep them write MODIFY COLUMN \(SQLName.quoted(name)) …;"
                    + " to lose them drop the column in one migration and add it in a second.")
        }
    }

    static func renames(in clauses: [AlterClause]) throws(AlterRefusal) -> [String: String] {
        var renames: [String: String] = [:]
        var sources: Set<String> = []
        var targets: Set<String> = []
        for clause in clauses {
            let old: String
            let new: String
            switch clause.kind {
            case .changeColumn(let from, let to), .renameColumn(let from, let to): (old, new) = (from, to)
            default: continue
            }
            if !sources.insert(SQLName.folded(old)).inserted {
                throw conflict("Column \(old) is changed twice", clause)
            }
            if !targets.insert(SQLName.folded(new)).inserted {
                throw conflict("Two columns get the name \(new)", clause)
            }
            if old != new { renames[old] = new }
        }
        return renames
    }

    private static func conflict(_ what: String, _ clause: AlterClause) -> AlterRefusal {
        AlterRefusal(
            kind: .conflictingRenames, position: clause.position, what: what,
            why: "It cannot be told which values the renamed column gets.",
            advice: "Name each column once.")
    }

    /// Engines named anywhere inside partition definitions.
    static func checkEngines(in tokens: [SQLToken]) throws(AlterRefusal) {
        for index in tokens.indices where tokens[index].isWord("ENGINE") {
            guard let value = tokens[(index + 1)...].first(where: { !$0.isSymbol("=") }) else { continue }
            try checkEngine(value)
        }
    }

    static func checkEngine(_ value: SQLToken) throws(AlterRefusal) {
        guard value.value.uppercased() != "INNODB" else { return }
        throw AlterRefusal(
            kind: .engine, position: value.position, what: "Engine \(value.value) is not accepted",
            why: "Copying beside live traffic rests on InnoDB's transactions and row locks.",
            advice: "Use ENGINE=InnoDB, or leave the clause out.")
    }
}
