package import MySQLClient
internal import Core
internal import Schema

/// Reads one table out of `information_schema`: MySQL from 8.0.16, MariaDB from 10.5.
///
/// The pieces are read one after the other, so a definition that changes meanwhile can be seen half old and half new: whoever
/// depends on it reads again under the copy's own protection (the pinned fingerprint, the column counts in the binlog).
package struct TableInspector {
    private let connection: Connection
    private let database: String
    private let table: String
    private var family: ServerInfo.Family { connection.serverInfo.family }

    /// What stands behind `database.table`; `nil` when nothing does, or nothing that this user may see.
    ///
    /// On MySQL it switches the session's `information_schema_stats_expiry` to 0: cached figures may be a day old.
    /// - Throws: what the server answered; nothing has changed.
    package static func inspect(
        _ connection: Connection, database: String, table: String
    ) async throws(MySQLError) -> InspectedTable? {
        if connection.serverInfo.family == .mysql {
            try await connection.execute("SET SESSION information_schema_stats_expiry = 0")
        }
        let inspector = TableInspector(connection: connection, database: database, table: table)
        return try await inspector.read()
    }

    /// Names of all tables and views of the database, in the server's order.
    package static func names(_ connection: Connection, database: String) async throws(MySQLError) -> [String] {
        try await connection.query(
            "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(database))"
        ).map { row throws(MySQLError) in try row.string("name") }
    }

    private func read() async throws(MySQLError) -> InspectedTable? {
        guard let row = try await summary() else { return nil }
        let name = try row.string("name")
        let database = try row.string("db")
        let kind = Self.kind(try row.string("type"))
        guard kind == .table || kind == .systemVersioned else {
            return InspectedTable(
                database: database, kind: kind, model: TableModel(name: name, columns: [], indexes: []), rowFormat: "",
                dataBytes: nil, indexBytes: nil, estimatedRows: nil, createStatement: "")
        }
        let collation = try row.optionalString("collation") ?? ""
        let options = try row.optionalString("options") ?? ""
        let keys = try await foreignKeys()
        let incoming = keys.filter { $0.referencedTable == "\(database).\(name)" }
        let model = TableModel(
            name: name, columns: try await columns(), indexes: try await indexes(),
            outgoingForeignKeys: keys.filter { $0.table == "\(database).\(name)" }, incomingForeignKeys: incoming,
            triggers: try await triggers(), checks: try await checks(), engine: try row.optionalString("engine") ?? "",
            characterSet: try row.optionalString("charset") ?? "", collation: collation,
            autoIncrement: try row.optionalUInt("next"), createOptions: options,
            isPartitioned: options.lowercased().contains("partitioned"))
        return InspectedTable(
            database: database, kind: kind, model: model, rowFormat: try row.optionalString("format") ?? "",
            dataBytes: try row.optionalInt("data"), indexBytes: try row.optionalInt("indexes"),
            estimatedRows: try row.optionalInt("estimate"), createStatement: try await createStatement(),
            hiddenReferences: try await references().filter { name in !incoming.contains { $0.table == name } })
    }

    // MARK: Pieces

    private var place: SQL { "TABLE_SCHEMA = \(.string(database)) AND TABLE_NAME = \(.string(table))" }

    private func summary() async throws(MySQLError) -> Row? {
        let rows = try await connection.query(
            """
            SELECT t.TABLE_SCHEMA AS db, t.TABLE_NAME AS name, t.TABLE_TYPE AS type, t.ENGINE AS engine, t.ROW_FORMAT AS format, \
            t.CREATE_OPTIONS AS options, t.AUTO_INCREMENT AS next, t.TABLE_COLLATION AS collation, \
            t.DATA_LENGTH AS data, t.INDEX_LENGTH AS indexes, t.TABLE_ROWS AS estimate, \
            (SELECT MIN(c.CHARACTER_SET_NAME) FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY c \
            WHERE \(collationName) = t.TABLE_COLLATION) AS charset \
            FROM information_schema.TABLES t WHERE \(place)
            """)
        for row in rows where isWanted(try row.string("name")) { return row }
        return nil
    }

    /// From 10.10 on MariaDB lists collations there by a short name, and the whole one in a column of its own.
    private var collationName: SQL {
        family == .mariadb && connection.serverInfo.version >= .init(10, 10)
            ? "c.FULL_COLLATION_NAME" : "c.COLLATION_NAME"
    }

    /// `information_schema` may compare names without letter case where the server itself tells them apart.
    private func isWanted(_ name: String) -> Bool {
        connection.serverInfo.lowerCaseTableNames == 0
            ? name.utf8.elementsEqual(table.utf8) : name.lowercased() == table.lowercased()
    }

    static func kind(_ type: String) -> InspectedTable.Kind {
        switch type.uppercased() {
        case "BASE TABLE": .table
        case "VIEW", "SYSTEM VIEW": .view
        case "SEQUENCE": .sequence
        case "SYSTEM VERSIONED": .systemVersioned
        default: .other(type)
        }
    }

    private func columns() async throws(MySQLError) -> [ColumnModel] {
        let rows = try await connection.query(
            """
            SELECT TABLE_NAME AS tab, ORDINAL_POSITION AS ordinal, COLUMN_NAME AS name, COLUMN_DEFAULT AS def, \
            IS_NULLABLE AS nullable, DATA_TYPE AS base, COLUMN_TYPE AS whole, CHARACTER_SET_NAME AS charset, \
            COLLATION_NAME AS collation, EXTRA AS extra, GENERATION_EXPRESSION AS expression \
            FROM information_schema.COLUMNS WHERE \(place) ORDER BY ORDINAL_POSITION
            """)
        var columns: [ColumnModel] = []
        for row in rows where isWanted(try row.string("tab")) {
            columns.append(try Self.column(row, family))
        }
        return columns
    }

    static func column(_ row: Row, _ family: ServerInfo.Family) throws(MySQLError) -> ColumnModel {
        let extra = try row.optionalString("extra") ?? ""
        let words = extra.uppercased()
        let expression = try row.optionalString("expression") ?? ""
        let generation: ColumnModel.Generation? =
            if words.contains("VIRTUAL GENERATED") {
                .virtual(expression: expression)
            } else if words.contains("STORED GENERATED") || words.contains("PERSISTENT") {
                .stored(expression: expression)
            } else {
                nil
            }
        let isNullable = try row.bool("nullable")
        let dataType = try row.string("base")
        return ColumnModel(
            ordinal: Int(try row.int("ordinal")), name: try row.string("name"), dataType: dataType,
            columnType: try row.string("whole"), isNullable: isNullable,
            defaultValue: .fromCatalog(
                try row.optionalString("def"), extra: extra, isNullable: isNullable, isGenerated: generation != nil,
                dataType: dataType, family: family == .mysql ? .mysql : .mariadb),
            characterSet: try row.optionalString("charset"), collation: try row.optionalString("collation"),
            extra: extra, generation: generation, isInvisible: words.contains("INVISIBLE"))
    }

    private func indexes() async throws(MySQLError) -> [IndexModel] {
        let visibility: SQL =
            switch family {
            case .mysql: "IS_VISIBLE = 'YES'"
            case .mariadb: connection.serverInfo.version >= .init(10, 6) ? "IGNORED = 'NO'" : "1"
            }
        let expression: SQL = family == .mysql ? "EXPRESSION" : "NULL"
        let rows = try await connection.query(
            """
            SELECT TABLE_NAME AS tab, INDEX_NAME AS name, NON_UNIQUE AS many, COLUMN_NAME AS col, SUB_PART AS prefix, \
            NULLABLE AS nullable, COLLATION AS direction, INDEX_TYPE AS type, \(visibility) AS visible, \
            \(expression) AS expression \
            FROM information_schema.STATISTICS WHERE \(place) ORDER BY INDEX_NAME, SEQ_IN_INDEX
            """)
        var indexes: [IndexModel] = []
        for row in rows where isWanted(try row.string("tab")) {
            let name = try row.string("name")
            if indexes.last?.name != name {
                indexes.append(
                    IndexModel(
                        name: name, isUnique: try !row.bool("many"), parts: [], type: try row.string("type"),
                        isVisible: try row.bool("visible")))
            }
            indexes[indexes.count - 1].parts.append(
                IndexModel.Part(
                    column: try row.optionalString("col"), prefixLength: try row.optionalInt("prefix").map { Int($0) },
                    isNullable: try row.optionalString("nullable")?.uppercased() == "YES",
                    isDescending: try row.optionalString("direction") == "D",
                    expression: try row.optionalString("expression")))
        }
        return indexes
    }

    /// Of this table and of others at it. A key of a database that the user may not see is not among them: `references`.
    private func foreignKeys() async throws(MySQLError) -> [ForeignKeyModel] {
        let rows = try await connection.query(
            """
            SELECT k.CONSTRAINT_NAME AS name, k.TABLE_SCHEMA AS db, k.TABLE_NAME AS tab, k.COLUMN_NAME AS col, \
            k.REFERENCED_TABLE_SCHEMA AS rdb, k.REFERENCED_TABLE_NAME AS rtab, k.REFERENCED_COLUMN_NAME AS rcol, \
            r.DELETE_RULE AS del, r.UPDATE_RULE AS upd \
            FROM information_schema.KEY_COLUMN_USAGE k LEFT JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
            ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME \
            AND r.TABLE_NAME = k.TABLE_NAME \
            WHERE k.REFERENCED_TABLE_NAME IS NOT NULL AND ((k.TABLE_SCHEMA = \(.string(database)) \
            AND k.TABLE_NAME = \(.string(table))) OR (k.REFERENCED_TABLE_SCHEMA = \(.string(database)) \
            AND k.REFERENCED_TABLE_NAME = \(.string(table)))) \
            ORDER BY k.TABLE_SCHEMA, k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION
            """)
        var keys: [ForeignKeyModel] = []
        for row in rows {
            let (name, owner) = (try row.string("name"), "\(try row.string("db")).\(try row.string("tab"))")
            if keys.last?.name != name || keys.last?.table != owner {
                keys.append(
                    ForeignKeyModel(
                        name: name, table: owner, columns: [],
                        referencedTable: "\(try row.string("rdb")).\(try row.string("rtab"))", referencedColumns: [],
                        onDelete: try row.optionalString("del") ?? "", onUpdate: try row.optionalString("upd") ?? ""))
            }
            keys[keys.count - 1].columns.append(try row.string("col"))
            keys[keys.count - 1].referencedColumns.append(try row.string("rcol"))
        }
        return keys
    }

    /// Tables with a foreign key at this one, as `database.table`, whether or not the user may see them: InnoDB's own list,
    /// for which PROCESS is enough. MariaDB keeps file names there, MySQL names. Empty without PROCESS.
    private func references() async throws(MySQLError) -> [String] {
        let list: SQL
        let target: SQL
        switch family {
        case .mysql:
            list = "SELECT FOR_NAME AS name FROM information_schema.INNODB_FOREIGN"
            target = "CONCAT(\(.string(database)), '/', \(.string(table)))"
        case .mariadb:
            list = """
                SELECT CONCAT(CONVERT(CAST(SUBSTRING_INDEX(FOR_NAME, '/', 1) AS BINARY) USING filename), '/', \
                CONVERT(CAST(SUBSTRING_INDEX(FOR_NAME, '/', -1) AS BINARY) USING filename)) AS name \
                FROM information_schema.INNODB_SYS_FOREIGN
                """
            target = """
                CONCAT(CAST(CONVERT(\(.string(database)) USING filename) AS BINARY), '/', \
                CAST(CONVERT(\(.string(table)) USING filename) AS BINARY))
                """
        }
        do {
            return try await connection.query(
                "\(list) WHERE CAST(REF_NAME AS BINARY) = CAST(\(target) AS BINARY)", values: .literal
            )
            .map { row throws(MySQLError) in
                let parts = try row.string("name").split(separator: "/", maxSplits: 1)
                return parts.joined(separator: ".")
            }
        } catch  where error.isGrantMissing {
            return []
        }
    }

    private func triggers() async throws(MySQLError) -> [String] {
        try await connection.query(
            """
            SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS \
            WHERE EVENT_OBJECT_SCHEMA = \(.string(database)) AND EVENT_OBJECT_TABLE = \(.string(table)) \
            ORDER BY TRIGGER_NAME
            """
        ).map { row throws(MySQLError) in try row.string("name") }
    }

    private func checks() async throws(MySQLError) -> [CheckModel] {
        let sql: SQL =
            switch family {
            case .mysql:
                """
                SELECT c.CONSTRAINT_NAME AS name, c.CHECK_CLAUSE AS clause \
                FROM information_schema.TABLE_CONSTRAINTS t JOIN information_schema.CHECK_CONSTRAINTS c \
                ON c.CONSTRAINT_SCHEMA = t.CONSTRAINT_SCHEMA AND c.CONSTRAINT_NAME = t.CONSTRAINT_NAME \
                WHERE t.CONSTRAINT_TYPE = 'CHECK' AND t.TABLE_SCHEMA = \(.string(database)) \
                AND t.TABLE_NAME = \(.string(table)) ORDER BY c.CONSTRAINT_NAME
                """
            case .mariadb:
                """
                SELECT CONSTRAINT_NAME AS name, CHECK_CLAUSE AS clause FROM information_schema.CHECK_CONSTRAINTS \
                WHERE CONSTRAINT_SCHEMA = \(.string(database)) AND TABLE_NAME = \(.string(table)) \
                ORDER BY CONSTRAINT_NAME
                """
            }
        return try await connection.query(sql).map { row throws(MySQLError) in
            CheckModel(name: try row.string("name"), expression: try row.string("clause"))
        }
    }

    private func createStatement() async throws(MySQLError) -> String {
        let name = try QualifiedName(database: database, table: table)
        return try await connection.query("SHOW CREATE TABLE \(name)").single().string(1)
    }
}
