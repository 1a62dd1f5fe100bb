/// A schema change as VTGate sees it.
struct DDL {
    enum Action: Equatable {
        case alterTable, createTable, dropTable, createView, alterView, dropView, truncate, rename

        /// `ddl_action` of the migration row.
        var text: String {
            switch self {
            case .alterTable, .alterView: "alter"
            case .createTable, .createView: "create"
            case .dropTable, .dropView: "drop"
            case .truncate, .rename: ""
            }
        }

        var isView: Bool { self == .createView || self == .alterView || self == .dropView }
    }

    var action: Action
    var keyspace: String?
    var table: String
    /// Behind `DROP TABLE a, b`: one migration each.
    var moreTables: [String] = []
    /// Of an ALTER TABLE: its parts between commas.
    var clauses: [[Token]] = []
    /// Lower-case keywords, no comments: `migration_statement` (transcript 2, 12).
    var canonical: String
    var isLenient = false
}

extension Parser {
    mutating func ddl() throws(ErrorAnswer) -> DDL {
        try checkShape()
        let all = tokens
        let first = next?.keyword ?? ""
        at += 1
        if first == "truncate" {
            _ = accept("table")
            let (keyspace, table) = try qualified()
            return DDL(action: .truncate, keyspace: keyspace, table: table, canonical: Canonical.text(all))
        }
        if first == "rename" {
            try expect("table")
            let (keyspace, table) = try qualified()
            return DDL(action: .rename, keyspace: keyspace, table: table, canonical: Canonical.text(all))
        }
        let isReplacing = accept("or")
        if isReplacing { try expect("replace") }
        let isUnique = accept("unique")
        if accept("index") || accept("key") { return try index(first, isUnique: isUnique) }
        let isView = accept("view")
        if !isView { try expect("table") }
        var isLenient = false
        if accept("if") {
            _ = accept("not")
            try expect("exists")
            isLenient = true
        }
        let (keyspace, table) = try qualified()
        var ddl = DDL(
            action: Self.action(first, isView: isView), keyspace: keyspace, table: table,
            canonical: Canonical.statement(all), isLenient: isLenient || isReplacing)
        if ddl.action == .alterTable {
            if isAtEnd { throw unexpected() }
            ddl.clauses = clauses()
        }
        if first == "drop" { while accept(",") { ddl.moreTables.append(try qualified().1) } }
        return ddl
    }

    private static func action(_ first: String, isView: Bool) -> DDL.Action {
        switch first {
        case "create": isView ? .createView : .createTable
        case "drop": isView ? .dropView : .dropTable
        default: isView ? .alterView : .alterTable
        }
    }

    /// transcript 12: CREATE INDEX and DROP INDEX become ALTER TABLE .. ADD/DROP KEY.
    private mutating func index(_ first: String, isUnique: Bool) throws(ErrorAnswer) -> DDL {
        let index = try name()
        try expect("on")
        let (keyspace, table) = try qualified()
        let columns = Canonical.text(Array(tokens[at...]))
        let change =
            first == "drop" ? "drop key \(index)" : "add \(isUnique ? "unique " : "")key \(index) \(columns)"
        let text = "alter table \(table) \(change)"
        var parser = Parser(text, version: version)
        var ddl = try parser.ddl()
        ddl.keyspace = keyspace
        ddl.canonical = text
        return ddl
    }

    /// A statement that is cut off is refused at once (transcript 11, 20); everything else is left to the tablets.
    private func checkShape() throws(ErrorAnswer) {
        let depth = tokens.reduce(0) { $0 + ($1.text == "(" ? 1 : $1.text == ")" ? -1 : 0) }
        let isCut = ["column", "add", "table", "drop", "alter", "create", "("].contains(
            tokens.last.map { $0.kind == .symbol ? $0.text : $0.keyword } ?? "")
        if depth > 0 || isCut { throw .syntax(text.utf8.count + 1, near: nil) }
    }

    private mutating func clauses() -> [[Token]] {
        var found: [[Token]] = [[]]
        var depth = 0
        while let token = next {
            at += 1
            if token.kind == .symbol { depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0 }
            if depth == 0, token.kind == .symbol, token.text == "," {
                found.append([])
            } else {
                found[found.count - 1].append(token)
            }
        }
        return found
    }
}
