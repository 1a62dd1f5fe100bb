internal import Core

/// What the grid's rows are sorted by. The cluster file's order breaks every tie.
enum GridSort: String, CaseIterable, Sendable {
    case worst, shard, phase, percent, lag, attempts

    func order(_ migration: MigrationSnapshot, reversed: Bool, at clock: Timestamp) -> [ShardName] {
        let keyed = migration.shards.enumerated().map { index, shard in
            (name: shard.name, key: key(shard, migration, clock), index: index)
        }
        let sorted = keyed.sorted { ($0.key, $0.index) < ($1.key, $1.index) }.map(\.name)
        return reversed ? sorted.reversed() : sorted
    }

    private func key(_ shard: ShardSnapshot, _ migration: MigrationSnapshot, _ clock: Timestamp) -> Double {
        switch self {
        case .worst:
            Double(shard.severity(in: migration, at: clock)) * 10 + (shard.fraction ?? 0)
        case .shard: 0
        case .phase: Double(Phase.allCases.firstIndex(of: shard.phase) ?? 0)
        case .percent: shard.fraction ?? -1
        case .lag: shard.hasSilentReplica ? -.infinity : -(shard.worstLag?.inSeconds ?? -1)
        case .attempts: -Double(shard.attempts)
        }
    }
}

extension FleetSnapshot {
    /// Worst first; the newest first among equals.
    func worstFirst() -> [MigrationID] {
        migrations.enumerated()
            .sorted { ($0.element.state.severity, $0.offset) < ($1.element.state.severity, $1.offset) }
            .map(\.element.spec.id)
    }
}

/// Keeps an order that a reader has seen and puts what is new at its end.
func settled<Name: Hashable>(_ shown: [Name], with fresh: [Name]) -> [Name] {
    let present = Set(fresh)
    let known = Set(shown)
    return shown.filter(present.contains) + fresh.filter { !known.contains($0) }
}
