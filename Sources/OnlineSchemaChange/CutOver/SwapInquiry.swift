internal import Core
internal import MySQLClient

/// Asks a server whether the swap happened, when the connection that would have said so was lost.
///
/// First every session that may still carry our RENAME is ended, and seen gone: an answer given while one waits could turn
/// wrong a moment later. Then the names tell: RENAME moves both tables or none, so the shadow's name is taken before the swap and
/// free after it.
struct SwapInquiry: Sendable {
    enum Answer: Equatable, Sendable { case swapped, notSwapped, neither }

    let original: QualifiedName
    let shadow: QualifiedName
    let old: QualifiedName

    func ask(_ connection: Connection) async throws -> Answer {
        try await endRenames(connection)
        let rows = try await connection.query(
            """
            SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = \(.string(original.database.name)) \
            AND TABLE_NAME IN (\([original, shadow, old].map { SQLValue.string($0.table.name) }))
            """)
        var names: Set<String> = []
        for row in rows { names.insert(try row.string(0).lowercased()) }
        func has(_ name: QualifiedName) -> Bool { names.contains(name.table.name.lowercased()) }
        if has(original), has(shadow) { return .notSwapped }
        if has(original), has(old), !has(shadow) { return .swapped }
        return .neither
    }

    /// The shadow's name stands in no statement but ours.
    private func endRenames(_ connection: Connection) async throws {
        while true {
            let rows = try await connection.query(
                """
                SELECT ID FROM information_schema.PROCESSLIST WHERE ID <> CONNECTION_ID() AND INFO LIKE 'RENAME TABLE%' \
                AND LOCATE(\(.string(shadow.table.name)), INFO) > 0
                """)
            if rows.isEmpty { return }
            for row in rows {
                let id = try row.uint(0)
                do { try await connection.execute("KILL CONNECTION " + SQL(verbatim: "\(id)")) } catch {
                    if !error.isUnknownThread { throw error }
                }
            }
            try Task.checkCancellation()
        }
    }
}
