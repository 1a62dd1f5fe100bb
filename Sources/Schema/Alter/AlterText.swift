/// From text to pieces: what is cut before any clause is understood.
enum AlterText {
    /// The tokens of one statement without comments and without a `;` at the end.
    static func tokens(of text: String, dialect: SQLLexer.Dialect) throws(AlterRefusal) -> [SQLToken] {
        var tokens: [SQLToken]
        do throws(SQLLexer.Failure) {
            tokens = try SQLLexer.tokens(of: text, dialect: dialect)
        } catch {
            throw AlterRefusal(
                kind: .malformed, position: error.position, what: "The statement cannot be read",
                why: "In SQL \(error.message).", advice: "Close or remove it.")
        }
        if let comment = tokens.first(where: { $0.kind == .executableComment }) {
            throw AlterRefusal(
                kind: .executableComment, position: comment.position,
                what: "The comment \(excerpt(comment.text)) is run by some servers and skipped by others",
                why: "Shards of different versions would end up with different tables.",
                advice: "Write its content as plain SQL, or leave it out.")
        }
        while let last = tokens.last, last.isSymbol(";") { tokens.removeLast() }
        if let end = tokens.firstIndex(where: { $0.isSymbol(";") }) {
            throw AlterRefusal(
                kind: .severalStatements, position: tokens[end + 1].position,
                what: "There is a second statement, \(excerpt(tokens[end + 1].text)) …, behind the semicolon",
                why: "A migration is one ALTER TABLE, so that it is done or not done.",
                advice: "Join the clauses with commas, or write one migration for each statement.")
        }
        return tokens
    }

    /// Reads `ALTER [ONLINE] [IGNORE] TABLE [IF EXISTS] [db.]table` and leaves the cursor at the first clause.
    /// Without it, leaves the cursor where it is.
    static func readHead(_ cursor: inout ClauseCursor) throws(AlterRefusal) -> TableReference? {
        var probe = cursor
        guard probe.take("ALTER") else { return nil }
        var modifiers: [SQLToken] = []
        while let token = probe.peek, token.isWord("ONLINE") || token.isWord("IGNORE") || token.isWord("OFFLINE") {
            modifiers.append(token)
            probe.skip()
        }
        guard probe.take("TABLE") else { return nil }
        _ = probe.take("IF", "EXISTS")  // a table missing on a shard is refused there, before anything starts
        let table = try readTable(&probe)
        if let wait = probe.peek, wait.isWord("NOWAIT") || wait.isWord("WAIT") { modifiers.append(wait) }
        if let modifier = modifiers.first {
            throw AlterRefusal(
                kind: .modifier, position: modifier.position, what: "\(modifier.text.uppercased()) is not accepted",
                why: "How the change is carried out, and how long it waits for locks, is not the statement's to say"
                    + " (and IGNORE would drop rows in silence).",
                advice: "Remove the word.")
        }
        cursor = probe
        return table
    }

    private static func readTable(_ cursor: inout ClauseCursor) throws(AlterRefusal) -> TableReference {
        guard let first = cursor.peek?.identifier else {
            throw AlterRefusal(
                kind: .malformed, position: cursor.position, what: "ALTER TABLE names no table",
                why: "The word behind it must be a name, bare or in backquotes"
                    + " (double quotes hold a name only under ANSI_QUOTES).",
                advice: "Write ALTER TABLE `orders` …, or only the clauses.")
        }
        cursor.skip()
        guard cursor.peek?.isSymbol(".") == true else { return TableReference(database: nil, name: first) }
        cursor.skip()
        guard let second = cursor.peek?.identifier else {
            throw AlterRefusal(
                kind: .malformed, position: cursor.position, what: "There is no table name behind the dot",
                why: "A qualified table is database.table.", advice: "Write ALTER TABLE `shop`.`orders` ….")
        }
        cursor.skip()
        return TableReference(database: first, name: second)
    }

    /// The clauses' tokens, split at commas outside parentheses; `ORDER BY a, b` stays one piece.
    static func pieces(of body: [SQLToken]) throws(AlterRefusal) -> [[SQLToken]] {
        var pieces: [[SQLToken]] = []
        var current: [SQLToken] = []
        for (token, depth) in try depths(of: body) {
            guard depth == 0, token.isSymbol(",") else {
                current.append(token)
                continue
            }
            guard !current.isEmpty else { throw emptyPiece(at: token.position) }
            pieces.append(current)
            current = []
        }
        guard !current.isEmpty else { throw emptyPiece(at: body[body.count - 1].position) }
        pieces.append(current)
        return joiningOrderLists(pieces)
    }

    private static func emptyPiece(at position: SourcePosition) -> AlterRefusal {
        AlterRefusal(
            kind: .malformed, position: position, what: "There is no clause beside this comma",
            why: "Commas stand between two clauses.", advice: "Remove the comma, or write the missing clause.")
    }

    /// Each token with the number of parentheses open around it; a parenthesis itself counts as outside.
    static func depths(of tokens: [SQLToken]) throws(AlterRefusal) -> [(token: SQLToken, depth: Int)] {
        var open: [SQLToken] = []
        var result: [(token: SQLToken, depth: Int)] = []
        for token in tokens {
            if token.isSymbol(")"), open.popLast() == nil { throw unbalanced(token, "opened") }
            result.append((token, open.count))
            if token.isSymbol("(") { open.append(token) }
        }
        if let token = open.last { throw unbalanced(token, "closed") }
        return result
    }

    private static func unbalanced(_ token: SQLToken, _ missing: String) -> AlterRefusal {
        AlterRefusal(
            kind: .malformed, position: token.position, what: "This parenthesis is never \(missing)",
            why: "The clauses cannot be told apart.", advice: "Balance the parentheses.")
    }

    private static func joiningOrderLists(_ pieces: [[SQLToken]]) -> [[SQLToken]] {
        var joined: [[SQLToken]] = []
        for piece in pieces {
            if let last = joined.last, last[0].isWord("ORDER"), isOrderItem(piece) {
                joined[joined.count - 1] += piece
            } else {
                joined.append(piece)
            }
        }
        return joined
    }

    /// A column with or without direction, and nothing else. `FORCE` alone is a clause (the word is reserved).
    private static func isOrderItem(_ piece: [SQLToken]) -> Bool {
        guard piece[0].identifier != nil, !piece[0].isWord("FORCE") else { return false }
        return piece.count == 1 || (piece.count == 2 && (piece[1].isWord("ASC") || piece[1].isWord("DESC")))
    }

    /// The text between two UTF-8 offsets.
    static func slice(_ text: String, from start: Int, to end: Int) -> String {
        let utf8 = text.utf8
        let lower = utf8.index(utf8.startIndex, offsetBy: start)
        let upper = utf8.index(utf8.startIndex, offsetBy: end)
        return String(text[lower..<upper])
    }

    /// At most 40 characters of `text`.
    static func excerpt(_ text: String) -> String {
        text.count <= 40 ? text : text.prefix(39) + "…"
    }
}
