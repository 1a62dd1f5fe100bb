/// What a QUERY event means for the subscribed tables.
///
/// Careful, not clever: a statement whose effect on a subscribed table cannot be ruled out is one that has it.
package struct StatementJudge: Sendable {
    /// What a statement is.
    package enum Verdict: Equatable, Sendable {
        /// A transaction begins.
        case begin
        /// COMMIT.
        case commit
        /// ROLLBACK of the whole transaction.
        case rollback
        /// SAVEPOINT of this name.
        case savepoint(String)
        /// ROLLBACK TO SAVEPOINT of this name.
        case rollbackTo(String)
        /// XA START; names are in the log's own form, `X'61',X'',1`.
        case xaBegin(String)
        /// XA COMMIT of a prepared transaction.
        case xaCommit(String)
        /// XA ROLLBACK of a prepared transaction.
        case xaRollback(String)
        /// Part of a group, without effect by itself (`XA END`, `RELEASE SAVEPOINT`).
        case nothing
        /// A whole statement that changes no subscribed table.
        case unrelated
        /// DDL that names these tables.
        case ddl(BinlogDDL.Kind, [QualifiedName])
        /// Statement-format DML that mentions the table.
        case change(QualifiedName)
        /// A routine ran; what it changed is not said.
        case routine
    }

    private let tables: [QualifiedName]

    /// - Parameter tables: the subscribed tables.
    package init(tables: some Sequence<QualifiedName>) {
        self.tables = tables.sorted { $0.description < $1.description }
    }

    /// - Parameter database: the default database the statement ran in.
    package func judge(_ text: String, database: String) -> Verdict {
        switch text {
        case "BEGIN": return .begin
        case "COMMIT": return .commit
        case "ROLLBACK": return .rollback
        default: break
        }
        var statement = Statement(tokens: StatementToken.tokens(of: text), database: database, tables: tables)
        statement.skipSetStatement()
        guard let verb = statement.nextKeyword() else { return statement.tokens.isEmpty ? .nothing : .unrelated }
        switch verb {
        case "BEGIN": return statement.peek() == "NOT" ? .routine : .begin
        case "START": return .begin
        case "COMMIT": return .commit
        case "ROLLBACK": return statement.rollback()
        case "SAVEPOINT": return .savepoint(statement.nextName() ?? "")
        case "RELEASE": return .nothing
        case "XA": return Self.xa(text)
        case "ALTER": return statement.alter()
        case "CREATE": return statement.create()
        case "DROP": return statement.drop()
        case "RENAME": return statement.rename()
        case "TRUNCATE":
            statement.skip("TABLE")
            return statement.verdict(.truncate, [statement.table()])
        case "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH", "MERGE":
            return statement.mentioned().map { .change($0) } ?? .unrelated
        case "SELECT", "CALL", "DO", "EXECUTE": return .routine
        case let verb where Self.harmless.contains(verb): return .unrelated
        default: return statement.mentioned().map { .ddl(.other, [$0]) } ?? .unrelated
        }
    }

    private static let harmless: Set<String> = [
        "GRANT", "REVOKE", "SET", "FLUSH", "ANALYZE", "OPTIMIZE", "CHECK", "INSTALL", "UNINSTALL", "COMMENT", "USE",
        "RESET",
        "PURGE", "CHANGE", "UNLOCK",
    ]

    /// `XA COMMIT X'61',X'',1`: the text behind the verb is the name, in the server's own form.
    private static func xa(_ text: String) -> Verdict {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3 else { return .nothing }
        let name = xaName(words[2])
        switch words[1].uppercased() {
        case "START", "BEGIN": return .xaBegin(name)
        case "COMMIT": return .xaCommit(name)
        case "ROLLBACK": return .xaRollback(name)
        default: return .nothing
        }
    }

    private static func xaName(_ text: Substring) -> String {
        let upper = text.uppercased()
        let body = upper.hasSuffix("ONE PHASE") ? upper.dropLast(9) : upper[...]
        return body.filter { !$0.isWhitespace }
    }
}

/// A cursor over a statement's tokens, with the parts of DDL that name tables.
private struct Statement {
    let tokens: [StatementToken]
    let database: String
    let tables: [QualifiedName]
    var index = 0

    func peek() -> String? { index < tokens.count ? tokens[index].keyword : nil }

    mutating func nextKeyword() -> String? {
        while index < tokens.count {
            index += 1
            if let keyword = tokens[index - 1].keyword { return keyword }
            // A statement may stand in parentheses.
            if tokens[index - 1] != .symbol(UInt8(ascii: "(")) { return nil }
        }
        return nil
    }

    mutating func nextName() -> String? {
        guard index < tokens.count else { return nil }
        index += 1
        return tokens[index - 1].asName
    }

    @discardableResult
    mutating func skip(_ keywords: String...) -> Bool {
        var skipped = false
        while let next = peek(), keywords.contains(next) {
            index += 1
            skipped = true
        }
        return skipped
    }

    /// MariaDB's `SET STATEMENT variable = value, … FOR statement`.
    mutating func skipSetStatement() {
        guard tokens.count > 2, tokens[0].keyword == "SET", tokens[1].keyword == "STATEMENT",
            let word = tokens.firstIndex(where: { $0.keyword == "FOR" })
        else { return }
        index = word + 1
    }

