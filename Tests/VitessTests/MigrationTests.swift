import Core
import Testing
import Vitess

@Suite("A migration over all shards")
struct MigrationTests {
    static let going: [String: String?] = ["postpone_completion": "0"]
    static let cutting: [String: String?] = [
        "postpone_completion": "0", "stage": "locking tables", "cutover_attempts": "1",
        "last_cutover_attempt_timestamp": "2026-11-20 23:33:28",
    ]
    static let backingOff = cutting.merging([
        "message": "failed locking tables", "message_timestamp": "2026-11-20 23:33:29.5",
    ]) { _, new in new }
    static let revert: [String: String?] = ["reverted_uuid": "3940eae0_e53d_11f1_919e_623efefdb394"]

    @Test(
        "Its state is derived from its shards",
        arguments: [
            ([[:], [:], [:], [:]], MigrationState.postponed), ([going, going, going, going], .running),
            ([[:], [:], [:], Samples.copying], .running),
            ([Samples.queued, Samples.queued, Samples.queued, Samples.queued], .running),
            ([cutting, going, going, going], .cuttingOver), ([backingOff, going, going, going], .backingOff),
            ([Samples.complete, cutting, cutting, cutting], .split), ([Samples.complete, [:], [:], [:]], .split),
            ([Samples.complete, Samples.complete, Samples.complete, nil], .split),
            ([Samples.complete, Samples.complete, Samples.complete, Samples.complete], .done),
            ([Samples.failed, [:], [:], [:]], .failed), ([nil, [:], [:], [:]], .failed),
            ([Samples.cancelled, Samples.cancelled, Samples.cancelled, Samples.cancelled], .cancelled),
            ([Samples.cancelled, Samples.cancelled, Samples.cancelled, nil], .cancelled),
            ([Samples.cancelled, Samples.cancelled, Samples.cancelled, [:]], .cancelling),
            ([revert.merging(Samples.copying) { $1 }, revert, revert, revert], .reverting),
            ([revert, revert, revert, revert], .postponed),
        ] as [([[String: String?]?], MigrationState)])
    func state(rows: [[String: String?]?], state: MigrationState) {
        #expect(Samples.migration(rows).state == state)
    }

    @Test("A complete revert is `reverted`, on each shard and as a whole")
    func reverted() {
        let done = Samples.complete.merging(Self.revert) { _, new in new }
        let migration = Samples.migration([done, done, done, done])
        #expect(migration.state == .reverted)
        #expect(migration.snapshot.shards.allSatisfy { $0.phase == .reverted })
        #expect(migration.endedAt != nil)
    }

    @Test(
        "A shard's phase follows from its row",
        arguments: [
            (Samples.queued, Phase.queued), (Samples.copying, .copying),
            (Samples.copying.merging(["liveness_timestamp": nil]) { $1 }, .preparing), ([:], .ready),
            (cutting, .cuttingOver),
            (backingOff, .backingOff), (Samples.complete, .done), (Samples.failed, .failed),
            (Samples.cancelled, .cancelled),
        ] as [([String: String?], Phase)])
    func phase(row: [String: String?], phase: Phase) { #expect(Samples.reading(Samples.row(row)).phase == phase) }

    @Test("An attempt that never said how it ended is not a cut-over for ever")
    func attemptWithoutEnd() {
        let reading = Samples.reading(Samples.row(Self.cutting), now: Samples.at("23:40:00"))
        #expect(reading.phase == .backingOff)
    }

    @Test("Postponed during a back-off it is ready again, and waits for complete")
    func postponedBackOff() {
        let reading = Samples.reading(Samples.row(Self.backingOff, ["postpone_completion": "1"]))
        #expect(reading.phase == .ready)
        #expect(reading.nextAttemptAt == nil)
    }

    @Test("The snapshot has the keyspace's shards in their order, and what each waits for")
    func snapshot() {
        let snapshot = Samples.migration([[:], Samples.copying, [:], nil]).snapshot
        #expect(snapshot.fleet == .vitess)
        #expect(snapshot.spec.id == Samples.uuid.id)
        #expect(snapshot.spec.qualifiedTable == "commerce.customer")
        #expect(snapshot.spec.statement == "alter table customer add column phone varchar(32) not null default ''")
        #expect(snapshot.shards.map(\.name) == Samples.shards)
        #expect(snapshot.completion == .postponed(by: nil))
        let waits = snapshot.shards.map { WhyItWaits.reason($0, in: snapshot, at: Samples.now) }
        #expect(waits[0] == "ready; completion is postponed; 2 shards are not ready (40-80 c0-)")
        #expect(waits[1] == "copying: 40.2 % by its last mark")
        #expect(waits[3]?.contains("no row of the migration") == true)
        #expect(
            Samples.migration([[:], [:], [:], [:]]).snapshot.shards[0].gauges?.why
                == "every shard is ready: completion is postponed, waits for `complete`")
    }

    @Test("A running one without a sign of life says when it becomes stale")
    func lifeless() {
        let reading = Samples.reading(Samples.row(Samples.copying), now: Samples.at("23:45:28"))
        #expect(reading.why == "no sign of life for 12m00; fails as stale in 2h48")
        #expect(reading.conditions.contains(.lifeless))
    }

    @Test("Behind its own table by more than the threshold it says so")
    func behind() {
        let reading = Samples.reading(
            Samples.row(["ready_to_complete": "0", "vreplication_lag_seconds": "40"], Self.going))
        #expect(reading.why?.hasPrefix("40s behind its table; ready below 10s") == true)
    }

