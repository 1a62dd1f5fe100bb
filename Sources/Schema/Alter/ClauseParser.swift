/// Tells what one piece between two commas does.
///
/// Source: the grammars in the MySQL 8.4 manual and the MariaDB knowledge base, "ALTER TABLE".
struct ClauseParser {
    private let source: String
    private var cursor: ClauseCursor

    /// The clauses in one piece. `isFirst`: the piece opens the text, so a foreign statement would start here.
    static func clauses(in piece: [SQLToken], of source: String, isFirst: Bool) throws(AlterRefusal) -> [AlterClause] {
        let (body, partitioning) = try splittingPartitioning(piece)
        var clauses: [AlterClause] = []
        if !body.isEmpty {
            var parser = ClauseParser(source: source, cursor: ClauseCursor(body))
            clauses += try parser.parse(body, isFirst: isFirst)
        }
        if let head = partitioning.first {
            let kind: AlterClause.Kind = head.isWord("REMOVE") ? .removePartitioning : .partitionBy
            try AlterRules.checkEngines(in: partitioning)
            clauses.append(clause(kind, partitioning, source))
        }
        return clauses
    }

    /// Partitioning may follow the last clause without a comma.
    private static func splittingPartitioning(
        _ piece: [SQLToken]
    ) throws(AlterRefusal) -> (body: [SQLToken], partitioning: [SQLToken]) {
        let depths = try AlterText.depths(of: piece)
        for index in piece.indices.dropLast() where depths[index].depth == 0 {
            let (token, next) = (piece[index], piece[index + 1])
            if (token.isWord("PARTITION") && next.isWord("BY"))
                || (token.isWord("REMOVE") && next.isWord("PARTITIONING") && index + 2 == piece.count)
            {
                return (Array(piece[..<index]), Array(piece[index...]))
            }
        }
        return (piece, [])
    }

    private static func clause(_ kind: AlterClause.Kind, _ tokens: [SQLToken], _ source: String) -> AlterClause {
        let (first, last) = (tokens[0], tokens[tokens.count - 1])
        return AlterClause(
            kind: kind, text: AlterText.slice(source, from: first.position.offset, to: last.endOffset),
            position: first.position)
    }

    private mutating func parse(_ piece: [SQLToken], isFirst: Bool) throws(AlterRefusal) -> [AlterClause] {
        let start = piece[0]
        if cursor.take("ADD") {
            if cursor.peek?.isSymbol("(") == true || cursor.sees("COLUMN") && opensList() {
                return try addList(piece)
            }
            return [Self.clause(try added(), piece, source)]
        }
        let kind: AlterClause.Kind?
        switch start.kind == .word ? start.text.uppercased() : "" {
        case "DROP": kind = try dropped()
        case "CHANGE": kind = try changed()
        case "MODIFY": kind = try modified()
        case "ALTER": kind = try altered()
        case "RENAME": kind = try renamed()
        case "CONVERT": kind = try converted()
        case "ORDER": kind = .orderBy
        case "FORCE": kind = .force
        case "ALGORITHM": kind = .algorithm
        case "LOCK": kind = .lock
        case "DISCARD", "IMPORT", "EXCHANGE", "TRUNCATE", "COALESCE", "REORGANIZE", "ANALYZE", "CHECK", "OPTIMIZE",
            "REBUILD", "REPAIR":
            kind = try maintained(isFirst: isFirst)
        case "ENABLE", "DISABLE", "WITH", "WITHOUT", "SECONDARY_LOAD", "SECONDARY_UNLOAD": kind = .other
        default: kind = nil
        }
        if let kind { return [Self.clause(kind, piece, source)] }
        return try options(piece, isFirst: isFirst)
    }

    // MARK: - ADD

    private func opensList() -> Bool {
        let rest = cursor.rest
        return rest.count > 1 && rest[rest.startIndex + 1].isSymbol("(")
    }

    /// `ADD [COLUMN] (a INT, INDEX (a))`: each element as if it had its own `ADD`.
    private mutating func addList(_ piece: [SQLToken]) throws(AlterRefusal) -> [AlterClause] {
        _ = cursor.take("COLUMN")
        let opening = cursor.position
        let inner = Array(cursor.rest.dropFirst())
        guard let close = try AlterText.depths(of: Array(cursor.rest)).dropFirst().first(where: { $0.depth == 0 }),
            close.token == inner.last, inner.count > 1
        else {
            throw malformed(at: opening, "The list of new columns is empty or followed by more text")
        }
        return try AlterText.pieces(of: Array(inner.dropLast())).map { element throws(AlterRefusal) in
            var parser = ClauseParser(source: source, cursor: ClauseCursor(element))
            return Self.clause(try parser.added(), element, source)
        }
    }

