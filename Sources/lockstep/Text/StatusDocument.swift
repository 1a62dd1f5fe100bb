internal import Core

/// `status --json`: a shape of its own, so that scripts do not depend on what the program keeps inside. Times are UTC
/// (`2026-11-20 14:02:11Z`), durations milliseconds; what is not known is left out, never 0.
struct StatusDocument: Encodable {
    let apiVersion = "lockstep/v1"
    let kind = "Status"
    let environment: String
    let production: Bool
    let at: String
    let migrations: [Migration]

    struct Migration: Encodable {
        let id, name, keyspace, table, alter, state: String
        let submittedAt, submittedBy: String
        let endedAt: String?
        let attempts: Int
        let skewMilliseconds: Int64?
        let held: Trouble?
        let shards: [Shard]
        /// For each order that would be refused now, why.
        let refusals: [String: String]
    }

    struct Shard: Encodable {
        let name, phase, since: String
        let rowsCopied, rowsTotal, copyRate, verifiedRows: RowCount?
        let tailMilliseconds: Int64?
        let replicas: [Replica]
        let throttledBy: String?
        let waitsFor: String?
        let blockers: [Blocker]
        let failure: Trouble?
        let nextAttemptAt: String?
        let swappedAt: String?
        let writesHeldMilliseconds: Int64?
        let artifacts: [String]
    }

    struct Replica: Encodable {
        let host: String
        let lagMilliseconds: Int64?
    }

    struct Blocker: Encodable {
        let connection: UInt64
        let transaction, since, user, host: String
        let rowsLocked: RowCount?
    }

    struct Trouble: Encodable {
        let kind, what: String
        let cause, now, next: String?

        init(_ failure: Failure) {
            kind = failure.kind.rawValue
            what = failure.what
            cause = failure.cause
            now = failure.now
            next = failure.next
        }
    }

    init(_ fleet: FleetSnapshot, showing migrations: [MigrationSnapshot]) {
        environment = fleet.environment.name
        production = fleet.environment.isProduction
        at = fleet.at.text
        self.migrations = migrations.map { Migration($0, at: fleet.at) }
    }
}

extension StatusDocument.Migration {
    init(_ migration: MigrationSnapshot, at now: Timestamp) {
        let spec = migration.spec
        self.init(
            id: spec.id.hex, name: spec.name, keyspace: spec.keyspace, table: spec.table, alter: spec.alter,
            state: migration.state.rawValue, submittedAt: migration.submittedAt.text,
            submittedBy: migration.submittedBy.description, endedAt: migration.endedAt?.text,
            attempts: migration.attempts.count, skewMilliseconds: migration.skew?.inMilliseconds,
            held: migration.heldBecause.map(StatusDocument.Trouble.init),
            shards: migration.shards.map { StatusDocument.Shard($0, in: migration, at: now) },
            refusals: migration.refusals.mapValues(\.reason))
    }
}

extension StatusDocument.Shard {
    init(_ shard: ShardSnapshot, in migration: MigrationSnapshot, at now: Timestamp) {
        let gauges = shard.gauges
        self.init(
            name: shard.name.description, phase: shard.phase.word, since: shard.since.text,
            rowsCopied: gauges?.rowsCopied,
            rowsTotal: gauges?.rowsTotal, copyRate: gauges?.copyRate, verifiedRows: shard.verifiedRows,
            tailMilliseconds: gauges?.tail?.inMilliseconds,
            replicas: (gauges?.replicas ?? []).map { .init(host: $0.host, lagMilliseconds: $0.lag?.inMilliseconds) },
            throttledBy: gauges?.throttle?.text, waitsFor: WhyItWaits.reason(shard, in: migration, at: now),
            blockers: shard.blockers.map {
                .init(
                    connection: $0.connection, transaction: $0.transaction, since: $0.since.text, user: $0.user,
                    host: $0.host, rowsLocked: $0.rowsLocked)
            }, failure: shard.failure.map(StatusDocument.Trouble.init), nextAttemptAt: shard.nextAttemptAt?.text,
            swappedAt: shard.cutOver?.swappedAt.text, writesHeldMilliseconds: shard.cutOver?.writesHeld.inMilliseconds,
            artifacts: shard.artifacts.map(\.name))
    }
}
