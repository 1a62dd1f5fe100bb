/// The operator's ALTER TABLE, understood as far as a migration must understand it.
///
/// The server remains the judge of syntax: the ALTER runs on the empty shadow table before a row is copied. What is
/// decided here is what the server would accept and a migration must not: clauses that would do something else on a
/// shadow table than on the table itself, and renames, which a comparison of the two tables cannot see.
package struct AlterStatement: Equatable, Sendable {
    /// The table the statement names; `nil` when only clauses were given.
    package let table: TableReference?
    /// The clauses in the order written. `ADD (a INT, b INT)` and options without commas give one each.
    package let clauses: [AlterClause]
    /// The clauses as written, from the first token to the last: what follows ``ALTER TABLE `shadow` ``.
    /// It never ends in a comment or a `;`.
    package let clausesText: String
    /// Renamed columns, old name to new name, as spelled in the statement. Look names up with `SQLName.folded`.
    package let columnRenames: [String: String]

    /// Reads a whole `ALTER TABLE [db.]table clauses` or `clauses` alone.
    ///
    /// - Throws: `AlterRefusal` for the first thing that a migration cannot take over.
    package static func parse(
        _ text: String, dialect: SQLLexer.Dialect = SQLLexer.Dialect()
    ) throws(AlterRefusal) -> AlterStatement {
        let tokens = try AlterText.tokens(of: text, dialect: dialect)
        var head = ClauseCursor(tokens)
        let table = try AlterText.readHead(&head)
        let body = Array(head.rest)
        guard let first = body.first, let last = body.last else {
            throw AlterRefusal(
                kind: .empty, position: tokens.first?.position ?? .start, what: "There is no clause to carry out",
                why: "A migration without a change would copy the table for nothing.",
                advice: "Write what should change, such as ADD COLUMN note TEXT; to rebuild the table write FORCE.")
        }
        var clauses: [AlterClause] = []
        for piece in try AlterText.pieces(of: body) {
            clauses += try ClauseParser.clauses(in: piece, of: text, isFirst: piece.first == first && table == nil)
        }
        try AlterRules.check(clauses)
        return AlterStatement(
            table: table, clauses: clauses,
            clausesText: AlterText.slice(text, from: first.position.offset, to: last.endOffset),
            columnRenames: try AlterRules.renames(in: clauses))
    }
}
