/// Statements as VTGate's parser writes them back: keywords in lower case, one blank between words (transcript 2, 12).
enum Canonical {
    private static let keywords: Set<String> = [
        "add", "after", "all", "alter", "and", "as", "auto_increment", "bigint", "binary", "blob", "by", "change",
        "char",
        "character", "check", "collate", "column", "comment", "constraint", "create", "current_timestamp", "date",
        "datetime", "decimal", "default", "double", "drop", "engine", "enum", "exists", "first", "float", "foreign",
        "from",
        "fulltext", "generated", "if", "in", "index", "int", "integer", "is", "json", "key", "like", "longblob",
        "longtext",
        "mediumint", "mediumtext", "modify", "not", "null", "on", "or", "partition", "primary", "references", "rename",
        "replace", "revert", "select", "set", "show", "smallint", "stored", "table", "text", "time", "timestamp",
        "tinyint",
        "to", "truncate", "unique", "unsigned", "update", "using", "varbinary", "varchar", "view", "virtual",
        "vitess_migration", "vitess_migrations", "where", "year", "algorithm", "instant", "inplace", "copy", "force",
    ]
    /// Words that open a bracket without a blank.
    private static let tight: Set<String> = [
        "varchar", "char", "varbinary", "binary", "decimal", "int", "bigint", "smallint", "tinyint", "mediumint",
        "float",
        "double", "datetime", "timestamp", "time", "enum", "set", "now", "current_timestamp", "uuid", "json", "concat",
    ]
    /// Names that are keywords of VTGate's parser keep their quotes (transcript 19: `s3`).
    private static let quoted: Set<String> = ["s3", "key", "order", "group", "index", "table", "select", "status"]

    static func text(_ tokens: [Token]) -> String {
        var text = ""
        var previous: Token?
        for token in tokens {
            let piece = Self.piece(token)
            if let previous, needsBlank(previous, token) { text += " " }
            text += piece
            previous = token
        }
        return text
    }

    /// With `create index` seen as `key`, and the columns of CREATE TABLE one a line (transcript 12).
    static func statement(_ tokens: [Token]) -> String {
        let asKey = tokens.map { $0.keyword == "index" ? Token(kind: .word, text: "key", end: $0.end) : $0 }
        guard tokens.first?.keyword == "create", tokens.count > 1, tokens[1].keyword == "table",
            let open = asKey.firstIndex(where: { $0.text == "(" && $0.kind == .symbol }),
            let close = asKey.lastIndex(where: { $0.text == ")" && $0.kind == .symbol }), open < close
        else { return text(asKey) }
        var lines: [[Token]] = [[]]
        var depth = 0
        for token in asKey[(open + 1)..<close] {
            if token.kind == .symbol { depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0 }
            if depth == 0, token.kind == .symbol, token.text == "," {
                lines.append([])
            } else {
                lines[lines.count - 1].append(token)
            }
        }
        let tail = text(Array(asKey[(close + 1)...]))
        return text(Array(asKey[..<open])) + " (\n\t" + lines.map { text($0) }.joined(separator: ",\n\t") + "\n)"
            + (tail.isEmpty ? "" : " " + tail)
    }

    private static func piece(_ token: Token) -> String {
        switch token.kind {
        case .string: return "'" + token.text.replacing("'", with: "\\'") + "'"
        case .quotedName:
            let isPlain = token.text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
            return isPlain && !quoted.contains(token.text.lowercased()) && !keywords.contains(token.text.lowercased())
                ? token.text : "`\(token.text)`"
        case .word:
            if keywords.contains(token.keyword) { return token.keyword }
            return quoted.contains(token.keyword) ? "`\(token.text)`" : token.text
        case .number, .symbol, .parameter: return token.text
        }
    }

    private static func needsBlank(_ left: Token, _ right: Token) -> Bool {
        if right.kind == .symbol, [",", ")", "."].contains(right.text) { return false }
        if left.kind == .symbol, ["(", ".", "@"].contains(left.text) { return false }
        if right.kind == .symbol, right.text == "(", tight.contains(left.keyword) { return false }
        return true
    }
}
