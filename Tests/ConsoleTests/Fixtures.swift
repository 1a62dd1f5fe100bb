import Core

/// Fleets as the real lifecycle makes them: each is played through `Migration.apply`, never written down by hand.
struct Story {
    /// 2026-11-20 03:12:44Z, when every fixture is looked at.
    static let now = Timestamp(milliseconds: 1_795_144_364_000)
    static let ana = OperatorIdentity(user: "ana", host: "bastion-2")

    var migration: Migration
    var gauges: [ShardName: ShardGauges] = [:]
    var events: [EventLine] = []
    let run = RunID(1)

    var shards: [ShardName] { migration.spec.shards }

    init(
        _ names: [String] = ["-40", "40-80", "80-c0", "c0-"], table: String = "orders",
        alter: String = "ADD INDEX idx_email (email)", id: String = "7f3a91c204d85e6b7f3a91c204d85e6b",
        policy: MigrationPolicy = .init(), submittedAgo: Int64 = 8000
    ) {
        let spec = MigrationSpec(
            id: MigrationID(id)!, name: "orders-idx-email", keyspace: "commerce", table: table, alter: alter,
            shards: names.map { ShardName(keyspace: "commerce", shard: $0) }, pinnedFingerprint: "9c1e", policy: policy)
        migration = Migration(spec: spec, by: Self.ana, at: Self.ago(submittedAgo))
        apply(.submitted(spec, by: Self.ana, at: Self.ago(submittedAgo)))
    }

    static func ago(_ seconds: Int64, milliseconds: Int64 = 0) -> Timestamp {
        Timestamp(milliseconds: now.milliseconds - seconds * 1000 - milliseconds)
    }

    mutating func apply(_ event: MigrationEvent) { _ = migration.apply(event) }

    mutating func fact(_ index: Int, _ fact: ShardFact, ago seconds: Int64) {
        apply(.shard(shards[index], fact, at: Self.ago(seconds)))
    }

    mutating func note(_ index: Int?, _ text: String, ago seconds: Int64) {
        events.append(EventLine(at: Self.ago(seconds), shard: index.map { shards[$0] }, text: text))
    }

    mutating func prepare(_ index: Int, ago seconds: Int64) {
        fact(index, .artifactPlanned(run, Artifact(.shadowTable, "_orders_7f3a91c2_new")), ago: seconds + 2)
        fact(
            index,
            .prepared(
                run,
                Preparation(
                    shadowTable: "_orders_7f3a91c2_new", keyName: "PRIMARY", keyColumns: ["id"],
                    estimatedRows: 48_000_000,
                    server: "MariaDB 10.11.14")), ago: seconds)
    }

    /// Figures of a shard in its copy or later; `throttle` says why it holds.
    mutating func gauge(
        _ index: Int, copied: RowCount, rate: RowCount = 8_140, lag: [Int64?] = [200], old: Int64 = 400,
        throttle: ThrottleVerdict? = nil, activity: String = ""
    ) {
        var gauges = ShardGauges(at: Self.ago(0, milliseconds: old))
        gauges.rowsCopied = copied
        gauges.rowsTotal = 48_000_000
        gauges.copyRate = rate
        gauges.chunkRows = 2_000
        gauges.chunkTime = .milliseconds(94)
        gauges.changesApplied = 1_204_113
        gauges.applyRate = 310
        gauges.tail = .milliseconds(120)
        gauges.replicas = lag.enumerated().map { offset, lag in
            ReplicaLag(host: "10.4.\(index).\(7 + offset):3306", lag: lag.map { .milliseconds($0) })
        }
        gauges.throttle = throttle
        gauges.throttledFor = throttle == nil ? .zero : .seconds(1320)
        gauges.activity = activity
        self.gauges[shards[index]] = gauges
    }

    mutating func makeReady(_ index: Int, ago seconds: Int64) {
        prepare(index, ago: seconds + 6000)
        fact(index, .copied(run, rows: 48_000_000), ago: seconds + 300)
        fact(index, .verified(run, rows: 48_000_000, took: .seconds(70)), ago: seconds + 5)
        fact(index, .ready(run), ago: seconds)
        gauge(index, copied: 48_000_000, rate: 0)
    }

