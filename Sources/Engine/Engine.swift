package import Core
package import Journal

/// The only owner of running state: one loop that journals what happened, applies it, and only then hands out what follows.
///
/// ## Why nothing is done that the journal does not know
/// A turn of the loop works on a copy (`Batch`). Its events go to disk in one transaction; then the copy becomes the state,
/// the effects are handed out and the reporters are answered. Should the append fail, the copy is dropped with its effects,
/// every reporter is told that the engine stops, and the executors' connections close, which gives their locks back.
package actor Engine {
    let settings: EngineSettings
    let executor: any ShardExecutor
    private let journal: EventLog
    let inbox = Inbox()
    let board = LiveBoard()
    var fleet: Fleet
    /// Why the engine takes no more orders.
    var ended: Failure?
    var recentPlans = RecentPlans()
    private var armed: Set<Wake> = []

    private struct Wake: Hashable {
        let id: MigrationID
        let at: Timestamp
    }

    /// Reads the journal; `run` begins the work.
    /// - Throws: `undecodable` or `journal` when what was done before cannot be known; nothing is started then.
    package init(journal: EventLog, executor: any ShardExecutor, settings: EngineSettings) async throws(EngineError) {
        let records: [Record]
        do { records = try await journal.read() } catch { throw .journal(error) }
        self.journal = journal
        self.executor = executor
        self.settings = settings
        fleet = try Fleet(replaying: records)
    }

    /// Takes up what the journal left unfinished and works until `stop`, or until the journal cannot be written. When it
    /// returns, every executor's work has ended and the journal is closed. Runs once. Cancelling its task stops it without
    /// letting a cut-over finish: prefer `stop`.
    package func run() async throws(EngineError) {
        let failure = await withTaskCancellationHandler {
            await withDiscardingTaskGroup(returning: EngineError?.self) { group in
                group.addTask { await self.publishSnapshots() }
                let failure = await self.work(&group)
                self.endService(failure)
                group.cancelAll()
                return failure
            }
        } onCancel: {
            inbox.send(.stop)
            inbox.send(.stop)
        }
        do { try await journal.close() } catch { throw failure ?? .journal(error) }
        if let failure { throw failure }
    }

    /// Stop admitting, let a cut-over in flight finish, end. `run` returns when that is done.
    package nonisolated func stop() { inbox.send(.stop) }

    // MARK: - The loop

    private func work(_ group: inout DiscardingTaskGroup) async -> EngineError? {
        do throws(EngineError) {
            try await takeUp(&group)
            var isStopping = false
            while true {
                let messages = await inbox.next()
                let stops = messages.count { if case .stop = $0 { true } else { false } }
                try await turn(messages, isStopping: isStopping || stops > 0, &group)
                if stops > (isStopping ? 0 : 1) { return nil }
                if stops > 0 {
                    isStopping = true
                    stopLater(&group)
                }
                if isStopping, !fleet.cutOverIsInFlight { return nil }
            }
        } catch {
            return error
        }
    }

    /// Connections, locks and timers of the life before are gone: every migration with work left is told so.
    private func takeUp(_ group: inout DiscardingTaskGroup) async throws(EngineError) {
        let now = settings.wallClock()
        var batch = Batch(on: fleet, at: now)
        for (id, migration) in fleet.migrations.sorted(by: { $0.key < $1.key }) where migration.hasWorkLeft {
            try batch.add(.engineStarted(at: now), to: id)
        }
        try await commit(batch, &group)
    }

    private func turn(
        _ messages: [Message], isStopping: Bool, _ group: inout DiscardingTaskGroup
    ) async throws(EngineError) {
        let now = settings.wallClock()
        var batch = Batch(on: fleet, at: now)
        var accepted: [Message] = []
        var left = messages[...]
        do throws(EngineError) {
            while let message = left.first {
                if isStopping, message.isOrder {
                    message.fail(Self.stopping)
                } else if try take(message, into: &batch, at: now) {
                    accepted.append(message)
                }
                left.removeFirst()
            }
            try await commit(batch, &group)
        } catch {
            for message in accepted + left { message.fail(error.failure) }
            throw error
        }
        for message in accepted { answer(message, at: now) }
    }

    /// - Returns: false when the message is answered already.
    private func take(_ message: Message, into batch: inout Batch, at now: Timestamp) throws(EngineError) -> Bool {
        switch message {
        case .fact(let id, let shard, let fact, _):
            guard batch.fleet.migrations[id] != nil else { return true }
            try batch.add(.shard(shard, fact, at: now), to: id)
        case .command(let request, let command, let by, let reason, let reply):
            do throws(Refusal) { try batch.admit(command, on: request.migration) } catch {
                reply.fail(.refused(error))
                return false
            }
            try batch.add(.commanded(command, by: by, reason: reason, at: now), to: request.migration)
        case .submit(let spec, let by, let reply):
            if batch.fleet.migrations[spec.id] != nil { return true }
            do throws(Refusal) { try batch.admit(spec) } catch {
                reply.fail(.refused(error))
                return false
            }
            try batch.add(.submitted(spec, by: by, at: now), to: spec.id)
        case .wake(let id, let at):
            armed.remove(Wake(id: id, at: at))
            try batch.wake(id, at: at)
        case .stop: break
        }
        return true
    }

    private func commit(_ batch: Batch, _ group: inout DiscardingTaskGroup) async throws(EngineError) {
        guard !batch.entries.isEmpty else { return }
        do { try await journal.append(batch.entries) } catch { throw .journal(error) }
        fleet = batch.fleet
        for (id, effect) in batch.effects { handOut(effect, of: id, &group) }
        board.markDirty()
    }

    private func answer(_ message: Message, at now: Timestamp) {
        switch message {
        case .fact(_, _, _, let reply): reply.succeed(())
        case .command(let request, _, _, _, let reply):
            reply.succeed(CommandReceipt(at: now, migration: request.migration, verb: request.verb))
        case .submit(let spec, _, let reply):
            if let snapshot = fleet.snapshot(of: spec.id, gauges: board.gauges[spec.id] ?? [:]) {
                reply.succeed(snapshot)
            } else {
                reply.fail(
                    .failed(Failure(.internalError, "Migration \(spec.id.short) was journalled and is not there.")))
            }
        case .wake, .stop: break
        }
    }

    private func handOut(_ effect: Effect, of id: MigrationID, _ group: inout DiscardingTaskGroup) {
        switch effect {
        case .shard(let shard, let work):
            guard let spec = fleet.migrations[id]?.spec else { return }
            let facts = ShardFacts(id: id, shard: shard, inbox: inbox, board: board)
            group.addTask { [executor] in await executor.perform(work, of: spec, on: shard, facts: facts) }
        case .wake(let at):
            guard armed.insert(Wake(id: id, at: at)).inserted else { return }
            let wait = at - settings.wallClock()
            group.addTask { [clock = settings.clock, inbox] in
                guard await Engine.wait(wait, clock) else { return }
                inbox.send(.wake(id, at: at))
            }
        case .decide, .fallBack, .ignore: break
        }
    }

    /// - Returns: false when the wait was cancelled.
    private static func wait(_ duration: Duration, _ clock: any Clock<Duration>) async -> Bool {
        guard duration > .zero else { return !Task.isCancelled }
        do {
            try await clock.sleep(for: duration)
            return true
        } catch {
            return false
        }
    }

    // MARK: - The end

    static let stopping = Failure(
        .interrupted, "The engine is stopping.", now: "nothing was changed by this order",
        next: "start the engine again, then repeat it")

    /// A second `stop` ends the engine whatever is in flight.
    private func stopLater(_ group: inout DiscardingTaskGroup) {
        group.addTask { [clock = settings.clock, limit = settings.stopLimit, inbox] in
            _ = await Engine.wait(limit, clock)
            inbox.send(.stop)
        }
    }

    private func endService(_ failure: EngineError?) {
        let reason = failure?.failure ?? Self.stopping
        ended = reason
        inbox.close(because: reason)
        if board.hasReaders { board.publish(currentSnapshot()) }
        board.close()
    }

    // MARK: - Snapshots

    /// At most ten a second go out; what changes in between is in the next one.
    private func publishSnapshots() async {
        while await board.changed() {
            if board.hasReaders { board.publish(currentSnapshot()) }
            guard await Engine.wait(.milliseconds(100), settings.clock) else { return }
        }
    }

    func currentSnapshot() -> FleetSnapshot {
        fleet.snapshot(at: settings.wallClock(), environment: settings.environment, gauges: board.gauges)
    }
}
