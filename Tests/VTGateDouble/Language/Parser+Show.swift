extension Parser {
    mutating func show() throws(ErrorAnswer) -> Statement {
        guard let word = next?.keyword else { throw unexpected() }
        at += 1
        switch word {
        case "vitess_migrations": return try showMigrations()
        case "vitess_migration":
            let uuid = try string()
            try expect("logs")
            return try end(.showMigrationLogs(uuid: uuid))
        case "vitess_shards": return .showShards(like: try likeOrIgnoredWhere())
        case "vitess_tablets": return .showTablets(like: try likeOrIgnoredWhere())
        case "vitess_replication_status":
            // transcript 10b: `where` is a syntax error here.
            let like = accept("like") ? try string() : nil
            return try end(.showReplication(like: like))
        case "vitess_keyspaces", "keyspaces", "databases", "schemas":
            let like = accept("like") ? try string() : nil
            return try end(.showKeyspaces(like: like))
        case "vitess_throttler":
            try expect("status")
            return try end(.showThrottlerStatus)
        case "vitess_throttled_apps": return try end(.showThrottledApps)
        case "vitess_target": return try end(.showTarget)
        case "vitess_metadata": return .showMetadata
        case "create":
            guard accept("table") else { return .other }
            let (keyspace, table) = try qualified()
            return try end(.showCreateTable(keyspace: keyspace, table: table))
        case "tables":
            let keyspace = accept("from") || accept("in") ? try name() : nil
            let like = accept("like") ? try string() : nil
            return try end(.showTables(keyspace: keyspace, like: like))
        case "warnings", "variables", "session", "global", "status", "errors": return .showNothing
        default: return .other
        }
    }

    mutating func qualified() throws(ErrorAnswer) -> (String?, String) {
        let first = try name()
        return accept(".") ? (first, try name()) : (nil, first)
    }

    /// Fact 8, transcript 10b: WHERE is read and ignored.
    private mutating func likeOrIgnoredWhere() throws(ErrorAnswer) -> String? {
        if accept("like") {
            let pattern = try string()
            return try end(pattern)
        }
        if accept("where") {
            at = tokens.count
            return nil
        }
        return try end(nil)
    }

    private mutating func showMigrations() throws(ErrorAnswer) -> Statement {
        let keyspace = accept("from") || accept("in") ? try name() : nil
        if accept("like") {
            let pattern = try string()
            return try end(.showMigrations(keyspace: keyspace, like: pattern, condition: nil, conditionText: ""))
        }
        if accept("where") {
            let begin = at
            var reader = ConditionReader(parser: self)
            let condition = try reader.condition()
            at = reader.parser.at
            let text = Canonical.text(Array(tokens[begin..<at]))
            return try end(
                .showMigrations(keyspace: keyspace, like: nil, condition: condition, conditionText: text))
        }
        // transcript 4: no ORDER BY, no LIMIT.
        return try end(.showMigrations(keyspace: keyspace, like: nil, condition: nil, conditionText: ""))
    }
}
