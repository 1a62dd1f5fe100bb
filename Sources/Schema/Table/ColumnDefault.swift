/// The two families whose catalogs print defaults differently.
package enum ServerFamily: String, Codable, Equatable, Sendable {
    /// Oracle MySQL and Percona Server.
    case mysql
    /// MariaDB.
    case mariadb
}

/// What an insert that leaves a column out puts there.
package enum ColumnDefault: Codable, Equatable, Sendable {
    /// No default: a strict server refuses the insert (error 1364).
    case none
    /// NULL.
    case null
    /// A constant, as text without quotes.
    case literal(String)
    /// An expression the server evaluates, as the server prints it.
    case expression(String)

    /// Reads `information_schema.columns.column_default`.
    ///
    /// MySQL prints constants bare and marks expressions with `DEFAULT_GENERATED` in `extra`; MariaDB (10.2.7 and later)
    /// prints constants quoted, NULL as the word `NULL` and expressions bare. Source: both manuals on that table.
    package static func fromCatalog(
        _ text: String?, extra: String, isNullable: Bool, isGenerated: Bool, dataType: String, family: ServerFamily
    ) -> ColumnDefault {
        if isGenerated { return .none }
        guard let text else { return isNullable ? .null : .none }
        switch family {
        case .mysql:
            let isExpression =
                extra.uppercased().contains("DEFAULT_GENERATED")
                || (["timestamp", "datetime"].contains(dataType.lowercased())
                    && text.uppercased().hasPrefix("CURRENT_TIMESTAMP"))
            return isExpression ? .expression(text) : .literal(text)
        case .mariadb:
            if text.uppercased() == "NULL" { return .null }
            return constant(text) ?? .expression(text)
        }
    }

    /// The constant a MariaDB catalog text is: one string or one number, signed or not; `nil` for an expression.
    private static func constant(_ text: String) -> ColumnDefault? {
        let tokens: [SQLToken]
        do { tokens = try SQLLexer.tokens(of: text) } catch { return nil }
        switch (tokens.count, tokens.first?.kind) {
        case (1, .string): return .literal(tokens[0].value)
        case (1, .number): return .literal(tokens[0].text)
        case (2, .symbol) where tokens[1].kind == .number && ["-", "+"].contains(tokens[0].text):
            return .literal(text)
        default: return nil
        }
    }
}