    @Test(
        "Queued behind another, the sentence says which rule holds it",
        arguments: [
            (["mysql_table": "customer", "allow_concurrent": "1"], "one migration at a time touches a table"),
            (
                ["mysql_table": "orders", "allow_concurrent": "1", "ready_to_complete_timestamp": nil],
                "one copy at a time"
            ),
            (["mysql_table": "orders"], "neither has --allow-concurrent"),
            (
                ["mysql_table": "orders", "migration_status": "ready", "allow_concurrent": "1"],
                "which was queued before it"
            ),
        ] as [([String: String?], String)])
    func queuedBehind(other: [String: String?], rule: String) {
        let before = Samples.row(["id": "1", "migration_uuid": "949864cf_e53b_11f1_919e_623efefdb394"], other)
        let row = Samples.row(
            Samples.queued,
            [
                "id": "2", "reviewed_timestamp": "2026-11-20 23:33:16",
                "allow_concurrent": rule.contains("neither") ? "0" : "1",
            ])
        let why = Samples.reading(row, others: [before]).why
        #expect(why?.hasPrefix("queued behind 9498 ") == true)
        #expect(why?.contains(rule) == true)
    }

    @Test("Beside one that was ready once, a concurrent one is only scheduled")
    func concurrent() {
        let before = Samples.row([
            "id": "1", "migration_uuid": "949864cf_e53b_11f1_919e_623efefdb394", "mysql_table": "orders",
            "allow_concurrent": "1",
        ])
        let row = Samples.row(
            Samples.queued, ["id": "2", "reviewed_timestamp": "2026-11-20 23:33:16", "allow_concurrent": "1"])
        #expect(Samples.reading(row, others: [before]).why == "scheduled: starts at its tablet's next check")
    }

    @Test("A migration that ended on some shards long ago is named in the next read, and is not missing meanwhile")
    func coverage() {
        let now = Samples.at("23:33:30", day: "2026-11-22")
        var view = Samples.view([Samples.complete, nil, [:], nil], now: now)
        let since = now + .seconds(-86_400)
        view.coverage = .recent(since: since, also: [])
        #expect(FleetReading.mustName(since: since, in: view) == [Samples.uuid])
        let partly = Samples.reading(of: view, now: now)
        #expect(partly.missing.isEmpty)
        #expect(partly.snapshot.shards[1].phase == .ambiguous)
        view.coverage = .recent(since: since, also: [Samples.uuid])
        #expect(Samples.reading(of: view, now: now).missing == [Samples.shards[1], Samples.shards[3]])
    }

    @Test("Running ones come first, the newest first")
    func order() {
        let old = Samples.row(
            Samples.complete,
            ["migration_uuid": "11111111_2222_3333_4444_555555555555", "requested_timestamp": "2026-11-20 23:33:20"])
        let view = Samples.view(
            [[:], [:], [:], [:]],
            others: Samples.shardNames.map { shard in
                Samples.row(
                    Samples.complete,
                    ["migration_uuid": old.uuid.text, "shard": shard, "requested_timestamp": "2026-11-20 23:33:20"])
            })
        #expect(FleetReading.migrations(in: [view], at: Samples.now).map(\.spec.id) == [Samples.uuid.id, old.uuid.id])
    }

    @Test(
        "Of a shard that went silent nothing since is claimed, neither that it is lifeless nor that its attempt is over"
    )
    func silentIsNotLifeless() {
        let silence = KeyspaceView.Silence(since: Samples.at("23:33:40"), error: PartialEffectFacts.notServing)
        let read = KeyspaceView.ShardRead(
            rows: [Samples.row(Self.cutting)], readAt: Samples.at("23:33:35"), silence: silence)
        let context = ShardContext(name: Samples.shards[0], read: read)
        let reading = RowReading(Samples.row(Self.cutting), on: context, at: Samples.at("23:59:00"))
        #expect(reading.conditions == [.silent])
        #expect(reading.phase == .cuttingOver)
    }

    @Test("With a shard that was never read a migration is not called done")
    func unread() {
        var view = Samples.view([Samples.complete, Samples.complete, Samples.complete, Samples.complete])
        view.reads[Samples.shards[3]] = nil
        view.fellSilent(Samples.shards[3], error: PartialEffectFacts.notServing, at: Samples.now)
        let migration = Samples.reading(of: view)
        #expect(migration.state == .running && migration.endedAt == nil)
        #expect(migration.snapshot.shards[3].phase == .ambiguous)
        #expect(migration.snapshot.shards[3].gauges?.why?.contains("primary is not serving") == true)
    }

    @Test("A split tells since when")
    func splitSince() {
        let later = Samples.complete.merging(["completed_timestamp": "2026-11-20 23:33:50.5"]) { _, new in new }
        let snapshot = Samples.migration([later, Samples.complete, Self.cutting, [:]]).snapshot
        #expect(snapshot.splitSince == Samples.row(Samples.complete).completedAt)
        #expect(Samples.migration([[:], [:], [:], [:]]).snapshot.splitSince == nil)
    }

    @Test("What happened is told from the rows' times, in their order")
    func events() {
        let snapshot = Samples.migration([[:], Samples.failed, Samples.complete, nil]).snapshot
        #expect(snapshot.shards.map(\.phase) == [.ready, .failed, .done, .failed])
        #expect(snapshot.shards[1].failure?.what == "commerce/40-80 failed: Unknown column 'nosuch' in 'customer'")
        #expect(snapshot.events.contains { $0.text == "failed: Unknown column 'nosuch' in 'customer'" })
        #expect(
            snapshot.events.first?.text.hasPrefix("submitted with vitess --postpone-completion: alter table") == true)
    }
}
