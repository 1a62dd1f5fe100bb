/// SET, SELECT without a table, USE.
extension World {
    func set(_ assignments: [Statement.Assignment], _ session: Session) throws(ErrorAnswer) {
        for assignment in assignments {
            switch assignment.name {
            // transcript 12: SET GLOBAL is accepted and changes nothing here.
            case "ddl_strategy" where !assignment.isGlobal:
                if !Self.isStrategy(assignment.value) {
                    // Fact 29: the session keeps the strategy it had.
                    throw ErrorAnswer(
                        code: 1231, state: "42000", message: "invalid DDL strategy: \(assignment.value)")
                }
                session.strategy = assignment.value
            case "migration_context":
                let isPlain = assignment.value.utf8.allSatisfy {
                    (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                        || "_:-".utf8.contains($0)
                }
                if !isPlain {
                    throw ErrorAnswer(
                        code: 1231, state: "42000", message: "invalid migration_context: \(assignment.value)")
                }
                session.context = assignment.value
            case "autocommit":
                session.isAutocommit = ["1", "on", "true"].contains(assignment.value.lowercased())
                if session.isAutocommit { session.isInTransaction = false }
            default: session.variables[assignment.name] = assignment.value
            }
        }
    }

    private static let flags: Set<String> = [
        "declarative", "allow-zero-in-date", "postpone-launch", "postpone-completion", "in-order-completion",
        "allow-concurrent", "prefer-instant-ddl", "fast-range-rotation", "singleton", "singleton-context",
        "singleton-table", "unsafe-allow-foreign-keys", "analyze-table", "vreplication-test-suite", "skip-topo",
    ]

    /// transcript 12, and a cluster: `VITESS`, `vitess postpone-completion`, a leading blank, a flag with `=true` and a
    /// threshold that is no duration are no strategies.
    private static func isStrategy(_ text: String) -> Bool {
        if text.hasPrefix(" ") { return false }
        let words = text.split(separator: " ").map { $0.filter { $0 != "\"" && $0 != "'" } }
        guard let name = words.first else { return true }
        guard ["direct", "vitess", "online", "mysql"].contains(name) else { return false }
        return words.dropFirst().allSatisfy { word in
            guard word.hasPrefix("-") else { return false }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return flags.contains(parts.first ?? "") }
            switch parts[0] {
            case "cut-over-threshold", "retain-artifacts": return GoDuration.seconds(parts[1]) != nil
            case "force-cut-over-after":
                return (name == "vitess" || name == "online") && GoDuration.seconds(parts[1]) != nil
            default: return false
            }
        }
    }

    func use(_ target: String, _ session: Session) throws(ErrorAnswer) {
        let probe = Session(connectionID: 0, user: "", strategy: "", uuid: "", stream: nil)
        probe.select(target)
        if let name = probe.keyspace, keyspace(name) == nil { throw Self.unknownKeyspace(name) }
        session.select(target)
    }

    // MARK: SELECT

    func select(_ items: [Statement.SelectItem], _ session: Session) throws(ErrorAnswer) -> Answer {
        var columns: [WireColumn] = []
        var row: [String?] = []
        for item in items {
            let value = try value(item.tokens, session)
            let isNumber = value.map { !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } } ?? false
            columns.append(
                isNumber
                    ? WireColumn(item.heading, .longlong, charset: 63, length: 20, flags: 129)
                    : WireColumn(item.heading, charset: 255))
            row.append(value)
        }
        return .rows(ResultTable(columns, rows: [row]))
    }

    private func value(_ tokens: [Token], _ session: Session) throws(ErrorAnswer) -> String? {
        let text = tokens.map(\.text).joined().lowercased()
        guard let first = tokens.first else { return nil }
        // Seen on a cluster: `@@global.version` is the own one of the targeted shard's MySQL, or of any; `@@version` is VTGate's.
        if text == "@@global.version" { return try targets(session)[0].serverVersion }
        if text.hasPrefix("@@") {
            let name = text.split(separator: ".").last.map(String.init)?.replacing("@@", with: "") ?? ""
            return try variable(name, session)
        }
        if first.kind == .string || first.kind == .number { return first.text }
        switch text {
        case "connection_id()": return String(session.connectionID)
        case "database()", "schema()": return session.keyspace
        case "user()", "current_user()": return "\(session.user)@localhost"
        case "version()": return version.mysqlVersion
        case "now()", "utc_timestamp()", "current_timestamp()": return Clock.text(now)
        case "now(6)", "utc_timestamp(6)": return Clock.preciseText(now)
        case "unix_timestamp()": return String(Int(now))
        case "null": return nil
        default: throw ErrorAnswer(message: "the double cannot evaluate: \(text)")
        }
    }

    private func variable(_ name: String, _ session: Session) throws(ErrorAnswer) -> String? {
        switch name {
        case "version": return version.mysqlVersion
        case "version_comment": return version.comment
        case "ddl_strategy": return session.strategy
        case "migration_context": return session.context
        case "session_uuid": return session.uuid
        case "autocommit": return session.isAutocommit ? "1" : "0"
        default: break
        }
        if let value = session.variables[name] { return value }
        let known = [
            "lower_case_table_names": "0", "max_allowed_packet": "67108864", "server_id": "1", "hostname": "localhost",
            "time_zone": "SYSTEM", "system_time_zone": "UTC", "sql_mode": "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES",
            "wait_timeout": "28800", "interactive_timeout": "28800", "tx_isolation": "REPEATABLE-READ",
            "transaction_isolation": "REPEATABLE-READ", "character_set_client": "utf8mb4",
            "collation_connection":
                "utf8mb4_general_ci", "read_only": "0", "socket": "", "port": "0", "license": "GPL",
        ]
        if let value = known[name] { return value }
        // Seen on a cluster: VTGate hands on what it does not know to any shard.
        let shard = try targets(session)[0]
        throw ErrorAnswer(
            code: 1193,
            message: tabletError(
                shard, code: "InvalidArgument",
                "Unknown system variable '\(name)' (errno 1193) (sqlstate HY000)")
                + ": Sql: \"select @@\(name) from dual\", BindVars: {}")
    }
}