    /// A name, or two with a dot between; `nil` when none stands here.
    mutating func qualified() -> (database: String, table: String)? {
        guard let first = nextName() else { return nil }
        guard index < tokens.count, tokens[index] == .symbol(UInt8(ascii: ".")) else { return (database, first) }
        index += 1
        return nextName().map { (first, $0) }
    }

    /// The subscribed table that is named here, if it is one.
    mutating func table() -> QualifiedName? {
        qualified().flatMap { name in tables.first { matches($0, name.database, name.table) } }
    }

    /// U+FFFD stands for bytes in another character set: they could be any name.
    private func same(_ left: String, _ right: String) -> Bool {
        left.lowercased() == right.lowercased() || left.unicodeScalars.contains("\u{FFFD}")
    }

    private func matches(_ table: QualifiedName, _ database: String, _ name: String) -> Bool {
        same(name, table.table.name) && same(database, table.database.name)
    }

    func verdict(_ kind: BinlogDDL.Kind, _ found: [QualifiedName?]) -> StatementJudge.Verdict {
        let named = Set(found.compactMap { $0 }).sorted { $0.description < $1.description }
        return named.isEmpty ? .unrelated : .ddl(kind, named)
    }

    /// The first subscribed table whose name stands anywhere, unless another database stands before it.
    func mentioned() -> QualifiedName? {
        for (place, token) in tokens.enumerated() {
            guard let name = token.asName else { continue }
            var qualifier = database
            if place >= 2, tokens[place - 1] == .symbol(UInt8(ascii: ".")), let before = tokens[place - 2].asName {
                qualifier = before
            }
            if let table = tables.first(where: { matches($0, qualifier, name) }) { return table }
        }
        return nil
    }

    mutating func rollback() -> StatementJudge.Verdict {
        skip("WORK")
        guard skip("TO") else { return .rollback }
        skip("SAVEPOINT")
        return .rollbackTo(nextName() ?? "")
    }

    mutating func alter() -> StatementJudge.Verdict {
        skip("ONLINE", "OFFLINE", "IGNORE")
        guard skip("TABLE") else { return .unrelated }
        skip("IF", "EXISTS")
        var found = [table()]
        while index < tokens.count {
            let keyword = peek()
            index += 1
            switch keyword {
            // RENAME [TO] other, WITH TABLE other, TO TABLE other, CONVERT TABLE other.
            case "RENAME" where !["COLUMN", "INDEX", "KEY", "CONSTRAINT"].contains(peek()):
                skip("TO", "AS")
                if index < tokens.count, tokens[index] == .symbol(UInt8(ascii: "=")) { index += 1 }
                found.append(table())
            case "TABLE": found.append(table())
            default: continue
            }
        }
        return verdict(.alter, found)
    }

    mutating func create() -> StatementJudge.Verdict {
        var replaces = false
        while index < tokens.count {
            let keyword = peek()
            index += 1
            switch keyword {
            case "TEMPORARY": return .unrelated
            case "REPLACE": replaces = true
            case "TABLE":
                skip("IF", "NOT", "EXISTS")
                return verdict(.create, [table()])
            case "INDEX", "TRIGGER":
                let isIndex = keyword == "INDEX"
                while index < tokens.count, peek() != "ON" { index += 1 }
                index += 1
                return verdict(isIndex ? .index : .trigger, [table()])
            case "DATABASE", "SCHEMA": return replaces ? dropDatabase() : .unrelated
            case "VIEW", "FUNCTION", "PROCEDURE", "EVENT", "USER", "ROLE", "SEQUENCE", "SERVER", "PACKAGE", "RESOURCE",
                "TABLESPACE", "UNDO", "LOGFILE", "REFERENCE":
                return .unrelated
            default: continue
            }
        }
        return .unrelated
    }

    private mutating func dropDatabase() -> StatementJudge.Verdict {
        skip("IF", "NOT", "EXISTS")
        guard let name = nextName() else { return .unrelated }
        return verdict(.dropDatabase, tables.filter { same(name, $0.database.name) })
    }

    mutating func drop() -> StatementJudge.Verdict {
        if skip("TEMPORARY") { return .unrelated }
        if skip("DATABASE", "SCHEMA") { return dropDatabase() }
        if skip("INDEX") {
            while index < tokens.count, peek() != "ON" { index += 1 }
            index += 1
            return verdict(.index, [table()])
        }
        guard skip("TABLE", "TABLES") else { return .unrelated }
        skip("IF", "EXISTS")
        var found: [QualifiedName?] = []
        repeat {
            found.append(table())
            guard index < tokens.count, tokens[index] == .symbol(UInt8(ascii: ",")) else { break }
            index += 1
        } while index < tokens.count
        return verdict(.drop, found)
    }

    mutating func rename() -> StatementJudge.Verdict {
        guard skip("TABLE", "TABLES") else { return .unrelated }
        skip("IF", "EXISTS")
        var found: [QualifiedName?] = []
        while index < tokens.count {
            found.append(table())
            while index < tokens.count, peek() != "TO", tokens[index] != .symbol(UInt8(ascii: ",")) { index += 1 }
            index += 1
        }
        return verdict(.rename, found)
    }
}
