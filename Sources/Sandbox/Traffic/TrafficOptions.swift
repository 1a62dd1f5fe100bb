package import MySQLClient

/// One shard as the traffic sees it.
package struct TrafficShard: Sendable {
    /// For reports.
    package let name: String
    /// How writers and readers log in.
    package let connection: ConnectionOptions
    /// The database that holds the table.
    package let database: String

    /// A shard from its parts.
    package init(name: String, connection: ConnectionOptions, database: String) {
        self.name = name
        self.connection = connection
        self.database = database
    }
}

/// How much traffic, and of which kind.
package struct TrafficOptions: Sendable {
    /// Connections that write, on each shard.
    package var writersPerShard: Int
    /// Connections that read by key and look whether the table is there, on each shard.
    package var readersPerShard: Int
    /// Operations a second of each writer and reader; `nil` is as fast as the server answers.
    package var rate: Double?
    /// Equal seeds give equal initial rows.
    package var seed: UInt64
    /// Whether keys change, where the shape allows it.
    package var changesKeys: Bool

    /// Three writers and a reader at full speed.
    package init(
        writersPerShard: Int = 3, readersPerShard: Int = 1, rate: Double? = nil, seed: UInt64 = 1,
        changesKeys: Bool = true
    ) {
        self.writersPerShard = writersPerShard
        self.readersPerShard = readersPerShard
        self.rate = rate
        self.seed = seed
        self.changesKeys = changesKeys
    }
}
