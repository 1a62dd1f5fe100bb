internal import Core
internal import MySQLClient
internal import Schema

/// What a table must be like. Pure.
enum TableChecks {
    /// Types whose values the binlog carries whole.
    private static let knownTypes: Set<String> = [
        "inet4", "inet6", "vector",
    ]

    static func findings(_ table: InspectedTable, _ alter: AlterStatement, _ server: ServerInfo) -> Findings {
        var findings = Findings()
        kind(table, &findings)
        guard findings.refusals.isEmpty else { return findings }
        let model = table.model
        if model.engine.lowercased() != "innodb" {
            findings.refuse(
                "The table's engine is \(model.engine).",
                cause: "copying beside live traffic rests on InnoDB's transactions and row locks",
                next: "ALTER TABLE … ENGINE=InnoDB first, in a maintenance window")
        }
        foreignKeys(table, &findings)
        if !model.triggers.isEmpty {
            findings.refuse(
                "The table has triggers: \(model.triggers.joined(separator: ", ")).",
                cause: "they belong to the table, not to its name, and would go with the old one",
                next:
                    "drop them for the time of the migration and create them again after it, if the application can do without"
            )
        }
        columns(model, &findings)
        likeness(table, alter, server, &findings)
        return findings
    }

    private static func kind(_ table: InspectedTable, _ findings: inout Findings) {
        let advice = "name an ordinary table"
        switch table.kind {
        case .table: return
        case .view: findings.refuse("\(table.name) is a view.", next: advice)
        case .sequence: findings.refuse("\(table.name) is a sequence.", next: advice)
        case .systemVersioned:
            findings.refuse(
                "\(table.name) keeps its history (WITH SYSTEM VERSIONING).",
                cause: "a copy would begin the history anew", next: "alter it with the server's own ALTER TABLE")
        case .other(let type): findings.refuse("\(table.name) is a \(type.lowercased()).", next: advice)
        }
    }

    private static func foreignKeys(_ table: InspectedTable, _ findings: inout Findings) {
        for key in table.model.outgoingForeignKeys {
            findings.refuse(
                "The table has the foreign key \(key.name) to \(key.referencedTable).",
                cause: "the shadow table cannot have it under the same name, and the server would not move it",
                next: "drop the foreign key first; add it again after the migration if the application needs it")
        }
        let incoming =
            table.model.incomingForeignKeys.map { ($0.table, $0.name) } + table.hiddenReferences.map { ($0, "") }
        for (owner, name) in incoming where owner != "\(table.database).\(table.name)" {
            findings.refuse(
                "The table \(owner) has a foreign key\(name.isEmpty ? "" : " \(name)") to this one.",
                cause: "it would follow the old table, not the name, and deletes that cascade are not in the binlog",
                next: "drop the foreign key first; add it again after the migration if the application needs it")
        }
    }

    private static func columns(_ model: TableModel, _ findings: inout Findings) {
        for column in model.columns {
            if column.columnType.uppercased().contains("COMPRESSED*/")
                || column.columnType.uppercased().hasSuffix(" COMPRESSED")
            {
                findings.refuse(
                    "Column \(column.name) is COMPRESSED.", cause: "its values are not carried whole by the binlog",
                    next: "MODIFY it without COMPRESSED first")
            } else if column.type.family == .other, !knownTypes.contains(column.dataType.lowercased()) {
                findings.refuse(
                    "Column \(column.name) has the type \(column.dataType).",
                    cause: "its values in the binlog cannot be read without loss",
                    next: "the table cannot be migrated while it has this column")
            }
        }
    }

    /// What `CREATE TABLE … LIKE` is known not to carry over, said before anything is created; the rest shows at the comparison
    /// when the shadow table is made.
    private static func likeness(
        _ table: InspectedTable, _ alter: AlterStatement, _ server: ServerInfo, _ findings: inout Findings
    ) {
        let words = Words(table.createStatement)
        if words.contain("DATA", "DIRECTORY") || words.contain("INDEX", "DIRECTORY") {
            findings.refuse(
                "The table lies in a directory of its own (DATA DIRECTORY).",
                cause: "CREATE TABLE … LIKE leaves that out",
                next: "alter it with the server's own ALTER TABLE")
        }
        if words.contain("WITHOUT", "OVERLAPS") {
            findings.refuse(
                "The table has a key WITHOUT OVERLAPS.",
                cause: "the server takes no INSERT … ON DUPLICATE KEY UPDATE on such a table",
                next: "alter it with the server's own ALTER TABLE")
        }
        guard server.family == .mysql, !table.model.checks.isEmpty else { return }
        let names = Set(table.model.checks.map { SQLName.folded($0.name) })
        for clause in alter.clauses {
            switch clause.kind {
            case .dropCheck(let name) where names.contains(SQLName.folded(name)),
                .dropConstraint(let name) where names.contains(SQLName.folded(name)),
                .alterConstraint(let name) where names.contains(SQLName.folded(name)):
                findings.refuse(
                    "The clause \(clause.text) names a CHECK constraint.",
                    cause:
                        "MySQL gives the constraints of a copied table other names, so the copy has none of this name",
                    next: "run this clause with the server's own ALTER TABLE: it does not copy the table")
            default: break
            }
        }
        findings.warn(
            "MySQL gives the CHECK constraints of a copied table new names: \(table.model.checks.map(\.name).joined(separator: ", ")) will be called otherwise after the cut-over."
        )
    }

    /// Words of a definition outside strings and names. MySQL wraps some options in `/*!50100 … */`.
    private struct Words {
        private let words: [String]

        init(_ statement: String) {
            do {
                let tokens = try SQLLexer.tokens(of: statement)
                words = tokens.flatMap { token in
                    token.kind == .executableComment
                        ? token.value.uppercased().split { " =\n\t".contains($0) }.map(String.init)
                        : [token.kind == .word ? token.text.uppercased() : ""]
                }
            } catch {
                words = statement.uppercased().split { " =\n\t".contains($0) }.map(String.init)
            }
        }

        func contain(_ first: String, _ second: String) -> Bool {
            words.indices.dropLast().contains { words[$0] == first && words[$0 + 1] == second }
        }
    }
}
