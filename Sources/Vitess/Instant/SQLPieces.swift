internal import Schema

/// Tokens in pieces, for reading definitions without a grammar of the whole language.
enum SQLPieces {
    /// The tokens of a text, with those of executable comments in their place; `nil` when a quote or a comment does not end.
    static func tokens(_ text: String) -> [SQLToken]? {
        do throws(SQLLexer.Failure) {
            var tokens: [SQLToken] = []
            for token in try SQLLexer.tokens(of: text) {
                if token.kind == .executableComment {
                    // `/*!80023 INVISIBLE */`: the number says from which version on.
                    tokens += try SQLLexer.tokens(of: String(token.value.drop { $0.isNumber }))
                } else {
                    tokens.append(token)
                }
            }
            return tokens
        } catch { return nil }
    }

    /// Cut at the commas that are in no parentheses.
    static func split(_ tokens: some Sequence<SQLToken>) -> [[SQLToken]] {
        var pieces: [[SQLToken]] = [[]]
        var depth = 0
        for token in tokens {
            if token.isSymbol("(") { depth += 1 }
            if token.isSymbol(")") { depth -= 1 }
            if depth == 0, token.isSymbol(",") { pieces.append([]) } else { pieces[pieces.count - 1].append(token) }
        }
        return pieces.filter { !$0.isEmpty }
    }

    /// The tokens inside the first pair of parentheses, and those behind it; `nil` when there is none.
    static func group(_ tokens: some Sequence<SQLToken>) -> (inside: [SQLToken], behind: [SQLToken])? {
        let tokens = Array(tokens)
        guard let open = tokens.firstIndex(where: { $0.isSymbol("(") }) else { return nil }
        var depth = 0
        for index in open..<tokens.count {
            if tokens[index].isSymbol("(") { depth += 1 }
            if tokens[index].isSymbol(")") { depth -= 1 }
            if depth == 0 { return (Array(tokens[(open + 1)..<index]), Array(tokens[(index + 1)...])) }
        }
        return nil
    }

    /// Those in no parentheses.
    static func outer(_ tokens: some Sequence<SQLToken>) -> [SQLToken] {
        var depth = 0
        return tokens.filter { token in
            if token.isSymbol("(") { depth += 1 }
            defer { if token.isSymbol(")") { depth -= 1 } }
            return depth == 0
        }
    }

    /// Whether the words follow each other somewhere.
    static func has(_ words: [String], in tokens: [SQLToken]) -> Bool {
        guard tokens.count >= words.count else { return false }
        return (0...(tokens.count - words.count)).contains { start in
            words.indices.allSatisfy { tokens[start + $0].isWord(words[$0]) }
        }
    }
}
