import Core
import Foundation
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

@Suite("Attach mode")
struct AttachTests {
    // MARK: Snapshots

    @Test("Every keyspace is shown, whoever submitted; a named one alone when named")
    func keyspaces() async throws {
        let bench = try AttachBench {
            $0.keyspaces.append(.init("billing", shards: ["0"]))
        }
        _ = try bench.ready()
        try bench.double.submit("alter table orders add column b int", on: "billing")
        let all = try await bench.fleet().snapshot()
        #expect(Set(all.migrations.map(\.spec.keyspace)) == ["commerce", "billing"])
        #expect(all.migrations.allSatisfy { $0.fleet == .vitess })
        #expect(all.environment.name == "127.0.0.1:\(bench.double.port)")
        let one = try await bench.fleet(keyspaces: ["billing"]).snapshot()
        #expect(one.migrations.map(\.spec.keyspace) == ["billing"])
    }

    @Test("A keyspace that does not exist is named with those that do; nothing else is asked")
    func unknownKeyspace() async throws {
        let bench = try AttachBench()
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.fleet(keyspaces: ["nowhere"]).snapshot()
        }
        guard case .failed(let failure) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.what.contains("nowhere"))
        #expect(failure.cause == "it names commerce")
    }

    @Test("A keyspace without shards says so")
    func noShards() async throws {
        let bench = try AttachBench { $0.keyspaces.append(.init("empty", shards: [])) }
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.fleet(keyspaces: ["empty"]).snapshot()
        }
        guard case .failed(let failure) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.what == "The keyspace empty has no serving shard.")
    }

    @Test("A wrong password and an absent VTGate end the first question, each with its own words")
    func noWayIn() async throws {
        let bench = try AttachBench { $0.users = ["ana": "right"] }
        let denied = await #expect(throws: ServiceError.self) { _ = try await bench.fleet().snapshot() }
        guard case .failed(let failure) = denied else {
            Issue.record("\(String(describing: denied))")
            return
        }
        #expect(failure.kind == .accessDenied)
        bench.double.stopVTGate()
        let away = await #expect(throws: ServiceError.self) { _ = try await bench.fleet().snapshots() }
        guard case .failed(let failure) = away else {
            Issue.record("\(String(describing: away))")
            return
        }
        #expect(failure.kind == .serverUnreachable)
    }

    @Test("Snapshots come while VTGate is away and go on when it is back; nobody has to ask again")
    func survivesRestart() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        await withTaskGroup { group in
            group.addTask { await fleet.run() }
            do {
                func seen(_ what: String, _ holds: (MigrationSnapshot) -> Bool) async throws {
                    // The stream is over when the test ends it; each wait looks at what comes next.
                    for await snapshot in try await fleet.snapshots() {
                        if let migration = snapshot.migrations.first(where: { $0.spec.id == uuid.id }), holds(migration) { return }
                        bench.double.advance(by: 3)
                    }
                    Issue.record("not seen: \(what)")
                }
                try await seen("ready") { $0.readyCount == 4 }
                bench.double.stopVTGate()
                try await seen("silent") { $0.shards.allSatisfy { $0.gauges?.conditions.contains(.silent) == true } }
                try bench.double.startVTGate()
                try await seen("back") { $0.shards.allSatisfy { $0.gauges?.conditions.contains(.silent) == false } }
            } catch { Issue.record(error) }
            group.cancelAll()
        }
        #expect(bench.commands.isEmpty)
    }

    @Test("While it polls by itself, asking for snapshots causes no read: an idle cluster is left alone")
    func quiet() async throws {
        let bench = try AttachBench()
        let fleet = bench.fleet(endpoint: bench.endpoint(limits: .init()))
        await withTaskGroup { group in
            group.addTask { await fleet.run() }
            do {
                try await eventually("the first poll") { bench.double.statements("show vitess_migrations").count == 1 }
                var snapshots = 0
                for await _ in try await fleet.snapshots() {
                    for _ in 0..<20 { _ = try await fleet.snapshot() }
                    snapshots += 1
                    if snapshots == 2 { break }
                }
                #expect(bench.double.statements("show vitess_migrations").count == 1)
            } catch { Issue.record(error) }
            group.cancelAll()
        }
    }

    @Test("Submitting through attach mode is refused, and says who submits")
    func submit() async throws {
        let bench = try AttachBench()
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.fleet().submit(
                Submission(
                    id: MigrationID("11111111222233334444555555555555")!, name: "x", keyspace: "commerce", table: "customer",
                    alter: "ADD COLUMN x INT", policy: .init()), by: AttachBench.ana)
        }
        guard case .refused(let refusal) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(refusal.advice?.contains("lockstep engine") == true)
        #expect(bench.double.log.allSatisfy { $0.connectionID == 0 })
    }

    // MARK: Every verb

    @Test("complete: one statement to all, seen on all, recorded before it was sent")
    func complete() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let receipt = try await bench.perform(bench.request(.complete, uuid), on: bench.fleet())
        #expect(bench.commands == ["ALTER VITESS_MIGRATION '\(uuid)' COMPLETE"])
        #expect(receipt.report.count == 1)
        #expect(receipt.report[0].hasPrefix("4 of 4 shards"))
        #expect(bench.ended(uuid))
        let lines = try bench.audit
        #expect(lines.map { $0["stage"] as? String } == ["sending", "result"])
        #expect(lines[0]["who"] as? String == "ana@bastion-2")
        #expect(lines[0]["reason"] as? String == "because")
        #expect(lines[0]["shards"] as? [String] == ["-40", "40-80", "80-c0", "c0-"])
        #expect((lines[0]["statements"] as? [String])?.first?.contains("COMPLETE") == true)
        #expect(lines[1]["result"] as? String == "seen")
        let mode = try FileManager.default.attributesOfItem(atPath: bench.auditPath)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        #expect(bench.double.accidents.isEmpty)
    }

    @Test("complete of marked shards: VITESS_SHARDS names exactly these, and the others stay postponed")
    func completeSome() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        _ = try await bench.perform(bench.request(.complete, uuid, ["-40", "80-c0"]), on: bench.fleet())
        #expect(bench.commands == ["ALTER VITESS_MIGRATION '\(uuid)' COMPLETE VITESS_SHARDS '-40,80-c0'"])
        let isDone = bench.double.advance(upTo: 300) {
            ["-40", "80-c0"].allSatisfy { bench.double.row(uuid.text, on: $0)?.status == .complete }
        }
        #expect(isDone)
        #expect(bench.double.row(uuid.text, on: "c0-")?.postponeCompletion == true)
    }

    @Test("cancel and retry of one shard go through a session of that shard")
    func oneShard() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        _ = try await bench.perform(bench.request(.cancel, uuid, ["40-80"]), on: fleet)
        #expect(bench.double.rows(uuid.text).map(\.status) == [.running, .cancelled, .running, .running])
        bench.double.advance(by: 3)
        let receipt = try await bench.perform(bench.request(.retry, uuid, ["40-80"]), on: fleet)
        #expect(receipt.report[0].hasPrefix("1 of 1 shards (40-80): runs again"))
        #expect(bench.double.statements("alter vitess_migration").allSatisfy { $0.target == "commerce:40-80" })
        #expect(bench.double.accidents.isEmpty)
    }

    @Test("launch starts a migration whose launch was postponed")
    func launch() async throws {
        let bench = try AttachBench()
        let text = try bench.double.submit("alter table customer add column l int", strategy: "vitess --postpone-launch")
        bench.double.advance(by: 5)
        let uuid = try #require(VitessUUID(text))
        let receipt = try await bench.perform(bench.request(.launch, uuid), on: bench.fleet())
        #expect(receipt.report[0].contains("launched"))
        #expect(bench.double.rows(text).allSatisfy { !$0.postponeLaunch })
    }

    @Test("postpone takes a completion back while it still can")
    func postpone() async throws {
        let bench = try AttachBench()
        let text = try bench.double.submit("alter table customer add column p int", strategy: "vitess")
        bench.double.advance(by: 2)
        let uuid = try #require(VitessUUID(text))
        let receipt = try await bench.perform(bench.request(.postpone, uuid), on: bench.fleet())
        #expect(receipt.report[0].contains("completion is postponed"))
        #expect(bench.commands == ["ALTER VITESS_MIGRATION '\(uuid)' POSTPONE COMPLETE"])
    }

    @Test("cancel is seen on every shard")
    func cancel() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let receipt = try await bench.perform(bench.request(.cancel, uuid), on: bench.fleet())
        #expect(receipt.report == ["4 of 4 shards (-40 40-80 80-c0 c0-): cancelled"])
        #expect(bench.double.rows(uuid.text).allSatisfy { $0.status == .cancelled })
    }

    @Test("force-cutover and threshold change their columns, and that is what is believed")
    func forceAndThreshold() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        let forced = try await bench.perform(bench.request(.forceCutOver, uuid), on: fleet)
        #expect(forced.report[0].contains("the force flag is set"))
        let threshold = try await bench.perform(
            bench.request(.threshold, uuid, [], CommandOptions(threshold: .seconds(15))), on: fleet)
        #expect(threshold.report[0].contains("threshold 15s"))
        #expect(bench.double.rows(uuid.text).allSatisfy { $0.forceCutOver && $0.cutOverThreshold == 15 })
    }

    @Test("throttle with share and time, and unthrottle: seen in the keyspace's list")
    func throttle() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        let options = CommandOptions(ratio: 0.5, expiry: .seconds(1800))
        let receipt = try await bench.perform(bench.request(.throttle, uuid, [], options), on: fleet)
        #expect(receipt.report[0].contains("listed with ratio 0.5"))
        #expect(bench.double.throttledApps("commerce")[uuid.text] == 0.5)
        let ended = try await bench.perform(bench.request(.unthrottle, uuid), on: fleet)
        #expect(ended.report[0].contains("no throttle of its own is listed"))
        #expect(bench.double.throttledApps("commerce")[uuid.text] == nil)
    }

    @Test("revert makes a migration of its own, postponed, and names it; cleanup gives the old tables away")
    func revertAndCleanup() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        _ = try await bench.perform(bench.request(.complete, uuid), on: fleet)
        #expect(bench.ended(uuid))
        let receipt = try await bench.perform(bench.request(.revert, uuid), on: fleet)
        #expect(receipt.report[0].contains("reverts as "))
        let reverts = bench.double.allRows.filter { $0.revertedUUID == uuid.text }
        #expect(reverts.count == 4)
        #expect(!reverts.contains { !$0.postponeCompletion })
        #expect(Set(reverts.map(\.uuid)).count == 1)
        bench.double.execute("alter vitess_migration '\(reverts[0].uuid)' cancel", on: "commerce")
        bench.double.advance(by: 5)
        let clean = try await bench.perform(bench.request(.cleanup, uuid), on: fleet)
        #expect(clean.report[0].contains("its tables go at the next check"))
        #expect(bench.double.accidents.isEmpty)
    }

    // MARK: Refusals

    @Test("A migration that nobody has is refused here: Vitess would answer OK")
    func unknownMigration() async throws {
        let bench = try AttachBench()
        let nobody = try #require(VitessUUID("11111111_2222_3333_4444_555555555555"))
        for verb in Verb.allCases {
            await #expect(throws: ServiceError.self) { _ = try await bench.fleet().plan(bench.request(verb, nobody)) }
        }
        #expect(bench.commands.isEmpty)
        #expect(!FileManager.default.fileExists(atPath: bench.auditPath))
    }

    @Test("What makes no sense in the migration's state is refused, also where Vitess would say OK", arguments: [
        Verb.launch, .complete, .cancel, .retry, .postpone, .forceCutOver, .threshold, .throttle,
    ])
    func wrongState(_ verb: Verb) async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.execute("alter vitess_migration '\(uuid)' complete", on: "commerce")
        #expect(bench.ended(uuid))
        let options = CommandOptions(threshold: .seconds(15))
        let plan = try await bench.fleet().plan(bench.request(verb, uuid, [], options))
        #expect(plan.refusal != nil)
        await #expect(throws: ServiceError.self) {
            _ = try await bench.fleet().perform(
                bench.request(verb, uuid, [], options), planHash: plan.hash, by: AttachBench.ana, reason: "")
        }
        #expect(bench.commands.isEmpty)
    }

    @Test("A shard that is none of the keyspace is refused: Vitess would answer OK and do nothing")
    func unknownShard() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let plan = try await bench.fleet().plan(bench.request(.complete, uuid, ["77-88"]))
        #expect(plan.refusal?.reason.contains("77-88") == true)
    }

    @Test("Another operator was faster: the plan that was confirmed is no longer what would happen, and nothing is sent")
    func changedMeanwhile() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        let request = bench.request(.complete, uuid)
        let plan = try await fleet.plan(request)
        bench.double.execute("alter vitess_migration '\(uuid)' cancel", on: "commerce:40-80")
        await #expect(throws: ServiceError.self) {
            _ = try await fleet.perform(request, planHash: plan.hash, by: AttachBench.ana, reason: "")
        }
        #expect(bench.commands.isEmpty)
    }

    @Test("A version too old for a verb refuses it with the version")
    func oldVersion() async throws {
        let bench = try AttachBench { $0.version = .v22 }
        let text = try bench.double.submit("alter table customer add column p int", strategy: "vitess")
        bench.double.advance(by: 2)
        let plan = try await bench.fleet().plan(bench.request(.postpone, try #require(VitessUUID(text))))
        #expect(plan.refusal?.reason.contains("v23") == true)
    }

    @Test("What cannot be recorded is not sent")
    func noRecord() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet(audit: bench.directory + "/no/such/directory/commands.jsonl")
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.perform(bench.request(.complete, uuid), on: fleet)
        }
        guard case .failed(let failure) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.what.contains("could not be recorded"))
        #expect(bench.commands.isEmpty)
    }

    // MARK: Outcomes

    @Test("The connection dies after the statement took effect: the rows tell, and it was sent once")
    func lostAfter() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.plan(.connectionLostAfter, on: "alter vitess_migration")
        let receipt = try await bench.perform(bench.request(.complete, uuid), on: bench.fleet())
        #expect(receipt.report[0].hasPrefix("4 of 4 shards"))
        #expect(receipt.report.contains { $0.hasPrefix("VTGate: ") })
        #expect(bench.commands.count == 1)
    }

    @Test("The connection dies before the statement took effect: unknown, shown as unknown, asked again, never sent again")
    func lostBefore() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.plan(.connectionLostBefore, on: "alter vitess_migration")
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.perform(bench.request(.complete, uuid), on: bench.fleet())
        }
        guard case .unreachable(let text, sent: true) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.contains("NOT SEEN: completion is still postponed"))
        #expect(bench.commands.count == 1)
        // The rows were looked at more than once before it was said.
        #expect(bench.double.statements("show vitess_migrations").filter { $0.text.contains(uuid.text) }.count > 2)
        let record = try bench.audit
        #expect(record.last?["result"] as? String == "unknown")
    }

    @Test("No answer within the limit: unknown until the rows tell")
    func timesOut() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fault = bench.double.plan(.answerHeld, on: "alter vitess_migration")
        let receipt = try await bench.perform(bench.request(.complete, uuid), on: bench.fleet())
        #expect(receipt.report[0].hasPrefix("4 of 4 shards"))
        #expect(bench.commands.count == 1)
        bench.double.release(fault)
    }

    @Test("An error of one shard although the others did it: what is true of each shard is said")
    func partial() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        let request = bench.request(.complete, uuid)
        let plan = try await fleet.plan(request)
        // It dies between the look and the statement.
        bench.double.plan(.delayed(seconds: 0.2), on: "alter vitess_migration")
        let double = bench.double
        async let result = fleet.perform(request, planHash: plan.hash, by: AttachBench.ana, reason: "")
        try await eventually("the statement arrives") { !double.statements("alter vitess_migration").isEmpty }
        double.stopPrimary("c0-")
        do {
            _ = try await result
            Issue.record("no error")
        } catch ServiceError.unreachable(let text, sent: true) {
            #expect(text.contains("3 of 4"))
            #expect(text.contains("UNKNOWN"))
        }
        #expect(bench.commands.count == 1)
        #expect(["-40", "40-80", "80-c0"].allSatisfy { bench.double.row(uuid.text, on: $0)?.postponeCompletion == false })
    }

    @Test("A user without the right: refused by VTGate, nothing has changed, and it is said so")
    func noRight() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.plan(
            .error(
                ErrorAnswer(
                    code: 1142, state: "42000", message: "ALTER VITESS_MIGRATION command denied to user 'ana' (ACL check error)")),
            on: "alter vitess_migration")
        let error = await #expect(throws: ServiceError.self) {
            _ = try await bench.perform(bench.request(.complete, uuid), on: bench.fleet())
        }
        guard case .failed(let failure) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(failure.kind == .accessDenied)
        #expect(failure.what.contains("0 of 4"))
        #expect(bench.commands.count == 1)
    }

    @Test("VTGate goes away between the look and the command: nothing was sent, and that is known")
    func goneBefore() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fleet = bench.fleet()
        let plan = try await fleet.plan(bench.request(.complete, uuid))
        bench.double.stopVTGate()
        let error = await #expect(throws: ServiceError.self) {
            _ = try await fleet.perform(
                bench.request(.complete, uuid), planHash: plan.hash, by: AttachBench.ana, reason: "")
        }
        guard case .unreachable(_, sent: false) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bench.commands.isEmpty)
    }

    @Test("With a silent shard the others can be commanded by themselves, each through its own session")
    func aroundSilence() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        bench.double.stopPrimary("c0-")
        let receipt = try await bench.perform(
            bench.request(.complete, uuid, ["-40", "40-80"]), on: bench.fleet())
        #expect(receipt.report[0].hasPrefix("2 of 2 shards"))
        #expect(Set(bench.double.statements("alter vitess_migration").map(\.target)) == ["commerce:-40", "commerce:40-80"])
        #expect(bench.double.accidents.isEmpty)
    }
}
