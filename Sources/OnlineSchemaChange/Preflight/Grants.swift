package import MySQLClient
internal import Schema

/// What a user may do, as `SHOW GRANTS` tells it: roles that are active are in it on both families.
package struct Grants: Sendable, Equatable {
    private struct Entry: Sendable, Equatable {
        let privileges: Set<String>
        /// `nil` for `*.*`.
        let database: String?
        let isRevoke: Bool
    }

    private var entries: [Entry] = []
    /// The account, quoted for GRANT: `` `lockstep`@`%` ``.
    package private(set) var account = "CURRENT_USER()"

    /// Asks the server.
    package static func read(_ connection: Connection) async throws(MySQLError) -> Grants {
        let user = try await connection.query("SELECT CURRENT_USER()").single().string(0)
        let lines = try await connection.query("SHOW GRANTS").map { row throws(MySQLError) in try row.string(0) }
        var grants = Grants(lines: lines)
        if let at = user.lastIndex(of: "@") {
            grants.account =
                "\(SQLName.quoted(String(user[..<at])))@\(SQLName.quoted(String(user[user.index(after: at)...])))"
        }
        return grants
    }

    /// Reads the lines of `SHOW GRANTS`. Grants on single tables, columns and routines are left out: they cannot hold for tables that
    /// are yet to be made. So are lines that give roles; what an active role may do has lines of its own.
    package init(lines: [String]) {
        for line in lines {
            guard let entry = Self.entry(line) else { continue }
            entries.append(entry)
        }
    }

    /// Whether the privilege holds for the whole database, by a grant on it, on a pattern or on everything.
    package func allows(_ privilege: String, on database: String) -> Bool {
        let isLiteral = entries.contains(where: \.isRevoke)
        func holds(_ entry: Entry) -> Bool {
            guard entry.privileges.contains(privilege) || entry.privileges.contains("ALL PRIVILEGES") else {
                return false
            }
            guard let pattern = entry.database else { return true }
            // With partial revokes in use MySQL takes wildcards in names literally.
            return isLiteral ? pattern == database : Self.matches(database, pattern: pattern)
        }
        return entries.contains { !$0.isRevoke && holds($0) }
            && !entries.contains { $0.isRevoke && $0.database != nil && holds($0) }
    }

    /// Whether the privilege holds on the server.
    package func allowsGlobally(_ privilege: String) -> Bool {
        entries.contains { entry in
            !entry.isRevoke && entry.database == nil
                && (entry.privileges.contains(privilege) || entry.privileges.contains("ALL PRIVILEGES"))
        }
    }

    // MARK: Reading

    private static func entry(_ line: String) -> Entry? {
        let tokens: [SQLToken]
        do { tokens = try SQLLexer.tokens(of: line) } catch { return nil }
        guard let verb = tokens.first, verb.isWord("GRANT") || verb.isWord("REVOKE"),
            let on = tokens.firstIndex(where: { $0.isWord("ON") })
        else { return nil }
        var place = tokens[(on + 1)...]
        if place.first?.isWord("TABLE") == true { place = place.dropFirst() }
        let scope = Array(place.prefix(3))
        guard scope.count == 3, scope[1].isSymbol("."), scope[2].isSymbol("*") else { return nil }
        let database = scope[0].isSymbol("*") ? nil : scope[0].identifier
        if database == nil, !scope[0].isSymbol("*") { return nil }
        return Entry(privileges: privileges(tokens[1..<on]), database: database, isRevoke: verb.isWord("REVOKE"))
    }

    /// Words between commas; one with a column list holds for those columns only and is left out.
    private static func privileges(_ tokens: ArraySlice<SQLToken>) -> Set<String> {
        var found: Set<String> = []
        var words: [String] = []
        var depth = 0
        var hasColumns = false
        func finish() {
            if !words.isEmpty, !hasColumns { found.insert(words.joined(separator: " ")) }
            words = []
            hasColumns = false
        }
        for token in tokens {
            if token.isSymbol("(") {
                depth += 1
                hasColumns = true
            } else if token.isSymbol(")") {
                depth -= 1
            } else if depth == 0, token.isSymbol(",") {
                finish()
            } else if depth == 0 {
                words.append(token.text.uppercased())
            }
        }
        finish()
        return found.contains("ALL") ? found.union(["ALL PRIVILEGES"]) : found
    }

    /// `%` is any text, `_` any character, a backslash takes the next one as it is.
    static func matches(_ name: String, pattern: String) -> Bool {
        func match(_ name: Substring, _ pattern: Substring) -> Bool {
            guard let first = pattern.first else { return name.isEmpty }
            let rest = pattern.dropFirst()
            switch first {
            case "%": return match(name, rest) || (!name.isEmpty && match(name.dropFirst(), pattern))
            case "_": return !name.isEmpty && match(name.dropFirst(), rest)
            case "\\" where !rest.isEmpty:
                return name.first == rest.first && match(name.dropFirst(), rest.dropFirst())
            default: return name.first == first && match(name.dropFirst(), rest)
            }
        }
        return match(name[...], pattern[...])
    }
}

