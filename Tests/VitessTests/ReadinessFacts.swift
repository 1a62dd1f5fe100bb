import Core
import Testing
import Vitess

@Suite("Facts 9 to 18: what a row says of readiness and status")
struct ReadinessFacts {
    /// Section 27: CANCEL and RETRY of a migration that had been ready.
    static let retried: [String: String?] = [
        "migration_status": "queued", "retries": "1", "started_timestamp": nil, "liveness_timestamp": nil,
        "message_timestamp": "2026-11-20 23:33:20.095821",
    ]

    @Test("Fact 9: ready_to_complete lies after RETRY, while queued and in the first second of running")
    func liesAfterRetry() {
        let queued = Samples.reading(Samples.row(Self.retried))
        #expect(queued.phase == .queued)
        #expect(!queued.isReady && queued.isReadinessInDoubt)
        #expect(queued.why?.contains("its readiness is that of the run before") == true)

        let running = Samples.row(
            Self.retried,
            [
                "migration_status": "running", "started_timestamp": "2026-11-20 23:33:28",
                "liveness_timestamp": "2026-11-20 23:33:28",
            ])
        let reading = Samples.reading(running)
        #expect(reading.phase == .copying)
        #expect(!reading.isReady && reading.isReadinessInDoubt)
        #expect(reading.progress == nil)
        #expect(reading.gauges.rowsCopied == 0)
    }

    @Test("Fact 9: a retried migration is believed once the check after its start has been made")
    func believedLater() {
        let row = Samples.row(
            Self.retried,
            [
                "migration_status": "running", "started_timestamp": "2026-11-20 23:33:20",
                "liveness_timestamp": "2026-11-20 23:33:29",
            ])
        #expect(Samples.reading(row).phase == .ready)
    }

    @Test("Fact 9: ready_to_complete stays 1 in complete and cancelled, and means nothing there")
    func stays() {
        for change in [Samples.complete, Samples.cancelled] {
            let reading = Samples.reading(Samples.row(change))
            #expect(reading.row.readyToComplete && !reading.isReady && !reading.isReadinessInDoubt)
        }
    }

