/// One statement that changes a schema, checked to be of a kind that an online strategy manages.
///
/// `TRUNCATE`, `RENAME TABLE` and `ALTER TABLE … RENAME` run directly whatever the strategy says, so they cannot be held by this
/// type; and it is only ever sent to a whole keyspace, because in a shard-targeted session it would run at once, on that shard.
package struct SchemaStatement: Hashable, Sendable {
    /// As given, without blanks around it and without a semicolon at the end.
    package let text: String

    /// Why a text is none.
    package struct Invalid: Error, Equatable, Sendable {
        package let reason: String
    }

    /// - Throws: `Invalid` when it is no single CREATE, ALTER or DROP of a table, view or index, or has a comment in it.
    package init(_ text: String) throws(Invalid) {
        var trimmed = text[...]
        while let last = trimmed.last, last.isWhitespace || last == ";" { trimmed.removeLast() }
        trimmed = trimmed.drop(while: \.isWhitespace)
        if let reason = Self.hiding(trimmed) { throw Invalid(reason: reason) }
        let words = Self.words(trimmed)
        guard let first = words.first else { throw Invalid(reason: "there is no statement") }
        guard ["create", "alter", "drop"].contains(first) else {
            throw Invalid(reason: "\(first.uppercased()) is not managed by an online strategy: it would run at once")
        }
        let kinds: Set<String> = ["table", "view", "index"]
        guard let kind = words.dropFirst().prefix(8).first(where: { kinds.contains($0) || $0 == "vitess_migration" }),
            kinds.contains(kind)
        else { throw Invalid(reason: "only tables, views and indexes are managed by an online strategy") }
        if first == "alter", kind == "table", Self.renamesTable(words) {
            throw Invalid(reason: "ALTER TABLE ... RENAME is not supported in online DDL")
        }
        self.text = String(trimmed)
    }

    /// The words in lower case, a quoted name or value as an empty one.
    private static func words(_ text: Substring) -> [String] {
        var words: [String] = []
        var rest = text
        while let first = rest.first {
            if isWord(first) {
                let word = rest.prefix(while: isWord)
                words.append(word.lowercased())
                rest = rest[word.endIndex...]
            } else if first == "`" || first == "'" || first == "\"" {
                rest = rest.dropFirst().drop { $0 != first }.dropFirst()
                words.append("")
            } else {
                rest = rest.dropFirst()
            }
        }
        return words
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// Why it may be more than one statement. A comment could hide the end of one, and a quote in it the next.
    private static func hiding(_ text: Substring) -> String? {
        var quote: Character?
        var escaped = false
        var before: Character?
        for character in text {
            defer { before = character }
            if escaped { escaped = false; continue }
            if let open = quote {
                if character == "\\", open != "`" { escaped = true } else if character == open { quote = nil }
                continue
            }
            switch character {
            case "'", "\"", "`": quote = character
            case ";": return "more than one statement"
            case "#": return "a comment: leave it out"
            case "-" where before == "-": return "a comment: leave it out"
            case "*" where before == "/": return "a comment: leave it out"
            default: break
            }
        }
        return quote == nil ? nil : "a quote that does not end"
    }

    /// `RENAME TO x`, `RENAME AS x`, `RENAME x`: everything but RENAME COLUMN, INDEX and KEY.
    private static func renamesTable(_ words: [String]) -> Bool {
        for (index, word) in words.enumerated() where word == "rename" {
            let next = index + 1 < words.count ? words[index + 1] : ""
            if !["column", "index", "key"].contains(next) { return true }
        }
        return false
    }
}
