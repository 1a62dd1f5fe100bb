internal import Schema

/// A column's definition, as far as its INSTANT changes go.
struct ColumnText: Equatable {
    /// As written.
    let name: String
    /// Lower case.
    let typeName: String
    /// The values of an ENUM or SET; empty otherwise.
    let values: [String]
    /// What stands in the type's parentheses when it is no ENUM and no SET.
    private let typeArguments: [String]
    /// Everything else but default, visibility, an explicit NULL, character set and collation, in no order.
    private let rest: [String]
    let characterSet: String?
    let collation: String?
    /// `DEFAULT (expression)`.
    let hasExpressionDefault: Bool
    let hasDefault: Bool
    let isNotNull: Bool
    let isGenerated: Bool
    let isStored: Bool

    /// From the name on; `nil` when there is no name or no type.
    init?(_ tokens: [SQLToken]) {
        guard tokens.count >= 2, let name = tokens[0].identifier, tokens[1].kind == .word else { return nil }
        self.name = name
        typeName = tokens[1].text.lowercased()
        var rest = Array(tokens.dropFirst(2))
        var arguments: [SQLToken] = []
        if rest.first?.isSymbol("(") == true, let group = SQLPieces.group(rest) {
            arguments = group.inside
            rest = group.behind
        }
        let hasValues = typeName == "enum" || typeName == "set"
        values = hasValues ? arguments.filter { $0.kind == .string }.map(\.value) : []
        typeArguments = hasValues ? [] : arguments.map(\.text)
        let outer = SQLPieces.outer(rest)
        isGenerated = outer.contains { $0.isWord("AS") || $0.isWord("GENERATED") }
        isStored = isGenerated && outer.contains { $0.isWord("STORED") }
        isNotNull = SQLPieces.has(["NOT", "NULL"], in: outer)
        let read = Options(rest)
        self.rest = read.kept.sorted()
        (characterSet, collation) = (read.characterSet, read.collation)
        (hasDefault, hasExpressionDefault) = (read.hasDefault, read.hasExpressionDefault)
    }

    /// Whether nothing differs but what is INSTANT to change, and (where said) the values.
    func isSame(as other: ColumnText, butValues: Bool) -> Bool {
        name == other.name && typeName == other.typeName && typeArguments == other.typeArguments && rest == other.rest
            && (butValues || values == other.values)
    }

    /// Whether `new` asks for another character set or collation; without a word it asks for none.
    func changesCharacters(to new: ColumnText) -> Bool {
        let set = new.characterSet.map { $0 != characterSet } ?? false
        return set || (new.collation.map { $0 != collation } ?? false)
    }

    /// What follows the type.
    private struct Options {
        var kept: [String] = []
        var characterSet: String?
        var collation: String?
        var hasDefault = false
        var hasExpressionDefault = false

        init(_ tokens: [SQLToken]) {
            var rest = tokens[...]
            while let token = rest.popFirst() {
                if token.isWord("DEFAULT") {
                    readDefault(&rest)
                } else if token.isWord("NOT"), rest.first?.isWord("NULL") == true {
                    rest.removeFirst()
                    kept.append("not null")
                } else if token.isWord("NULL") || token.isWord("VISIBLE") || token.isWord("INVISIBLE") {
                    continue
                } else if token.isWord("COLLATE") {
                    collation = rest.popFirst()?.value.lowercased()
                } else if token.isWord("CHARSET") {
                    characterSet = rest.popFirst()?.value.lowercased()
                } else if token.isWord("CHARACTER"), rest.first?.isWord("SET") == true {
                    rest.removeFirst()
                    characterSet = rest.popFirst()?.value.lowercased()
                } else {
                    kept.append(token.kind == .word ? token.text.lowercased() : token.text)
                }
            }
        }

        private mutating func readDefault(_ rest: inout ArraySlice<SQLToken>) {
            hasDefault = true
            if rest.first?.isSymbol("(") == true {
                hasExpressionDefault = true
            } else {
                let first = rest.popFirst()
                // A sign before a number, a character set before a string.
                let isPrefix = first?.isSymbol("-") == true || first?.isSymbol("+") == true
                let introduces =
                    first?.kind == .word && rest.first?.kind == .string && first?.text.hasPrefix("_") == true
                if isPrefix || introduces { rest.removeFirst() }
            }
            // CURRENT_TIMESTAMP(6), or the expression.
            if rest.first?.isSymbol("(") == true, let group = SQLPieces.group(rest) { rest = group.behind[...] }
        }
    }
}
