package import Core
internal import Schema

/// What a tablet will do with a statement of ours: the choice that Vitess makes on each shard by itself.
package enum InstantForecast {
    /// The forecast for one shard; `nil` where there is no choice: no ALTER of a table, DDL outside Vitess, no wish for INSTANT.
    /// - Parameters:
    ///   - definition: the shard's `SHOW CREATE TABLE`; empty where the table does not exist.
    ///   - server: the version of the shard's server; `nil` when it could not be had.
    package static func of(
        _ statement: SchemaStatement, under flags: StrategyFlags, definition: String, server: MySQLRelease?
    ) -> ChangeForecast? {
        guard flags.strategy != .direct, !definition.isEmpty, let tokens = SQLPieces.tokens(statement.text) else {
            return nil
        }
        let wants = flags.flags.contains(.preferInstantDDL)
        let basis = server?.level
        if flags.flags.contains(.declarative) {
            guard wants, tokens.first?.isWord("CREATE") == true else { return nil }
            return ChangeForecast(.unknown, "each tablet finds the ALTER by itself when it runs", basis: basis)
        }
        if tokens.contains(where: { $0.isWord("INDEX") }), tokens.first?.isWord("ALTER") == false {
            // CREATE INDEX and DROP INDEX are ALTERs to Vitess.
            return wants ? ChangeForecast(.copy, "an index is never INSTANT in Vitess", basis: basis) : nil
        }
        guard let clauses = clauses(tokens) else { return nil }
        guard let table = TableText(definition) else {
            return wants
                ? ChangeForecast(.unknown, "the table's definition could not be understood", basis: basis) : nil
        }
        if table.isRangePartitioned, rotates(clauses) {
            return ChangeForecast(.partition, "on a table partitioned by RANGE the server itself does it", basis: basis)
        }
        guard wants else { return nil }
        switch InstantRules(table: table).verdict(clauses) {
        case .never(let reason): return ChangeForecast(.copy, reason, basis: basis)
        case .from(let release):
            guard let server else {
                return ChangeForecast(
                    .unknown, "it is INSTANT from MySQL \(release) on, and the shard's version could not be had",
                    basis: nil)
            }
            if release <= server, InstantRules.addsKeyedColumn(clauses) {
                return ChangeForecast(
                    .instant,
                    "Vitess would try it INSTANT, and MySQL refuses that for a column with a key of its own: it would fail",
                    basis: basis)
            }
            return release <= server
                ? ChangeForecast(
                    .instant, "the shard's MySQL is \(server), and it is INSTANT from \(release) on", basis: basis)
                : ChangeForecast(
                    .copy, "the shard's MySQL is \(server), and it is INSTANT only from \(release) on", basis: basis)
        }
    }

    /// What an operator should know of it beforehand.
    /// - Parameter fallsBack: whether the manifest wants shards taken back when others cannot follow.
    package static func warnings(_ forecast: ChangeForecast, fallsBack: Bool) -> [String] {
        var warnings: [String] = []
        switch forecast.way {
        case .copy: return []
        case .instant: warnings.append("done INSTANT nothing is kept: it cannot be reverted")
        case .partition:
            warnings.append(
                "partitions are changed directly when it is completed, whatever the strategy: it cannot be reverted, and the rows of a "
                    + "dropped partition are gone")
        case .unknown: warnings.append("where it is done INSTANT nothing is kept, and it cannot be reverted")
        }
        if fallsBack { warnings.append("`fallback: revert` cannot take such a shard back") }
        return warnings
    }

    /// What follows `ALTER TABLE name`, cut at its commas; `nil` for any other statement.
    private static func clauses(_ tokens: [SQLToken]) -> [[SQLToken]]? {
        guard tokens.first?.isWord("ALTER") == true,
            let keyword = tokens.prefix(4).firstIndex(where: { $0.isWord("TABLE") })
        else { return nil }
        var rest = tokens[(keyword + 1)...].dropFirst()
        if rest.first?.isSymbol(".") == true { rest = rest.dropFirst(2) }
        return SQLPieces.split(rest)
    }

    /// `ADD PARTITION (one)`, `DROP PARTITION names`: Vitess' range rotation, which no flag is needed for.
    private static func rotates(_ clauses: [[SQLToken]]) -> Bool {
        let head = Array((clauses.first ?? []).prefix(2))
        if SQLPieces.has(["ADD", "PARTITION"], in: head) { return clauses.count == 1 }
        // Behind a comma follow more names.
        return SQLPieces.has(["DROP", "PARTITION"], in: head) && clauses.dropFirst().allSatisfy { $0.count == 1 }
    }
}