/// What Lockstep needs to be granted.
package enum NeededGrants {
    /// One privilege that is missing.
    package struct Missing: Sendable, Equatable {
        /// As GRANT spells it.
        package let privilege: String
        /// What it is needed for.
        package let purpose: String
        /// The statement that gives it.
        package let repair: String
        /// Whether the migration can do without.
        package let isOptional: Bool
    }

    private static let onDatabase = [
        ("SELECT", "reads the table"), ("INSERT", "fills the shadow table"), ("UPDATE", "applies changes"),
        ("DELETE", "applies changes"), ("CREATE", "creates the shadow table"),
        ("DROP", "drops its own tables, and swaps"),
        ("ALTER", "alters the shadow table, and swaps"), ("INDEX", "alters the shadow table"),
        ("LOCK TABLES", "locks the table for the cut-over"), ("TRIGGER", "sees triggers on the table"),
    ]

    private static func onServer(_ family: ServerInfo.Family) -> [(name: String, purpose: String, isOptional: Bool)] {
        let common = [
            ("PROCESS", "sees transactions and statements of others", false),
            ("REPLICATION SLAVE", "reads the binlog", false),
        ]
        switch family {
        case .mariadb:
            return common + [
                ("BINLOG MONITOR", "asks for the binlog position", false),
                ("CONNECTION ADMIN", "ends blockers when a cut-over is forced", true),
            ]
        case .mysql:
            return common + [
                ("REPLICATION CLIENT", "asks for the binlog position", false),
                ("CONNECTION_ADMIN", "ends blockers when a cut-over is forced", true),
            ]
        }
    }

    /// What is missing, each with its repair. SUPER stands for the administrative ones, except on MariaDB from 10.11 on.
    package static func missing(_ grants: Grants, database: String, server: ServerInfo) -> [Missing] {
        let superCounts = server.family == .mysql || server.version < .init(10, 11)
        let hasSuper = superCounts && grants.allowsGlobally("SUPER")
        let name = SQLName.quoted(escaped(database))
        let tables = onDatabase.filter { !grants.allows($0.0, on: database) }.map { privilege, purpose in
            Missing(
                privilege: privilege, purpose: purpose, repair: "GRANT \(privilege) ON \(name).* TO \(grants.account)",
                isOptional: false)
        }
        let wide = onServer(server.family).filter { need in
            if grants.allowsGlobally(need.name) { return false }
            let isAdministrative = !["PROCESS", "REPLICATION SLAVE"].contains(need.name)
            return !(isAdministrative && hasSuper)
        }.map { need in
            Missing(
                privilege: need.name, purpose: need.purpose, repair: "GRANT \(need.name) ON *.* TO \(grants.account)",
                isOptional: need.isOptional)
        }
        return tables + wide
    }

    /// In a grant on a database `_` and `%` stand for others.
    private static func escaped(_ database: String) -> String {
        database.map { $0 == "_" || $0 == "%" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
    }
}
