internal import Schema

/// A table as `SHOW CREATE TABLE` writes it, as far as INSTANT changes go.
struct TableText {
    let columns: [ColumnText]
    /// The columns of all indexes, as written there.
    let indexedColumns: Set<String>
    let hasFulltextIndex: Bool
    let isCompressed: Bool
    let isRangePartitioned: Bool

    /// `nil` when the text is no table's.
    init?(_ definition: String) {
        guard let tokens = SQLPieces.tokens(definition), let body = SQLPieces.group(tokens) else { return nil }
        var columns: [ColumnText] = []
        var indexed: Set<String> = []
        var hasFulltext = false
        for piece in SQLPieces.split(body.inside) {
            if piece.first?.kind == .quotedIdentifier {
                guard let column = ColumnText(piece) else { return nil }
                columns.append(column)
            } else if piece.contains(where: { $0.isWord("KEY") }), piece.first?.isWord("CONSTRAINT") == false {
                if piece.first?.isWord("FULLTEXT") == true { hasFulltext = true }
                let parts = SQLPieces.group(piece).map { SQLPieces.split($0.inside) } ?? []
                indexed.formUnion(parts.compactMap { $0.first?.identifier })
            }
        }
        guard !columns.isEmpty else { return nil }
        self.columns = columns
        indexedColumns = indexed
        hasFulltextIndex = hasFulltext
        let options = SQLPieces.outer(body.behind).filter { !$0.isSymbol("=") }
        isCompressed = SQLPieces.has(["ROW_FORMAT", "COMPRESSED"], in: options)
        isRangePartitioned = SQLPieces.has(["PARTITION", "BY", "RANGE"], in: options)
    }

    func column(_ name: String) -> ColumnText? {
        let wanted = name.lowercased()
        return columns.first { $0.name.lowercased() == wanted }
    }
}