    private mutating func added() throws(AlterRefusal) -> AlterClause.Kind {
        if cursor.take("PARTITION") { return .repartition(verb: "ADD") }
        if cursor.sees("SYSTEM", "VERSIONING") || cursor.sees("PERIOD", "FOR") { throw versioning() }
        var constraint: String?
        if cursor.take("CONSTRAINT") {
            _ = cursor.take("IF", "NOT", "EXISTS")
            let isUnnamed = ["PRIMARY", "UNIQUE", "FOREIGN", "CHECK"].contains { cursor.sees($0) }
            constraint = isUnnamed ? nil : try name("a constraint name")
        }
        if cursor.take("PRIMARY", "KEY") { return .addPrimaryKey }
        if cursor.take("FOREIGN", "KEY") { return .addForeignKey(name: constraint ?? indexName()) }
        if cursor.take("CHECK") { return .addCheck(name: constraint) }
        if cursor.take("UNIQUE") {
            _ = cursor.takeOne(of: "INDEX", "KEY")
            return .addUnique(name: indexName() ?? constraint)
        }
        if let flavour = cursor.takeOne(of: "FULLTEXT", "SPATIAL") {
            _ = cursor.takeOne(of: "INDEX", "KEY")
            let name = indexName()
            return flavour == "FULLTEXT" ? .addFulltext(name: name) : .addSpatial(name: name)
        }
        if cursor.takeOne(of: "INDEX", "KEY") != nil || cursor.take("VECTOR", "INDEX") || cursor.take("VECTOR", "KEY") {
            return .addIndex(name: indexName())
        }
        _ = cursor.take("COLUMN")
        _ = cursor.take("IF", "NOT", "EXISTS")
        let column = try name("a column name")
        try refuseInlineReference()
        return .addColumn(name: column)
    }

    /// The name in front of an index's parts; `nil` when the server chooses one.
    private mutating func indexName() -> String? {
        _ = cursor.take("IF", "NOT", "EXISTS")
        guard !cursor.sees("USING"), let name = cursor.peek?.identifier else { return nil }
        cursor.skip()
        return name
    }

    // MARK: - DROP, CHANGE, MODIFY, ALTER, RENAME, CONVERT

    private mutating func dropped() throws(AlterRefusal) -> AlterClause.Kind {
        let start = cursor.position
        cursor.skip()
        for word in [
            "TABLE", "TABLES", "TEMPORARY", "DATABASE", "SCHEMA", "VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "USER",
        ]
        where cursor.sees(word) {
            let following = cursor.rest.dropFirst().first
            if let following, !following.isWord("CASCADE"), !following.isWord("RESTRICT") {
                throw Self.notAnAlter("DROP \(word)", at: start)
            }
        }
        if cursor.take("PRIMARY", "KEY") { return .dropPrimaryKey }
        if cursor.sees("SYSTEM", "VERSIONING") || cursor.sees("PERIOD", "FOR") { throw versioning() }
        if cursor.take("PARTITION") { throw maintenance("DROP PARTITION") }
        if cursor.take("FOREIGN", "KEY") { return .dropForeignKey(name: try existing("a foreign key's name")) }
        switch cursor.takeOne(of: "INDEX", "KEY", "CHECK", "CONSTRAINT", "COLUMN") {
        case "INDEX", "KEY": return .dropIndex(name: try existing("an index name"))
        case "CHECK": return .dropCheck(name: try existing("a check's name"))
        case "CONSTRAINT": return .dropConstraint(name: try existing("a constraint name"))
        default: return .dropColumn(name: try existing("a column name"))
        }
    }

    private mutating func changed() throws(AlterRefusal) -> AlterClause.Kind {
        cursor.skip()
        _ = cursor.take("COLUMN")
        let old = try existing("a column name")
        let new = try name("the column's new name")
        try refuseInlineReference()
        return .changeColumn(old: old, new: new)
    }

    private mutating func modified() throws(AlterRefusal) -> AlterClause.Kind {
        cursor.skip()
        _ = cursor.take("COLUMN")
        let column = try existing("a column name")
        try refuseInlineReference()
        return .modifyColumn(name: column)
    }

