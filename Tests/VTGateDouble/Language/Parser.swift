/// Reads one statement. Errors are VTGate's, position and all (transcript 7).
struct Parser {
    let text: String
    let version: VitessRelease
    var tokens: [Token]
    var at = 0

    init(_ text: String, version: VitessRelease) {
        self.text = text
        self.version = version
        tokens = Tokenizer.tokens(text)
        if tokens.last?.text == ";" { tokens.removeLast() }
    }

    static func statement(_ text: String, version: VitessRelease) throws(ErrorAnswer) -> Statement {
        var parser = Parser(text, version: version)
        return try parser.statement()
    }

    // MARK: Tokens

    var next: Token? { at < tokens.count ? tokens[at] : nil }
    var isAtEnd: Bool { at >= tokens.count }

    func unexpected() -> ErrorAnswer {
        guard let next else { return .syntax(text.utf8.count + 1, near: nil) }
        return .syntax(next.end + 1, near: next.near)
    }

    mutating func accept(_ keyword: String) -> Bool {
        guard let next, next.keyword == keyword || (next.kind == .symbol && next.text == keyword) else { return false }
        at += 1
        return true
    }

    mutating func expect(_ keyword: String) throws(ErrorAnswer) { if !accept(keyword) { throw unexpected() } }

    mutating func string() throws(ErrorAnswer) -> String {
        guard let next, next.kind == .string else { throw unexpected() }
        at += 1
        return next.text
    }

    mutating func name() throws(ErrorAnswer) -> String {
        guard let next, next.kind == .word || next.kind == .quotedName else { throw unexpected() }
        at += 1
        return next.text
    }

    func end<T>(_ value: T) throws(ErrorAnswer) -> T {
        if !isAtEnd { throw unexpected() }
        return value
    }

    // MARK: Statements

    private mutating func statement() throws(ErrorAnswer) -> Statement {
        guard let first = next else { return .nothing }
        switch first.keyword {
        case "show":
            at += 1
            return try show()
        case "alter" where tokens.count > 1 && tokens[1].keyword == "vitess_migration":
            at += 2
            return try alterMigration()
        case "revert":
            at += 1
            try expect("vitess_migration")
            let uuid = try string()
            return try end(.revert(uuid: uuid))
        case "alter", "create", "drop", "truncate", "rename": return .ddl(try ddl())
        case "set":
            at += 1
            return .set(try assignments())
        case "use":
            at += 1
            return .use(try target())
        case "select":
            at += 1
            return try select()
        case "begin": return .begin
        case "start": return .begin
        case "commit": return .commit
        case "rollback": return .rollback
        case "prepare": return .prepare(tokens.last?.text ?? "")
        case "kill":
            at += 1
            let isQuery = accept("query")
            _ = accept("connection")
            guard let number = next.flatMap({ UInt32($0.text) }) else { throw unexpected() }
            return .kill(isQuery: isQuery, number)
        case "do": return .nothing
        default: return .other
        }
    }

    /// `USE ks`, USE ks:shard, USE `ks/shard`, USE ks@replica: everything behind USE, quotes undone.
    private mutating func target() throws(ErrorAnswer) -> String {
        guard next != nil else { throw unexpected() }
        return tokens[at...].map(\.text).joined()
    }

    private mutating func alterMigration() throws(ErrorAnswer) -> Statement {
        if next?.kind == .string {
            let uuid = try string()
            let verb = try verb(isForAll: false)
            return try end(.alterMigration(uuid: uuid, verb))
        }
        // transcript 7: `retry all` is a syntax error, and so is `cutover_threshold`.
        let verb = try verb(isForAll: true)
        return try end(.alterAll(verb))
    }

