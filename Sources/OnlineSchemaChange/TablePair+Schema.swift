internal import Core
internal import MySQLClient
internal import Schema

extension TablePair {
    /// Puts together what the two tables, as the server describes them, mean for each other.
    /// - Throws: `Failure(.preflightRefused)` when no key identifies a row in both, or the shadow cannot be filled.
    static func between(
        _ original: InspectedTable, _ shadow: InspectedTable, renames: [String: String], names: ArtifactNaming
    ) throws -> TablePair {
        let map: ColumnMap
        let key: UniqueKey
        do { map = try ColumnMap(original: original.model, altered: shadow.model, renames: renames) } catch {
            throw Failure(.preflightRefused, error.message, now: "nothing was copied", next: "change the ALTER")
        }
        do {
            key = try UniqueKeyChoice.chooseKey(original: original.model, altered: shadow.model, renames: renames)
        } catch {
            throw Failure(.preflightRefused, error.message, now: "nothing was copied")
        }
        for pair in map.written {
            guard let reason = LiteralConversion.refusal(from: pair.original.type, to: pair.altered.type) else { continue }
            throw Failure(
                .preflightRefused,
                "Column `\(pair.original.name)` cannot change from \(pair.original.columnType) to \(pair.altered.columnType) "
                    + "beside live traffic.", cause: reason, now: "nothing was copied",
                next: "add a new column, fill it, and drop this one in a second migration")
        }
        func column(_ from: ColumnModel, _ to: ColumnModel) throws(MySQLError) -> Column {
            Column(
                ordinal: from.ordinal - 1, original: try Identifier(from.name), shadow: try Identifier(to.name),
                originalModel: from, shadowModel: to)
        }
        var columns: [Column] = []
        for pair in map.written { columns.append(try column(pair.original, pair.altered)) }
        var keyColumns: [Column] = []
        for part in key.columns { keyColumns.append(try column(part.original, part.altered)) }
        return TablePair(
            database: names.original.database, original: names.original, shadow: names.shadow, old: names.old,
            keyIndex: try Identifier(key.name), shadowKeyIndex: try Identifier(key.alteredName), key: keyColumns,
            columns: columns.sorted { $0.ordinal < $1.ordinal }, originalColumnCount: original.model.columns.count,
            newUniqueKeys: UniqueKeyChoice.newUniqueIndexes(
                original: original.model, altered: shadow.model, renames: renames))
    }
}