    private mutating func altered() throws(AlterRefusal) -> AlterClause.Kind {
        let start = cursor.position
        cursor.skip()
        if ["DATABASE", "SCHEMA", "VIEW", "USER", "EVENT", "FUNCTION", "PROCEDURE", "SERVER", "TABLESPACE", "INSTANCE"]
            .contains(where: { cursor.sees($0) }), !cursor.rest.contains(where: { $0.isWord("DEFAULT") })
        {
            throw Self.notAnAlter("ALTER \(cursor.peek?.text.uppercased() ?? "")", at: start)
        }
        switch cursor.takeOne(of: "INDEX", "KEY", "CHECK", "CONSTRAINT", "COLUMN") {
        case "INDEX", "KEY": return .alterIndex(name: try existing("an index name"))
        case "CHECK", "CONSTRAINT": return .alterConstraint(name: try existing("a constraint name"))
        default: return .alterColumn(name: try existing("a column name"))
        }
    }

    private mutating func renamed() throws(AlterRefusal) -> AlterClause.Kind {
        let start = cursor.position
        cursor.skip()
        if cursor.sees("TABLE") || cursor.sees("TABLES") || cursor.sees("USER") {
            throw Self.notAnAlter("RENAME \(cursor.peek?.text.uppercased() ?? "")", at: start)
        }
        if let what = cursor.takeOne(of: "COLUMN", "INDEX", "KEY") {
            let old = try existing(what == "COLUMN" ? "a column name" : "an index name")
            guard cursor.take("TO") else {
                throw malformed(at: cursor.position, "There is no TO between the two names")
            }
            let new = try name("the new name")
            return what == "COLUMN" ? .renameColumn(old: old, new: new) : .renameIndex(old: old, new: new)
        }
        if cursor.takeOne(of: "TO", "AS") == nil, cursor.peek?.isSymbol("=") == true { cursor.skip() }
        let parts = cursor.rest.compactMap(\.identifier)
        return .renameTable(to: parts.joined(separator: "."))
    }

    private mutating func converted() throws(AlterRefusal) -> AlterClause.Kind {
        let start = cursor.position
        cursor.skip()
        if let what = cursor.takeOne(of: "PARTITION", "TABLE") { throw maintenance("CONVERT \(what)", at: start) }
        guard cursor.take("TO"), cursor.take("CHARACTER", "SET") || cursor.take("CHARSET") || cursor.take("CHAR", "SET")
        else { return .other }
        guard let value = cursor.peek, !value.isWord("DEFAULT") else { return .convertCharacterSet(name: nil) }
        return .convertCharacterSet(name: value.value)
    }

    private mutating func maintained(isFirst: Bool) throws(AlterRefusal) -> AlterClause.Kind {
        let start = cursor.position
        let verb = cursor.peek?.text.uppercased() ?? ""
        cursor.skip()
        if cursor.sees("TABLESPACE") {
            throw AlterRefusal(
                kind: .tablespace, position: start, what: "\(verb) TABLESPACE is not accepted",
                why: "It exchanges the table's file, and a shadow table's file holds other rows.",
                advice: "Run it on the server by hand, outside a migration.")
        }
        guard cursor.take("PARTITION") else {
            if isFirst, cursor.sees("TABLE") || cursor.sees("LOCAL") || cursor.sees("TABLES") {
                throw Self.notAnAlter("\(verb) TABLE", at: start)
            }
            return .other
        }
        if verb == "COALESCE" || verb == "REORGANIZE" { return .repartition(verb: verb) }
        throw maintenance("\(verb) PARTITION", at: start)
    }

    // MARK: - Table options

    /// One option after the other, with or without commas: `ENGINE=InnoDB ROW_FORMAT=DYNAMIC COMMENT='x'`.
    private mutating func options(_ piece: [SQLToken], isFirst: Bool) throws(AlterRefusal) -> [AlterClause] {
        if isFirst, let statement = Self.foreignStatement(piece) {
            throw Self.notAnAlter(statement, at: piece[0].position)
        }
        var clauses: [AlterClause] = []
        while let first = cursor.peek {
            let before = Array(cursor.rest)
            guard first.kind == .word else {
                return clauses + [Self.clause(.other, before, source)]
            }
            let kind = try option()
            let used = before.prefix(before.count - cursor.rest.count)
            clauses.append(Self.clause(kind, Array(used), source))
        }
        return clauses
    }