    private mutating func verb(isForAll: Bool) throws(ErrorAnswer) -> Statement.Verb {
        guard let word = next?.keyword else { throw unexpected() }
        var verb: Statement.Verb
        switch word {
        case "complete": verb = .complete(shards: nil)
        case "launch": verb = .launch(shards: nil)
        case "cancel": verb = .cancel
        case "cleanup": verb = .cleanup
        case "force_cutover": verb = .forceCutover
        case "unthrottle": verb = .unthrottle
        case "throttle": verb = .throttle(expire: nil, ratio: nil)
        // transcript of v24; the statement exists since v23.
        case "postpone" where version >= .v23: verb = .postponeComplete
        case "retry" where !isForAll: verb = .retry
        case "cutover_threshold" where !isForAll && version >= .v22: verb = .cutoverThreshold("")
        default: throw unexpected()
        }
        at += 1
        if verb == .postponeComplete { try expect("complete") }
        if case .cutoverThreshold = verb { verb = .cutoverThreshold(try string()) }
        if isForAll { try expect("all") }
        if case .throttle = verb {
            let expire = accept("expire") ? try string() : nil
            var ratio: String?
            if accept("ratio") {
                guard let number = next, number.kind == .number else { throw unexpected() }
                at += 1
                ratio = number.text
            }
            return .throttle(expire: expire, ratio: ratio)
        }
        if !isForAll {
            if verb == .complete(shards: nil), version >= .v23, accept("vitess_shards") {
                return .complete(shards: try string())
            }
            if verb == .launch(shards: nil), accept("vitess_shards") { return .launch(shards: try string()) }
        }
        return verb
    }

    private mutating func assignments() throws(ErrorAnswer) -> [Statement.Assignment] {
        var found: [Statement.Assignment] = []
        repeat {
            if accept("names") || accept("charset") {
                found.append(Statement.Assignment(name: "names", value: try word(), isGlobal: false))
                if accept("collate") { _ = try word() }
                continue
            }
            if accept("transaction") {
                at = tokens.count
                return found
            }
            var isGlobal = accept("global")
            _ = accept("session") || accept("local")
            var name = try name()
            if ["@@session", "@@global", "@@local"].contains(name.lowercased()), accept(".") {
                isGlobal = name.lowercased() == "@@global"
                name = try self.name()
            }
            _ = accept(":")
            try expect("=")
            found.append(
                Statement.Assignment(
                    name: name.lowercased().replacing("@@", with: ""), value: try word(), isGlobal: isGlobal))
        } while accept(",")
        return try end(found)
    }

    private mutating func word() throws(ErrorAnswer) -> String {
        let isNegative = accept("-")
        guard let next, next.kind != .symbol else { throw unexpected() }
        at += 1
        return (isNegative ? "-" : "") + next.text
    }

    private mutating func select() throws(ErrorAnswer) -> Statement {
        var items: [Statement.SelectItem] = []
        var literals = 0
        while true {
            var parts: [Token] = []
            var depth = 0
            while let token = next {
                if depth == 0, token.text == "," && token.kind == .symbol { break }
                if depth == 0, ["from", "as", "limit", "where"].contains(token.keyword) { break }
                if token.kind == .symbol { depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0 }
                parts.append(token)
                at += 1
            }
            if parts.isEmpty { throw unexpected() }
            let alias = accept("as") ? try word() : nil
            let isLiteral = parts.count == 1 && (parts[0].kind == .number || parts[0].kind == .string)
            if isLiteral { literals += 1 }
            // Seen on a cluster: a literal is headed by the variable that VTGate made of it.
            let literal = ":vtg\(literals) /* \(parts[0].kind == .number ? "INT64" : "VARCHAR") */"
            items.append(
                Statement.SelectItem(
                    tokens: parts, heading: alias ?? (isLiteral ? literal : Self.heading(parts))))
            if !accept(",") { break }
        }
        if accept("from"), next?.keyword != "dual" { return .other }
        return .select(items)
    }

    /// transcript 1: `@@session.ddl_strategy` is headed `@@ddl_strategy`.
    private static func heading(_ tokens: [Token]) -> String {
        let text = tokens.map(\.text).joined()
        return text.hasPrefix("@@")
            ? "@@"
                + (text.split(separator: ".").last.map(String.init) ?? text)
                .replacing("@@", with: "") : text
    }
}
