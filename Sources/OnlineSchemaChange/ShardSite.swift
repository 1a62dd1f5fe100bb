package import Core
package import MySQLClient

/// Where one shard lives: its primary, its replicas and its database. From the cluster file.
package struct ShardSite: Sendable {
    /// A replica and the name that screens show.
    package struct Replica: Sendable {
        package let name: String
        package let options: ConnectionOptions
        package init(name: String, options: ConnectionOptions) {
            self.name = name
            self.options = options
        }
    }

    package let shard: ShardName
    package let database: String
    package let primary: ConnectionOptions
    /// In the cluster file's order; may be empty.
    package let replicas: [Replica]

    package init(shard: ShardName, database: String, primary: ConnectionOptions, replicas: [Replica]) {
        self.shard = shard
        self.database = database
        self.primary = primary
        self.replicas = replicas
    }

    /// The replicas as the throttler samples them.
    var throttledReplicas: [Throttler.Server] { replicas.map { .init(name: $0.name, options: $0.options) } }
}

/// What every run is given from outside: time and chance, so that tests own both.
package struct ExecutorEnvironment: Sendable {
    package let clock: any Clock<Duration>
    package let wallClock: @Sendable () -> Timestamp
    /// A replica id no other client of the server uses, for reading its binlog.
    package let replicaID: @Sendable () -> UInt32

    package init(
        clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp,
        replicaID: @escaping @Sendable () -> UInt32
    ) {
        self.clock = clock
        self.wallClock = wallClock
        self.replicaID = replicaID
    }
}
