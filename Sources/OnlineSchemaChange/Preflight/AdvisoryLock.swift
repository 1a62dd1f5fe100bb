package import MySQLClient

/// The lock by which two programs that change the same table on one server see each other: `GET_LOCK`, which falls with its
/// session.
package enum AdvisoryLock {
    /// Who has it.
    package struct Holder: Sendable, Equatable {
        /// The connection.
        package let connection: UInt64
        /// Its user and host, empty when the user may not see them.
        package let who: String
    }

    /// `lockstep:db.table`, or a hash of the two where that is longer than the 64 characters servers take or not plain ASCII.
    /// Servers compare these names without letter case.
    package static func name(database: String, table: String) -> String {
        let plain = "lockstep:\(database).\(table)"
        if plain.utf8.count <= 64, plain.utf8.allSatisfy({ $0 < 128 }) { return plain }
        return "lockstep:\(hash("\(database)\0\(table)", 0))\(hash("\(database)\0\(table)", 1))"
    }

    /// Takes it for the session, or tells who has it. Taking it again on the same session is harmless.
    package static func take(
        _ connection: Connection, database: String, table: String
    ) async throws(MySQLError) -> Holder? {
        let name = name(database: database, table: table)
        let answer = try await connection.query("SELECT GET_LOCK(\(.string(name)), 0)").single()
        if try answer.optionalInt(0) == 1 { return nil }
        return try await holder(connection, database: database, table: table) ?? Holder(connection: 0, who: "")
    }

    /// Who has it now; `nil` when nobody does.
    package static func holder(
        _ connection: Connection, database: String, table: String
    ) async throws(MySQLError) -> Holder? {
        let name = name(database: database, table: table)
        guard let id = try await connection.query("SELECT IS_USED_LOCK(\(.string(name)))").single().optionalUInt(0)
        else {
            return nil
        }
        for row in try await connection.query("SHOW PROCESSLIST") where try row.uint("Id") == id {
            return Holder(
                connection: id,
                who: "\(try row.optionalString("User") ?? "")@\(try row.optionalString("Host") ?? "")")
        }
        return Holder(connection: id, who: "")
    }

    /// 64-bit FNV-1a in hexadecimal, begun differently for each `seed`.
    private static func hash(_ text: String, _ seed: UInt8) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in [seed] + Array(text.utf8) {
            value ^= UInt64(byte)
            value = value &* 0x100_0000_01b3
        }
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
