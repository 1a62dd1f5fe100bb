package import MySQLClient

/// Reads the gauges of one server over a session.
package enum GaugeReader {
    /// How far a replica is behind its source: the channel furthest behind counts, less the delay it was told to keep.
    ///
    /// Both families tell whole seconds, counted from the source's clock at the commit. A channel whose receiver or applier does not
    /// run makes it unknown, and so does a server that is no replica: it was listed as one.
    /// - Throws: what the server answered; 1227 without REPLICA MONITOR (MariaDB) or REPLICATION CLIENT (MySQL).
    package static func replicaLag(_ connection: Connection) async throws(MySQLError) -> ThrottleReading {
        let info = connection.serverInfo
        let sql: SQL
        let names: (receiver: String, applier: String, behind: String)
        switch info.family {
        case .mariadb:
            sql = "SHOW ALL SLAVES STATUS"
            names = ("Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master")
        case .mysql where info.version < .init(8, 0, 22):
            sql = "SHOW SLAVE STATUS"
            names = ("Slave_IO_Running", "Slave_SQL_Running", "Seconds_Behind_Master")
        case .mysql:
            sql = "SHOW REPLICA STATUS"
            names = ("Replica_IO_Running", "Replica_SQL_Running", "Seconds_Behind_Source")
        }
        let channels = try await connection.query(sql)
        guard !channels.isEmpty else { return .unknown("not a replica") }
        var lag = Duration.zero
        for channel in channels {
            let receiver = try channel.string(names.receiver)
            let applier = try channel.string(names.applier)
            guard applier == "Yes" else { return .unknown("SQL thread stopped") }
            guard receiver == "Yes" else {
                return .unknown(receiver == "No" ? "IO thread stopped" : "IO thread connecting")
            }
            guard let seconds = try channel.optionalInt(names.behind) else { return .unknown("lag not known") }
            let delay = try channel.optionalInt("SQL_Delay") ?? 0
            lag = max(lag, .seconds(max(0, seconds - delay)))
        }
        return .lag(lag)
    }

    /// `Threads_running`: statements at work, the one that asks included.
    package static func threadsRunning(_ connection: Connection) async throws(MySQLError) -> ThrottleReading {
        .number(
            try number(try await connection.query("SHOW GLOBAL STATUS LIKE 'Threads_running'").single(), 1))
    }

    /// InnoDB's history list length: transactions whose old row versions are not purged yet.
    package static func historyLength(_ connection: Connection) async throws(MySQLError) -> ThrottleReading {
        switch connection.serverInfo.family {
        case .mariadb:
            let rows = try await connection.query("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")
            return .number(try number(try rows.single(), 1))
        case .mysql:
            let row = try await connection.query(
                "SELECT COUNT, STATUS FROM information_schema.INNODB_METRICS WHERE NAME = 'trx_rseg_history_len'"
            ).single()
            guard try row.string("STATUS") == "enabled" else { return .unknown("the metric is switched off") }
            return .number(Double(try row.int("COUNT")))
        }
    }

    /// The first value of an operator's query.
    package static func query(_ text: String, _ connection: Connection) async throws(MySQLError) -> ThrottleReading {
        let rows = try await connection.query(SQL(verbatim: text))
        guard let value = rows.first?.values.first else { return .unknown("the query gave no row") }
        guard let number = value.double ?? value.string.flatMap({ Double($0) }) else {
            return .unknown(value.isNull ? "the query gave NULL" : "the query gave no number")
        }
        return .number(number)
    }

    private static func number(_ row: Row, _ position: Int) throws(MySQLError) -> Double {
        let value = try row.value(position)
        guard let number = value.double ?? value.string.flatMap({ Double($0) }) else {
            throw .unusableAnswer("\(value) is no number")
        }
        return number
    }
}