    static let blocker = Blocker(
        connection: 912, transaction: "8812", since: ago(214), user: "svc_bill", host: "10.4.7.19",
        lastStatement: "UPDATE orders SET state='paid' WHERE batch_id=8812", rowsLocked: 18_204)

    var snapshot: MigrationSnapshot { migration.snapshot(gauges: gauges, events: events) }

    func fleet(isProduction: Bool = true, with others: [Story] = []) -> FleetSnapshot {
        FleetSnapshot(
            at: Self.now, environment: Environment(name: "us-east", isProduction: isProduction),
            migrations: [snapshot] + others.map(\.snapshot))
    }

    func plan(_ verb: Verb, _ chosen: [ShardName] = [], blockers: [ShardName: [Blocker]] = [:]) -> CommandPlan {
        CommandPlanner.plan(
            CommandRequest(verb: verb, migration: migration.spec.id, shards: chosen), for: migration, gauges: gauges,
            blockers: blockers, reason: "", at: Self.now)
    }
}

extension Story {
    /// Two copy, one of them throttled, one replica of the third is silent, the last verifies.
    static var copying: Story {
        var story = Story()
        for index in 0..<4 { story.prepare(index, ago: 5400) }
        story.gauge(0, copied: 35_200_000)
        story.gauge(
            1, copied: 29_900_000, rate: 0, lag: [8_400, 300],
            throttle: ThrottleVerdict(
                source: .replicaLag, by: "10.4.1.7:3306", value: "8.4s", limit: "5.0s", since: ago(380)))
        story.gauge(2, copied: 34_100_000, lag: [300, nil], old: 41_400)
        story.fact(3, .copied(story.run, rows: 48_000_000), ago: 120)
        story.gauge(3, copied: 48_000_000, rate: 0, activity: "checksum 61 %")
        story.note(nil, "submitted by ana@bastion-2", ago: 8000)

        story.note(1, "throttled: lag 8.4s > 5.0s on 10.4.1.7:3306", ago: 380)
        story.note(3, "48000000 rows copied in 1h28", ago: 120)
        return story
    }

    /// Every shard stands at the barrier and completion is postponed.
    static var ready: Story {
        var story = Story()
        for index in 0..<4 { story.makeReady(index, ago: 720 - Int64(index) * 60) }
        for index in 0..<4 {
            story.note(index, "ready: 48000000 rows compared, no difference", ago: 720 - Int64(index) * 60)
        }
        return story
    }

    /// The third attempt met an open transaction; the next one follows in 7m03.
    static var blocked: Story {
        var story = Story()
        for index in 0..<4 { story.makeReady(index, ago: 1500) }
        story.apply(.commanded(.complete, by: ana, reason: "", at: ago(557)))
        for (attempt, seconds) in [(1, Int64(557)), (2, 490), (3, 177)] {
            if attempt > 1 { story.apply(.clock(at: ago(seconds))) }
            for index in 0..<4 {
                story.fact(
                    index, .looked(story.run, attempt: attempt, blockers: index == 1 ? [blocker] : []), ago: seconds)
            }
            story.note(
                1, "attempt \(attempt) called off before any lock: connection 912 has a transaction open", ago: seconds)
        }
        for index in 0..<4 { story.gauge(index, copied: 48_000_000, rate: 0) }
        return story
    }

    /// Locks are taken on two shards, the others are being asked.
    static var holding: Story {
        var story = Story()
        for index in 0..<4 { story.makeReady(index, ago: 1500) }
        story.apply(.commanded(.complete, by: ana, reason: "", at: ago(1)))
        for index in 0..<4 { story.fact(index, .looked(story.run, attempt: 1, blockers: []), ago: 0) }
        for index in 0..<2 {
            story.fact(
                index,
                .held(
                    story.run, attempt: 1,
                    HoldReport(lockedAt: now, lockWait: .milliseconds(3), drain: .milliseconds(14))),
                ago: 0)
        }
        return story
    }

