package import Core
package import Journal

/// Every migration the journal knows, in memory. Pure: the same events give the same fleet.
package struct Fleet: Equatable, Sendable {
    /// Lines kept of each migration's events.
    private static let lineLimit = 200
    /// Migrations that have ended and are still shown.
    private static let endedShown = 100

    package private(set) var migrations: [MigrationID: Migration] = [:]
    private var lines: [MigrationID: [EventLine]] = [:]

    package init() {}

    /// What the records say, without handing anything out.
    package init(replaying records: [Record]) throws(EngineError) {
        for record in records {
            let (id, event) = try EventCodec.event(in: record)
            _ = apply(event, to: id)
        }
    }

    /// Applies one event; a `submitted` makes the migration. An event of an unknown migration changes nothing.
    package mutating func apply(_ event: MigrationEvent, to id: MigrationID) -> [Effect] {
        if case .submitted(let spec, let by, let at) = event, migrations[id] == nil {
            migrations[id] = Migration(spec: spec, by: by, at: at)
        }
        guard let effects = migrations[id]?.apply(event) else { return [] }
        if let line = EventLine.describe(event, on: migrations[id]?.spec.fleet ?? .plain) {
            lines[id, default: []].append(line)
            if lines[id, default: []].count > Self.lineLimit { lines[id]?.removeFirst() }
        }
        return effects
    }

    /// A running migration on the same table; names that differ in case only may be one table.
    package func rival(of spec: MigrationSpec) -> Migration? {
        migrations.values.first {
            $0.spec.id != spec.id && $0.endedAt == nil
                && $0.spec.keyspace.lowercased() == spec.keyspace.lowercased()
                && $0.spec.table.lowercased() == spec.table.lowercased()
        }
    }

    /// A cut-over holds locks or has sent swaps: it is let finish before the engine stops.
    var cutOverIsInFlight: Bool {
        migrations.values.contains { migration in
            migration.endedAt == nil
                && migration.shards.values.contains {
                    switch $0.state {
                    case .holding, .held, .releasing, .cuttingOver: true
                    case .queued, .preparing, .copying, .applying, .ready, .ambiguous, .rollingForward, .done, .reverted, .failed,
                        .cancelling, .cancelled:
                        false
                    }
                }
        }
    }

    /// Running ones first, the newest first within.
    package func snapshot(
        at now: Timestamp, environment: Environment, gauges: [MigrationID: [ShardName: ShardGauges]]
    ) -> FleetSnapshot {
        let newestFirst = migrations.values.sorted {
            ($0.submittedAt, $0.spec.id) > ($1.submittedAt, $1.spec.id)
        }
        let shown =
            newestFirst.filter { $0.endedAt == nil } + newestFirst.filter { $0.endedAt != nil }.prefix(Self.endedShown)
        return FleetSnapshot(
            at: now, environment: environment,
            migrations: shown.map { $0.snapshot(gauges: gauges[$0.spec.id] ?? [:], events: lines[$0.spec.id] ?? []) })
    }

    package func snapshot(of id: MigrationID, gauges: [ShardName: ShardGauges]) -> MigrationSnapshot? {
        migrations[id]?.snapshot(gauges: gauges, events: lines[id] ?? [])
    }
}
