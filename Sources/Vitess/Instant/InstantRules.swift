internal import Schema

/// Which clauses of an ALTER a tablet carries out INSTANT, and from which server on.
///
/// The rules are Vitess' own (`schemadiff`, v24), not MySQL's: what MySQL could do and Vitess does not try is a copy.
struct InstantRules {
    /// What becomes of one clause.
    enum Verdict: Equatable {
        case from(MySQLRelease)
        case never(String)
    }

    let table: TableText

    private static let always = MySQLRelease(8, 0, 0)
    private static let visibility = MySQLRelease(8, 0, 23)
    private static let anywhere = MySQLRelease(8, 0, 29)
    /// With more, nothing is INSTANT.
    static let mostColumns = 1022

    /// Everything together: the newest server that a clause needs, or the first reason against.
    func verdict(_ clauses: [[SQLToken]]) -> Verdict {
        var needed = Self.always
        var added = 0
        for clause in clauses {
            switch verdict(clause, &added) {
            case .from(let release): needed = max(needed, release)
            case .never(let reason): return .never(reason)
            }
        }
        if table.columns.count + added > Self.mostColumns {
            return .never("the table would have more than 1,022 columns")
        }
        return .from(needed)
    }

    private func verdict(_ clause: [SQLToken], _ added: inout Int) -> Verdict {
        guard let first = clause.first else { return .never("an empty clause") }
        var rest = Array(clause.dropFirst())
        if first.isWord("ALGORITHM") {
            return rest.last?.isWord("INSTANT") == true ? .from(Self.always) : .never("it names another ALGORITHM")
        }
        let verbs = ["ADD", "DROP", "CHANGE", "MODIFY", "ALTER"]
        guard let verb = verbs.first(where: { first.isWord($0) }) else { return other(clause) }
        if let next = rest.first, next.kind == .word, Self.notColumns.contains(next.text.uppercased()) {
            return other(clause)
        }
        if rest.first?.isWord("COLUMN") == true { rest.removeFirst() }
        switch verb {
        case "ADD": return addition(rest, &added)
        case "DROP": return removal(rest)
        case "ALTER": return alteration(rest)
        case "CHANGE":
            guard let old = rest.first?.identifier, rest.count > 1, let new = rest[1].identifier, old == new else {
                return .never("a column is renamed")
            }
            return change(Array(rest.dropFirst()))
        default: return change(rest)
        }
    }

    /// A column with a key of its own: Vitess tries it INSTANT, and every MySQL refuses that (1845, seen on v24).
    static func addsKeyedColumn(_ clauses: [[SQLToken]]) -> Bool {
        clauses.contains { clause in
            guard clause.first?.isWord("ADD") == true, let next = clause.dropFirst().first,
                next.kind != .word || !notColumns.contains(next.text.uppercased())
            else { return false }
            return clause.dropFirst(2).contains { $0.isWord("UNIQUE") || $0.isWord("PRIMARY") || $0.isWord("KEY") }
        }
    }

    private static let notColumns: Set<String> = [
        "INDEX", "KEY", "UNIQUE", "PRIMARY", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK", "PARTITION",
    ]

    private func other(_ clause: [SQLToken]) -> Verdict {
        .never("\(clause.prefix(2).map { $0.text.uppercased() }.joined(separator: " ")) is never INSTANT in Vitess")
    }

    private func addition(_ tokens: [SQLToken], _ added: inout Int) -> Verdict {
        if let reason = tableBars { return .never(reason) }
        var definitions = [tokens]
        var place = false
        if tokens.first?.isSymbol("(") == true {
            definitions = SQLPieces.group(tokens).map { SQLPieces.split($0.inside) } ?? []
        } else if tokens.last?.isWord("FIRST") == true {
            (definitions, place) = ([Array(tokens.dropLast())], true)
        } else if tokens.count > 2, tokens[tokens.count - 2].isWord("AFTER") {
            (definitions, place) = ([Array(tokens.dropLast(2))], true)
        }
        for definition in definitions {
            guard let column = ColumnText(definition) else { return .never("a column that cannot be read") }
            added += 1
            if column.isStored { return .never("\(column.name) is generated and stored") }
            if column.hasExpressionDefault { return .never("the default of \(column.name) is an expression") }
            if column.typeName == "datetime", column.isNotNull, !column.hasDefault {
                return .never("\(column.name) is a DATETIME without NULL and without a default")
            }
        }
        return .from(place ? Self.anywhere : Self.always)
    }

    private func removal(_ tokens: [SQLToken]) -> Verdict {
        guard let name = tokens.first?.identifier, let column = table.column(name) else {
            return .never("the table has no such column to drop")
        }
        if let reason = tableBars { return .never(reason) }
        if table.indexedColumns.contains(name) { return .never("\(name) is part of an index") }
        return .from(column.isGenerated ? Self.always : Self.anywhere)
    }

    private var tableBars: String? {
        if table.hasFulltextIndex { return "the table has a FULLTEXT index" }
        return table.isCompressed ? "the table is compressed" : nil
    }

    private func alteration(_ tokens: [SQLToken]) -> Verdict {
        let words = tokens.dropFirst()
        if words.contains(where: { $0.isWord("DEFAULT") }) { return .from(Self.always) }
        // Vitess looks at both words in the same place.
        if words.last?.isWord("INVISIBLE") == true || words.last?.isWord("VISIBLE") == true {
            return .from(Self.visibility)
        }
        return .never("this ALTER of a column is never INSTANT in Vitess")
    }

    private func change(_ tokens: [SQLToken]) -> Verdict {
        if tokens.last?.isWord("FIRST") == true || (tokens.count > 2 && tokens[tokens.count - 2].isWord("AFTER")) {
            return .never("a column is moved")
        }
        guard let new = ColumnText(tokens), let old = table.column(new.name) else {
            return .never("the table has no such column to change")
        }
        let isSame = old.isSame(as: new, butValues: false)
        if isSame, !old.changesCharacters(to: new) { return .from(Self.always) }
        guard !old.values.isEmpty, !new.values.isEmpty else { return .never("the definition of \(new.name) changes") }
        guard Array(new.values.prefix(old.values.count)) == old.values else {
            return .never("the values of \(new.name) change, and are not only appended to")
        }
        if old.typeName == "enum", old.values.count <= 255, new.values.count > 255 {
            return .never("\(new.name) passes 255 values and needs a second byte")
        }
        if old.typeName == "set", (old.values.count + 7) / 8 != (new.values.count + 7) / 8 {
            return .never("\(new.name) needs another byte for its values")
        }
        guard old.isSame(as: new, butValues: true) else { return .never("the definition of \(new.name) changes") }
        if old.changesCharacters(to: new) { return .never("the character set or the collation of \(new.name) changes") }
        return .from(Self.always)
    }
}