    private mutating func option() throws(AlterRefusal) -> AlterClause.Kind {
        _ = cursor.take("DEFAULT")
        let name: String
        if cursor.take("CHARACTER", "SET") || cursor.take("CHAR", "SET") || cursor.take("CHARSET") {
            name = "CHARACTER SET"
        } else if cursor.take("DATA", "DIRECTORY") {
            name = "DATA DIRECTORY"
        } else if cursor.take("INDEX", "DIRECTORY") {
            name = "INDEX DIRECTORY"
        } else {
            _ = cursor.sees("STORAGE", "ENGINE") && cursor.take("STORAGE")
            name = cursor.peek?.text.uppercased() ?? ""
            cursor.skip()
        }
        if cursor.peek?.isSymbol("=") == true { cursor.skip() }
        guard let value = cursor.peek else { return .tableOption(name: name) }
        if value.isSymbol("(") {
            var depth = 0
            while let token = cursor.peek {
                cursor.skip()
                depth += token.isSymbol("(") ? 1 : token.isSymbol(")") ? -1 : 0
                if depth == 0 { break }
            }
        } else {
            cursor.skip()
        }
        switch name {
        case "ENGINE":
            try AlterRules.checkEngine(value)
            return .engine(name: value.value)
        case "ALGORITHM": return .algorithm
        case "LOCK": return .lock
        default: return .tableOption(name: name)
        }
    }

    // MARK: - Shared

    private static func foreignStatement(_ piece: [SQLToken]) -> String? {
        let statements: Set<String> = [
            "CREATE", "INSERT", "UPDATE", "DELETE", "REPLACE", "SELECT", "SET", "GRANT", "REVOKE", "CALL", "SHOW",
            "USE",
            "EXPLAIN", "DESCRIBE", "LOAD", "FLUSH", "KILL", "BEGIN", "COMMIT", "ROLLBACK", "PREPARE", "EXECUTE",
            "DO", "HANDLER", "WITH", "UNLOCK", "PURGE", "RESET", "STOP", "ANALYZE",
        ]
        guard piece[0].kind == .word else { return AlterText.excerpt(piece[0].text) }
        let word = piece[0].text.uppercased()
        if statements.contains(word) { return word }
        if word == "START", !(piece.count > 1 && piece[1].isWord("TRANSACTION")) { return word }
        return piece.count == 1 ? AlterText.excerpt(piece[0].text) : nil
    }

    private static func notAnAlter(_ what: String, at position: SourcePosition) -> AlterRefusal {
        AlterRefusal(
            kind: .notAnAlter, position: position, what: "\(what) is not an ALTER TABLE",
            why: "Only an ALTER TABLE, or its clauses alone, can be carried out as an online migration.",
            advice: "Write ALTER TABLE …, or run this statement by hand.")
    }

    private mutating func existing(_ what: String) throws(AlterRefusal) -> String {
        _ = cursor.take("IF", "EXISTS")
        return try name(what)
    }

    private mutating func name(_ what: String) throws(AlterRefusal) -> String {
        guard let token = cursor.peek, let name = token.identifier else {
            let found = cursor.peek.map { "\(AlterText.excerpt($0.text)) stands where \(what) belongs" }
            throw malformed(at: cursor.position, found ?? "The clause ends where \(what) belongs")
        }
        cursor.skip()
        if cursor.peek?.isSymbol(".") == true {
            throw malformed(
                at: token.position,
                "\(name) is followed by a dot: the name of a column, index or constraint stands alone")
        }
        return name
    }

    private func refuseInlineReference() throws(AlterRefusal) {
        var depth = 0
        for token in cursor.rest {
            depth += token.isSymbol("(") ? 1 : token.isSymbol(")") ? -1 : 0
            if depth == 0, token.isWord("REFERENCES") { throw AlterRules.foreignKey(at: token.position, "REFERENCES") }
        }
    }

    private func malformed(at position: SourcePosition, _ what: String) -> AlterRefusal {
        AlterRefusal(
            kind: .malformed, position: position, what: what, why: "The clause cannot be understood without it.",
            advice: "Quote names with backquotes where they are keywords or hold unusual characters.")
    }

    private func maintenance(_ what: String, at position: SourcePosition? = nil) -> AlterRefusal {
        AlterRefusal(
            kind: .partitionMaintenance, position: position ?? cursor.position, what: "\(what) is not accepted",
            why: "It acts on the rows of single partitions, and the shadow table has none when it would run.",
            advice: "Run it on the server by hand, outside a migration.")
    }

    private func versioning() -> AlterRefusal {
        AlterRefusal(
            kind: .systemVersioning, position: cursor.position, what: "System versioning cannot be added or removed",
            why: "The copy carries current rows only: the history would be lost or invented.",
            advice: "Run it on the server by hand, outside a migration.")
    }
}
