import Core

/// Values the lifecycle tests share.
enum Sample {
    static let shards = ["-40", "40-80", "80-c0", "c0-"].map { ShardName(keyspace: "commerce", shard: $0) }
    static let id = MigrationID("7c1e0000000000000000000000000001")!
    static let ana = OperatorIdentity(user: "ana", host: "bastion-2")
    static let run = RunID(1)
    static let start = Timestamp(milliseconds: 1_700_000_000_000)

    static func spec(
        postponed: Bool = false, postponeLaunch: Bool = false, keep: Duration = .seconds(3600),
        strategy: Strategy = .online, rollout: RolloutPolicy = RolloutPolicy(), fallback: FallbackPolicy = FallbackPolicy()
    ) -> MigrationSpec {
        MigrationSpec(
            id: id, name: "add-note", keyspace: "commerce", table: "orders", alter: "ADD COLUMN note TEXT",
            strategy: strategy, shards: shards, pinnedFingerprint: "f00d",
            policy: MigrationPolicy(
                postponeLaunch: postponeLaunch, postponeCompletion: postponed, keepOldTable: keep, rollout: rollout,
                fallback: fallback))
    }

    static func shadow(_ name: ShardName) -> Artifact { Artifact(.shadowTable, "_orders_7c1e_new") }
    static func report(_ at: Timestamp, oldTable: String? = "_orders_7c1e_old") -> CutOverReport {
        CutOverReport(swappedAt: at, writesHeld: .milliseconds(40), oldTable: oldTable)
    }
    static let preparation = Preparation(
        shadowTable: "_orders_7c1e_new", keyName: "PRIMARY", keyColumns: ["id"], estimatedRows: 1000,
        server: "MariaDB 10.11.19")
    static let checkpoint = Checkpoint(position: "bin.1:4", copiedThrough: "9", copyFinished: false, rowsCopied: 9)
    static let failure = Failure(.lockWaitTimeout, "lock wait timed out after 0.5s.")
    static func blocker(_ connection: UInt64) -> Blocker {
        Blocker(
            connection: connection, transaction: "t\(connection)", since: start, user: "svc", host: "10.0.0.1",
            lastStatement: "UPDATE orders SET x=1", rowsLocked: 3)
    }
    static let hold = HoldReport(lockedAt: start, lockWait: .milliseconds(3), drain: .milliseconds(5))
}

/// A migration under test with the events it saw, decisions journalled at once as the engine does it.
struct Driven {
    var migration: Migration
    var journal: [MigrationEvent]
    var now: Timestamp

    init(_ spec: MigrationSpec = Sample.spec()) {
        now = Sample.start
        migration = Migration(spec: spec, by: Sample.ana, at: now)
        journal = []
        _ = apply(.submitted(spec, by: Sample.ana, at: now))
    }

    /// Applies the event and whatever decisions it asks for. - Returns: the other effects, late events left out.
    @discardableResult
    mutating func apply(_ event: MigrationEvent) -> [Effect] {
        journal.append(event)
        return migration.apply(event).flatMap { effect -> [Effect] in
            switch effect {
            case .decide(let attempt, let decision): apply(.decided(attempt: attempt, decision, at: event.at))
            case .fallBack(let way): apply(.fellBack(way, at: event.at))
            case .ignore: []
            case .shard, .wake: [effect]
            }
        }
    }

    @discardableResult
    mutating func fact(_ name: ShardName, _ fact: ShardFact) -> [Effect] { apply(.shard(name, fact, at: now)) }

    @discardableResult
    mutating func order(_ command: Command) -> [Effect] {
        apply(.commanded(command, by: Sample.ana, reason: "", at: now))
    }

    /// The same fact of every shard.
    @discardableResult
    mutating func all(_ make: (ShardName) -> ShardFact) -> [Effect] {
        Sample.shards.flatMap { fact($0, make($0)) }
    }

    mutating func advance(_ duration: Duration) { now = now + duration }

    /// Every shard at the barrier.
    static func ready(_ spec: MigrationSpec = Sample.spec(postponed: true)) -> Driven {
        var driven = Driven(spec)
        driven.all { .artifactPlanned(Sample.run, Sample.shadow($0)) }
        driven.all { _ in .prepared(Sample.run, Sample.preparation) }
        driven.all { _ in .checkpointed(Sample.run, Sample.checkpoint) }
        driven.all { _ in .copied(Sample.run, rows: 1000) }
        driven.all { _ in .verified(Sample.run, rows: 1000, took: .seconds(2)) }
        driven.all { _ in .ready(Sample.run) }
        return driven
    }

    /// Every shard asked to hold, attempt 1.
    static func holding() -> Driven {
        var driven = ready()
        driven.order(.complete)
        driven.all { _ in .looked(Sample.run, attempt: 1, blockers: []) }
        return driven
    }

    /// Every shard told to swap.
    static func committed() -> Driven {
        var driven = holding()
        driven.all { _ in .held(Sample.run, attempt: 1, Sample.hold) }
        return driven
    }

    func state(_ index: Int) -> ShardLifecycle.State { migration.shards[Sample.shards[index]]!.state }

    var swapsOrdered: Int {
        journal.count { if case .decided(_, .commit, _) = $0 { true } else { false } }
    }
}

extension [Effect] {
    /// The effects for executors.
    var work: [ShardEffect] { compactMap { if case .shard(_, let effect) = $0 { effect } else { nil } } }
    var wakes: [Timestamp] { compactMap { if case .wake(let at) = $0 { at } else { nil } } }
}
