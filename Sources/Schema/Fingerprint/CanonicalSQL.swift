/// One spelling for what servers print in several.
enum CanonicalSQL {
    static func definition(of column: ColumnModel) -> String {
        var words = [column.type.canonical]
        if let set = column.characterSet { words.append("character set \(characterSet(set))") }
        if let collation = column.collation { words.append("collate \(characterSet(collation))") }
        words.append(column.isNullable ? "null" : "not null")
        switch column.generation {
        case .virtual(let expression): words.append("as (\(spaced(expression))) virtual")
        case .stored(let expression): words.append("as (\(spaced(expression))) stored")
        case nil: words += defaultWords(column)
        }
        words += extras(column.extra)
        if column.isInvisible { words.append("invisible") }
        return words.joined(separator: " ")
    }

    static func definition(of index: IndexModel) -> String {
        var words = [index.isUnique ? "unique" : "not unique", index.type.lowercased()]
        let parts = index.parts.map { part in
            var text = part.column ?? "(\(spaced(part.expression ?? "")))"
            if let length = part.prefixLength { text += "(\(length))" }
            return text + (part.isDescending ? " desc" : "")
        }
        words.append("(" + parts.joined(separator: ", ") + ")")
        if !index.isVisible { words.append("invisible") }
        return words.joined(separator: " ")
    }

    static func definition(of key: ForeignKeyModel) -> String {
        "(\(key.columns.joined(separator: ", "))) references \(key.referencedTable)"
            + " (\(key.referencedColumns.joined(separator: ", "))) on delete \(action(key.onDelete))"
            + " on update \(action(key.onUpdate))"
    }

    /// `utf8` is `utf8mb3` in newer servers, in charset and collation names alike.
    static func characterSet(_ name: String) -> String {
        let name = name.lowercased()
        if name == "utf8" { return "utf8mb3" }
        return name.hasPrefix("utf8_") ? "utf8mb3_" + name.dropFirst(5) : name
    }

    /// `CREATE_OPTIONS` as sorted words; `partitioned` has its own line.
    static func options(_ text: String) -> [String] {
        text.lowercased().split(separator: " ").map(String.init).filter { $0 != "partitioned" }.sorted()
    }

    /// Expression text with runs of white space outside quotes made one blank. Text that is not SQL stays as it is.
    static func spaced(_ expression: String) -> String {
        let tokens: [SQLToken]
        do { tokens = try SQLLexer.tokens(of: expression) } catch { return expression }
        var text = ""
        for (index, token) in tokens.enumerated() {
            if index > 0, tokens[index - 1].endOffset < token.position.offset { text += " " }
            text += token.text
        }
        return text
    }

    private static func defaultWords(_ column: ColumnModel) -> [String] {
        switch column.defaultValue {
        case .none: []
        case .null: column.isNullable ? ["default null"] : []
        case .literal(let text): ["default '\(text)'"]
        case .expression(let text): ["default \(timestamp(spaced(text)))"]
        }
    }

    /// `EXTRA` without the words that only repeat other properties.
    private static func extras(_ text: String) -> [String] {
        let repeated: Set<String> = ["default_generated", "invisible", "virtual", "stored", "persistent", "generated"]
        let words = text.lowercased().split(separator: " ").map { String($0).trimmingComma }
        let kept = words.filter { !repeated.contains($0) }.joined(separator: " ")
        return kept.isEmpty ? [] : [timestamp(kept)]
    }

    /// MariaDB prints `current_timestamp()` where MySQL prints `CURRENT_TIMESTAMP`.
    private static func timestamp(_ text: String) -> String {
        let lower = text.lowercased()
        guard lower.hasPrefix("current_timestamp") || lower.hasPrefix("on update current_timestamp") else {
            return text
        }
        return lower.hasSuffix("()") ? String(lower.dropLast(2)) : lower
    }

    /// InnoDB treats `NO ACTION` as `RESTRICT`, and servers disagree on which of them they print.
    private static func action(_ text: String) -> String {
        let lower = text.lowercased()
        return lower == "no action" ? "restrict" : lower
    }
}

extension String {
    fileprivate var trimmingComma: String { hasSuffix(",") ? String(dropLast()) : self }
}