    /// One shard's copy met a duplicate key.
    static var failed: Story {
        var story = Story(alter: "ADD UNIQUE KEY uk_mail (email)")
        for index in 0..<4 { story.prepare(index, ago: 5400) }
        for index in 1..<4 { story.gauge(index, copied: 40_000_000 + RowCount(index) * 1_000_000) }
        story.gauge(0, copied: 29_900_000, rate: 0, old: 124_000)
        story.fact(
            0,
            .failed(
                story.run,
                Failure(
                    .copyFailed,
                    "commerce/-40: the copy met a value twice: Duplicate entry 'x@example.org' for key 'uk_mail'",
                    cause: "MySQL 1062 (23000) at INSERT ... SELECT, connection 4711",
                    now: "the original table is untouched; the shadow table and its rows are kept",
                    next: "remove the duplicate rows and retry, or cancel the migration")), ago: 124)
        story.note(0, "failed: Duplicate entry 'x@example.org' for key 'uk_mail'", ago: 124)
        return story
    }

    /// Every shard swapped; the old tables are kept.
    static var done: Story {
        var story = committed
        for (index, stall) in [84, 41, 63, 112].enumerated() { story.swap(index, stall: Int64(stall)) }
        for index in 0..<4 { story.note(index, "cut over: writes held \([84, 41, 63, 112][index]) ms", ago: 60) }
        return story
    }

    /// The commit is journalled, one shard has not swapped.
    static var split: Story {
        var story = committed
        for (index, stall) in [84, 41, 63].enumerated() { story.swap(index, stall: Int64(stall)) }
        story.fact(
            3,
            .released(
                story.run, attempt: 1,
                .notSwapped(Failure(.connectionLost, "commerce/c0-: the connection died before the swap was sent"))),
            ago: 59)
        story.gauge(3, copied: 48_000_000, rate: 0, activity: "reconnecting to primary")
        story.note(3, "attempt 1: the connection died before the swap was sent; rolling forward", ago: 59)
        return story
    }

    private static var committed: Story {
        var story = Story()
        for index in 0..<4 { story.makeReady(index, ago: 1500) }
        story.apply(.commanded(.complete, by: ana, reason: "", at: ago(61)))
        for index in 0..<4 { story.fact(index, .looked(story.run, attempt: 1, blockers: []), ago: 61) }
        for index in 0..<4 {
            story.fact(
                index,
                .held(
                    story.run, attempt: 1,
                    HoldReport(lockedAt: ago(60), lockWait: .milliseconds(3), drain: .milliseconds(14))),
                ago: 60)
        }
        story.apply(.decided(attempt: 1, .commit, at: ago(60)))
        return story
    }

    private mutating func swap(_ index: Int, stall: Int64) {
        let report = CutOverReport(
            swappedAt: Self.ago(60, milliseconds: -Int64(index) * 7), writesHeld: .milliseconds(stall),
            oldTable: "_orders_7f3a91c2_old")
        fact(index, .artifactPlanned(run, Artifact(.oldTable, "_orders_7f3a91c2_old")), ago: 60)
        fact(index, .released(run, attempt: 1, .swapped(report)), ago: 60)
        gauges[shards[index]] = nil
    }

    /// 256 shards in every phase a copy has, for the list's own behaviour.
    static var large: Story {
        let names = (0..<256).map { index -> String in
            func hex(_ value: Int) -> String { value < 16 ? "0" + String(value, radix: 16) : String(value, radix: 16) }
            return index == 0 ? "-01" : (index == 255 ? "ff-" : "\(hex(index))-\(hex(index + 1))")
        }
        var story = Story(names)
        for index in 0..<256 {
            if index % 8 == 0 {
                story.prepare(index, ago: 5400)
                story.gauge(index, copied: 20_000_000 + RowCount(index) * 90_000)
            } else {
                story.makeReady(index, ago: 900 - Int64(index))
            }
        }
        return story
    }
}
