/// A place in a run of tokens, moved forward by what is recognised.
struct ClauseCursor {
    private let tokens: [SQLToken]
    private var index = 0

    init(_ tokens: [SQLToken]) { self.tokens = tokens }

    /// The next token; `nil` at the end.
    var peek: SQLToken? { index < tokens.count ? tokens[index] : nil }
    /// The tokens not taken yet.
    var rest: ArraySlice<SQLToken> { tokens[index...] }
    /// Where the next token is; at the end, where the last one was.
    var position: SourcePosition { peek?.position ?? tokens.last?.position ?? .start }

    /// Whether the next tokens are these keywords.
    func sees(_ keywords: String...) -> Bool { sees(keywords) }

    /// Moves past these keywords when all of them come next.
    mutating func take(_ keywords: String...) -> Bool {
        guard sees(keywords) else { return false }
        index += keywords.count
        return true
    }

    /// Moves past one of these keywords; the one found, `nil` when none of them comes next.
    mutating func takeOne(of keywords: String...) -> String? {
        guard let token = peek, let found = keywords.first(where: token.isWord) else { return nil }
        index += 1
        return found
    }

    /// Moves past one token.
    mutating func skip() { index = min(index + 1, tokens.count) }

    private func sees(_ keywords: [String]) -> Bool {
        guard index + keywords.count <= tokens.count else { return false }
        return zip(tokens[index...], keywords).allSatisfy { $0.isWord($1) }
    }
}
