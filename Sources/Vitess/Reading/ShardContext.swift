package import Core

/// What one shard's rows are read against: its other rows, its tablets, its throttler, and how old all that is.
package final class ShardContext: Sendable {
    package let name: ShardName
    package let read: KeyspaceView.ShardRead?
    package let primary: TabletRow?
    package let replicas: [ReplicationRow]
    /// How far each of them is behind; `nil` where that is not known.
    let lags: [ReplicaLag]
    package let throttler: ThrottlerRow?
    /// The keyspace's rules of persons; `nil` when they were not read: an answer is never empty.
    package let rules: Set<ThrottledAppRow>?
    /// Its pending rows in queue order.
    package let pending: [MigrationRow]

    package init(
        name: ShardName, read: KeyspaceView.ShardRead?, primary: TabletRow? = nil, replicas: [ReplicationRow] = [],
        throttler: ThrottlerRow? = nil, rules: Set<ThrottledAppRow>? = nil
    ) {
        self.name = name
        self.read = read
        self.primary = primary
        self.replicas = replicas
        lags = replicas.map { ReplicaLag(host: $0.alias, lag: $0.isRunning == false ? nil : $0.lag) }
        self.throttler = throttler
        self.rules = rules
        pending = (read?.rows ?? []).filter(\.status.isPending).sorted { $0.id < $1.id }
    }

    /// One for each shard of a keyspace.
    package static func all(of view: KeyspaceView) -> [ShardName: ShardContext] {
        var primaries: [ShardName: TabletRow] = [:]
        for tablet in view.tablets where tablet.kind == .primary {
            // During a reparent two may call themselves so: the later term is right.
            if let other = primaries[tablet.name]?.primarySince, let since = tablet.primarySince, other > since {
                continue
            }
            primaries[tablet.name] = tablet
        }
        let replicas = Dictionary(grouping: view.replication, by: \.name)
        let throttlers = Dictionary(view.throttlers.map { ($0.shard, $0) }, uniquingKeysWith: { first, _ in first })
        let rules = view.throttledApps.isEmpty ? nil : view.throttledApps
        return Dictionary(
            uniqueKeysWithValues: view.shards.map { shard in
                (
                    shard,
                    ShardContext(
                        name: shard, read: view.reads[shard], primary: primaries[shard],
                        replicas: (replicas[shard] ?? []).sorted { $0.alias < $1.alias },
                        throttler: throttlers[shard.shard], rules: rules)
                )
            })
    }
}
