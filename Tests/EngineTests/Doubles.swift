import Core
import Engine
import Foundation
import Journal
import Synchronization

let ana = OperatorIdentity(user: "ana", host: "bastion-2")
let fourShards = ["-40", "40-80", "80-c0", "c0-"].map { ShardName(keyspace: "commerce", shard: $0) }

/// Executors whose every answer the test gives: what was ordered is remembered, and each shard's way to the engine.
final class ScriptedExecutor: ShardExecutor {
    struct Order: Equatable, Sendable {
        let shard: ShardName
        let effect: ShardEffect
    }
    private struct State {
        var orders: [Order] = []
        var facts: [ShardName: any FactSink] = [:]
        var blockers: [ShardName: [Blocker]] = [:]
        var fingerprints: [ShardName: String] = [:]
        var silent: Set<ShardName> = []
        var plans = 0
    }
    private let state = Mutex(State())

    var orders: [Order] { state.withLock { $0.orders } }
    func forget() { state.withLock { $0.orders = [] } }
    func setBlockers(_ blockers: [Blocker], on shard: ShardName) { state.withLock { $0.blockers[shard] = blockers } }
    func setFingerprint(_ text: String, on shard: ShardName) { state.withLock { $0.fingerprints[shard] = text } }
    func silence(_ shard: ShardName) { state.withLock { _ = $0.silent.insert(shard) } }

    func sink(_ shard: ShardName) -> (any FactSink)? { state.withLock { $0.facts[shard] } }

    func report(_ shard: ShardName, _ fact: ShardFact) async throws {
        guard let sink = sink(shard) else { throw EngineStopping() }
        try await sink.report(fact)
    }

    /// The same fact of every shard, at the same time.
    func reportAll(_ fact: ShardFact) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for shard in fourShards { group.addTask { try await self.report(shard, fact) } }
            try await group.waitForAll()
        }
    }

    func plan(_ request: PlanRequest, on shard: ShardName) async -> ShardPlan {
        if state.withLock({ $0.silent.contains(shard) }) { await untilCancelled() }
        let print = state.withLock { state in
            state.plans += 1
            return state.fingerprints[shard] ?? "f00d"
        }
        return ShardPlan(
            shard: shard, server: "double", fingerprint: print, definition: "CREATE TABLE", keyName: "PRIMARY",
            keyColumns: ["id"], estimatedRows: 10, tableBytes: 1, spaceNeeded: 1, spaceFree: 9, refusals: [],
            warnings: [])
    }

    func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker] {
        state.withLock { $0.blockers[shard] ?? [] }
    }

    func perform(_ effect: ShardEffect, of spec: MigrationSpec, on shard: ShardName, facts: any FactSink) async {
        state.withLock { state in
            state.facts[shard] = facts
            state.orders.append(Order(shard: shard, effect: effect))
        }
        if case .run = effect { await untilCancelled() }
    }

    private func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
        await withTaskCancellationHandler {
            for await _ in stream {}
        } onCancel: {
            continuation.finish()
        }
    }
}

/// One engine's life on a journal, with its executors.
struct Life: Sendable {
    let engine: Engine
    let executor: ScriptedExecutor

    static func path() -> String {
        FileManager.default.temporaryDirectory.appendingPathComponent("lockstep-engine-\(UUID().uuidString)").path
            + "/journal.db"
    }

    static func settings() -> EngineSettings {
        EngineSettings(
            environment: Environment(name: "test", isProduction: false),
            shards: { $0 == "commerce" ? fourShards : [] },
            differences: { reference, other in ["\(reference.fingerprint) is \(other.fingerprint)"] },
            clock: ContinuousClock(),
            wallClock: { Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)) },
            askLimit: .seconds(1), stopLimit: .seconds(5))
    }

    /// Runs an engine until the body returns, then stops it and waits for its end.
    /// - Returns: why the engine ended by itself, if it did.
    @discardableResult
    static func run(
        _ path: String, pageLimit: Int? = nil, killed: Bool = false, _ body: @Sendable (Life) async throws -> Void
    ) async throws -> EngineError? {
        let journal = try await EventLog.open(at: path, pageLimit: pageLimit)
        let executor = ScriptedExecutor()
        let engine = try await Engine(journal: journal, executor: executor, settings: settings())
        return try await withThrowingTaskGroup(of: EngineError?.self) { group in
            group.addTask {
                do throws(EngineError) { try await engine.run() } catch { return error }
                return nil
            }
            try await body(Life(engine: engine, executor: executor))
            // Killed: nothing in flight is let finish.
            if killed { group.cancelAll() } else { engine.stop() }
            return try await group.next() ?? nil
        }
    }

    /// Waits for a condition, for ten seconds at most.
    func until(_ what: String, _ condition: @Sendable () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw Late(what: what, orders: executor.orders) }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    func ordered(_ effect: ShardEffect, times: Int = 4) async throws {
        try await until("\(effect)") { executor.orders.count { $0.effect == effect } >= times }
    }

    /// Submits the migration and brings every shard to the barrier.
    func reachBarrier(_ submission: Submission = submission()) async throws {
        _ = try await engine.submit(submission, by: ana)
        try await ordered(.run(RunID(1), resume: nil, artifacts: []))
        try await executor.reportAll(.artifactPlanned(RunID(1), Artifact(.shadowTable, "_new")))
        try await executor.reportAll(.ready(RunID(1)))
    }

    func perform(_ verb: Verb, planHash: String? = nil) async throws -> CommandReceipt {
        try await engine.perform(
            CommandRequest(verb: verb, migration: submission().id), planHash: planHash, by: ana, reason: "test")
    }

    func migration() async throws -> MigrationSnapshot? {
        try await engine.snapshot().migrations.first { $0.spec.id == submission().id }
    }
}

struct Late: Error {
    let what: String
    let orders: [ScriptedExecutor.Order]
}

func submission(_ hex: String = "7c1e", table: String = "orders") -> Submission {
    Submission(
        id: MigrationID(hex + String(repeating: "0", count: 32 - hex.count))!, name: "add-note", keyspace: "commerce",
        table: table, alter: "ADD COLUMN note TEXT", policy: MigrationPolicy())
}

func records(_ path: String) async throws -> [Record] {
    let log = try await EventLog.openReadOnly(at: path)
    let records = try await log.read()
    try await log.close()
    return records
}