    @Test("Fact 9: COMPLETE is withheld while a shard is inside the window")
    func completeWithheld() {
        let plan = Samples.plan(.complete, Samples.migration([[:], Self.retried, [:], [:]]))
        #expect(
            plan.plan.refusal?.reason == "40-80 was retried just now and still shows the readiness of the run before")
        #expect(plan.steps.isEmpty)
    }

    @Test("Fact 10: readiness that was there and went is catching up, not copying")
    func fallsBack() {
        let reading = Samples.reading(Samples.row(["ready_to_complete": "0", "vreplication_lag_seconds": "14"]))
        #expect(reading.phase == .applying)
        #expect(reading.why?.hasPrefix("14s behind its table; ready below 10s") == true)
    }

    @Test("Fact 10: after a reparent the new primary's name stands in the row, and nothing has failed")
    func reparented() throws {
        let row = Samples.row(["tablet": "zone1-0000000201"])
        let primary = try TabletRow(
            AnswerRow(
                names: [
                    "Cell", "Keyspace", "Shard", "TabletType", "State", "Alias", "Hostname", "PrimaryTermStartTime",
                ],
                values: [
                    "zone1", "commerce", "-40", "PRIMARY", "SERVING", "zone1-0000000201", "127.0.0.1",
                    "2026-11-20T23:59:50Z",
                ]))
        let reading = Samples.reading(row, primary: primary)
        #expect(reading.phase == .ready)
        #expect(reading.details.contains(ShardGauges.Detail("tablet", "zone1-0000000201")))
    }

    @Test("Fact 11: an immediate operation is ready while it is queued, and waits for nothing but complete")
    func immediate() {
        let row = Samples.row(
            Samples.queued,
            [
                "ready_to_complete": "1", "progress": "100", "is_immediate_operation": "1", "ddl_action": "create",
                "reviewed_timestamp": "2026-11-20 23:33:16",
            ])
        let reading = Samples.reading(row)
        #expect(reading.phase == .ready)
        #expect(reading.why == nil)
        #expect(reading.progress == nil)
    }

    @Test("Fact 12: a remembered COMPLETE is shown before RETRY, and POSTPONE COMPLETE goes with it")
    func rememberedCompletion() {
        let remembered = Samples.cancelled.merging(["postpone_completion": "0"]) { _, new in new }
        let plan = Samples.plan(.retry, Samples.migration([remembered, remembered, remembered, remembered]))
        let id = Samples.uuidText
        #expect(
            plan.texts == [
                "ALTER VITESS_MIGRATION '\(id)' POSTPONE COMPLETE", "ALTER VITESS_MIGRATION '\(id)' RETRY",
                "ALTER VITESS_MIGRATION '\(id)' POSTPONE COMPLETE",
            ])
        #expect(plan.line("Sticks")?.contains("an earlier `complete` is remembered") == true)
    }

    @Test("Fact 12: a version that cannot postpone again says so, and wants it typed")
    func rememberedOnOld() {
        let remembered = Samples.cancelled.merging(["postpone_completion": "0"]) { _, new in new }
        let plan = Samples.plan(
            .retry, Samples.migration([remembered, remembered, remembered, remembered], version: Samples.v22))
        #expect(plan.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' RETRY"])
        #expect(plan.plan.tier == .destructive)
        #expect(plan.plan.confirmation == "retry 4 customer")
        #expect(plan.line("Sticks")?.contains("it cuts over by itself") == true)
    }

    @Test("Fact 12: a force flag of the life before is shown before RETRY")
    func rememberedForce() {
        let forced = Samples.cancelled.merging(["force_cutover": "1"]) { _, new in new }
        let plan = Samples.plan(
            .retry, Samples.migration([forced, Samples.cancelled, Samples.cancelled, Samples.cancelled]))
        #expect(plan.line("Sticks") == "the force flag of -40: each attempt ends who is in the way")
    }

    @Test("Fact 12: COMPLETE of a cancelled shard is refused, because Vitess would remember it")
    func completeOfCancelled() {
        let plan = Samples.plan(.complete, Samples.migration([[:], [:], [:], Samples.cancelled]))
        #expect(plan.plan.refusal?.reason == "c0- was cancelled")
        #expect(plan.plan.refusal?.advice?.contains("remember") == true)
    }

    @Test("Fact 13: COMPLETE is withheld while a shard has failed; RETRY reaches that one alone")
    func oneFailed() {
        let migration = Samples.migration([[:], [:], Samples.failed, [:]])
        #expect(migration.state == .failed)
        #expect(Samples.plan(.complete, migration).plan.refusal?.reason == "80-c0 failed")
        let retry = Samples.plan(.retry, migration)
        #expect(retry.steps.flatMap(\.self).map(\.target.useText) == ["USE `commerce:80-c0`"])
        #expect(retry.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' RETRY"])
    }

    @Test("Fact 13: three shards cut over and one failed is split, for as long as the first has been")
    func split() {
        let migration = Samples.migration([Samples.complete, Samples.failed, Samples.complete, Samples.complete])
        #expect(migration.state == .split)
        #expect(migration.endedAt == nil)
        #expect(migration.snapshot.shards[0].cutOver?.swappedAt == Samples.row(Samples.complete).completedAt)
        #expect(migration.skew == nil)
    }

    @Test("Fact 14: force does not lift a postponement, and the dialog says so")
    func forceKeepsPostponed() {
        let plan = Samples.plan(.forceCutOver, Samples.migration([[:], [:], [:], [:]]))
        #expect(plan.plan.tier == .destructive)
        #expect(plan.line("Later")?.contains("force does not lift a postponement") == true)
        #expect(plan.line("Sticks")?.contains("only POSTPONE COMPLETE brakes it") == true)
        let forced = Samples.reading(Samples.row(["force_cutover": "1"]))
        #expect(forced.phase == .ready)
        #expect(forced.conditions == [.forced, .postponed])
    }

    /// Section 14, -40 at 23:52:22.
    static let blocked: [String: String?] = [
        "postpone_completion": "0", "stage": "locking tables", "cutover_attempts": "1",
        "last_cutover_attempt_timestamp": "2026-11-20 23:51:37", "message_timestamp": "2026-11-20 23:51:49.949821",
        "message": "failed locking tables: (errno 3024) (sqlstate HY000): Query execution was interrupted, maximum "
            + "statement execution time exceeded, elapsed time: 10.000144955s, killing query ID 116",
        "liveness_timestamp": "2026-11-20 23:52:17",
    ]

    @Test("Fact 15: a blocked cut-over backs off, until a time that is told, with its own message")
    func blockedCutOver() {
        let reading = Samples.reading(Samples.row(Self.blocked), now: Samples.at("23:52:22"))
        #expect(reading.phase == .backingOff)
        #expect(reading.nextAttemptAt == Samples.at("23:52:37"))
        #expect(reading.why?.hasPrefix("attempt 1 at 23:51:37Z did not succeed: failed locking tables") == true)
        #expect(reading.why?.hasSuffix("next attempt after 23:52:37Z, in 15s") == true)
        #expect(reading.lastFailure?.kind == .lockWaitTimeout)
    }

    @Test("Fact 15: an attempt is a cut-over until its message comes; a message of an earlier attempt is none of it")
    func attemptUnderWay() {
        let first = Self.blocked.merging(["message": "", "message_timestamp": nil]) { _, new in new }
        #expect(Samples.reading(Samples.row(first), now: Samples.at("23:51:47")).phase == .cuttingOver)
        let second = Self.blocked.merging([
            "cutover_attempts": "2", "last_cutover_attempt_timestamp": "2026-11-20 23:52:38",
        ]) { _, new in new }
        let reading = Samples.reading(Samples.row(second), now: Samples.at("23:52:40"))
        #expect(reading.phase == .cuttingOver)
        #expect(reading.messageOfThisAttempt == nil)
        #expect(reading.why == "cut-over attempt 2: locking tables")
    }

    @Test(
        "Fact 15: the waits are 1, 5, 10 and then always 30 minutes",
        arguments: [
            (1, 60), (2, 300), (3, 600), (4, 1800), (5, 1800), (40, 1800),
        ])
    func table(attempts: Int, seconds: Int) {
        let row = Samples.row(Self.blocked, ["cutover_attempts": "\(attempts)"])
        let reading = Samples.reading(row, now: Samples.at("23:51:50"))
        #expect(reading.nextAttemptAt == Samples.at("23:51:37") + .seconds(seconds))
    }

    @Test("Fact 15: a message that outlived success is history, not a failure")
    func oldMessage() {
        let done = Self.blocked.merging([
            "migration_status": "complete", "completed_timestamp": "2026-11-20 23:52:43.1",
            "stage": "re-enabling writes",
        ]) { _, new in new }
        let reading = Samples.reading(Samples.row(done), now: Samples.at("23:53:00"))
        #expect(reading.phase == .done)
        #expect(reading.failure == nil && reading.messageOfThisAttempt == nil)
        #expect(reading.oldMessage?.hasPrefix("failed locking tables") == true)
        #expect(reading.lastFailure?.now == "overcome: the migration is complete on this shard")
    }

    @Test("Fact 16: an order during a cut-over takes effect after it, if at all")
    func duringCutOver() {
        let cutting = Self.blocked.merging(["message": "", "message_timestamp": nil]) { _, new in new }
        let migration = Samples.migration([cutting, cutting, cutting, cutting], now: Samples.at("23:51:40"))
        #expect(migration.state == .cuttingOver)
        let plan = Samples.plan(.cancel, migration)
        #expect(plan.line("Later")?.contains("after the attempt under way, which may complete it") == true)
        #expect(plan.line("Waits")?.contains("VTGate answers when it is over") == true)
    }

    @Test("Fact 17: a duplicate and an empty change are told as what they are; failed and cancelled rows have an end")
    func verdicts() {
        let message = "duplicate DDL as 7c5eef1c_e53e_11f1_919e_623efefdb394 for migration context ctx"
        let row = Samples.row(Samples.complete, ["message": message, "message_timestamp": "2026-11-20 23:33:42.3"])
        #expect(Samples.reading(row).messageOfThisAttempt == message)
        #expect(Samples.reading(row).revertProblem == "changed nothing there (\(message))")
        #expect(Samples.reading(Samples.row(Samples.failed)).since == Samples.row(Samples.failed).completedAt)
        let retried = Samples.reading(Samples.row(Self.retried))
        #expect(retried.messageOfThisAttempt == nil && retried.oldMessage == nil)
    }

    @Test("Fact 17: the ALTER that a declarative migration turned into is told, and is neither a failure nor a no-op")
    func declarative() {
        let message = "ALTER TABLE `customer` ADD COLUMN `phone` varchar(32)"
        let note: [String: String?] = ["message": message, "message_timestamp": "2026-11-20 23:33:17.1"]
        for row in [Samples.row(note), Samples.row(Samples.complete, note)] {
            let reading = Samples.reading(row)
            #expect(reading.messageOfThisAttempt == message)
            #expect(reading.lastFailure == nil && reading.oldMessage == nil)
        }
        #expect(Samples.reading(Samples.row(Samples.complete, note)).revertProblem == nil)
    }

    @Test("Fact 18: `ready` waits for another migration, and the sentence names it")
    func waitsForWhom() {
        let other = Samples.row([
            "id": "6", "migration_uuid": "949864cf_e53b_11f1_919e_623efefdb394", "mysql_table": "orders",
        ])
        let waiting = Samples.row(
            Samples.queued,
            ["id": "7", "migration_status": "ready", "reviewed_timestamp": "2026-11-20 23:33:16"])
        #expect(Samples.reading(waiting, others: [other]).phase == .queued)
        #expect(
            Samples.reading(waiting, others: [other]).why
                == "queued behind 9498 orders, which is running here, and neither has --allow-concurrent")
    }

    @Test("Fact 18: a migration that runs in order says how many are before it")
    func inOrder() {
        let row = Samples.row([
            "options": "--in-order-completion", "postpone_completion": "0", "in_order_completion_pending_count": "2",
        ])
        #expect(
            Samples.reading(row).why
                == "in order: 2 earlier migrations of this shard must complete first")
        let without = Samples.row(["postpone_completion": "0", "in_order_completion_pending_count": "2"])
        #expect(Samples.reading(without).why == "complete was given: the cut-over begins at its tablet's next check")
    }
}
