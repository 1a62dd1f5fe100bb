internal import Core
internal import Vitess

/// Look, hold, release and ask, for one shard of one attempt.
///
/// Vitess has no hold: nothing is locked until a shard is told to complete, and then each shard locks and swaps by itself. What is
/// left of the two phases is that every shard of the wave was seen ready by a read that began after the attempt did, and that all of
/// them are told at once.
struct CutOverWork: Sendable {
    let driver: MigrationDriver
    let shard: ShardName
    let direction: Direction
    let facts: any FactSink

    func look(_ run: RunID, _ attempt: Int) async {
        let found = await driver.look()
        if let obstacle = obstacle(found) {
            await tell(.lookFailed(run, attempt: attempt, obstacle))
        } else {
            await tell(.looked(run, attempt: attempt, blockers: []))
        }
    }

    func hold(_ run: RunID, _ attempt: Int) async {
        let found = await driver.look()
        if let obstacle = obstacle(found) {
            return await tell(.holdRefused(run, attempt: attempt, obstacle, blockers: []))
        }
        await driver.hold(shard, attempt: attempt)
        await tell(.held(run, attempt: attempt, HoldReport(lockedAt: found.readAt, lockWait: .zero, drain: .zero)))
    }

    /// Why the shard would not follow if it were told to complete now.
    private func obstacle(_ found: MigrationDriver.Look) -> Failure? {
        if let silence = found.silence(of: shard) { return silence }
        let nothing = "nothing was locked on any shard; the application is not affected"
        guard let reading = found.reading(shard, going: direction) else {
            return Failure(.interrupted, "\(shard) has no row of the migration.", now: nothing)
        }
        if ShardReport.isAtBarrier(reading) { return nil }
        return Failure(
            .deadlinePassed, "\(shard) is not ready: \(reading.why ?? "\(reading.row.status)").", now: nothing,
            next: "the next attempt follows when every shard is ready again")
    }

    /// Tells the shard to complete, together with the others of its attempt, and watches until it has or cannot.
    func commit(_ run: RunID, _ attempt: Int) async {
        let (driver, direction) = (driver, direction)
        let expected = await driver.heldCount(attempt)
        let sent = await driver.gathering.together("complete \(attempt)", shard, expected: expected) { shards in
            await driver.complete(shards, going: direction, of: await driver.look())
        }
        await watch(run, attempt, sent)
    }

    private func watch(_ run: RunID, _ attempt: Int, _ sent: Failure?) async {
        var seen = 0
        var wasLetGo = false
        var isChecked = false
        while !Task.isCancelled {
            guard let view = await driver.work.view(after: seen) else {
                if await driver.isBraked(shard) { return }
                continue
            }
            seen = view.number
            // An order to stop was given: it reports how that ended.
            if await driver.isBraked(shard) { return }
            let (family, contexts) = await driver.family(in: view)
            guard let context = contexts[shard], context.read?.silence == nil,
                let row = family.row(on: shard, going: direction)
            else { continue }
            let reading = RowReading(row, on: context, at: driver.work.wallClock())
            facts.gauge(await driver.gauges(of: reading, on: shard))
            switch row.status {
            case .complete:
                await tell(.released(run, attempt: attempt, .swapped(ShardReport.of(row))))
                return await prepareWayBack(run, attempt)
            case .failed, .cancelled:
                let failure = reading.failure ?? Failure(.interrupted, "\(shard) was cancelled in Vitess.", cause: row.message)
                return await tell(.released(run, attempt: attempt, .notSwapped(failure)))
            case .queued, .ready, .running, .unknown:
                let isHeldBack = row.strategy == "mysql" ? row.postponeLaunch && row.status == .queued : row.postponeCompletion
                if !isHeldBack {
                    wasLetGo = true
                } else if wasLetGo {
                    return await tell(.released(run, attempt: attempt, .notSwapped(heldBackElsewhere)))
                } else if !isChecked {
                    // The view may be older than the statement.
                    isChecked = true
                    if let failure = await notReached(sent) {
                        return await tell(.released(run, attempt: attempt, .notSwapped(failure)))
                    }
                }
            }
        }
    }

    /// A revert, held back: then the way back is a cut-over and no more. Without it a revert prepares itself when it is ordered.
    private func prepareWayBack(_ run: RunID, _ attempt: Int) async {
        guard direction == .forward, driver.spec.policy.fallback.isWarm else { return }
        let driver = driver
        let expected = await driver.heldCount(attempt)
        let failure = await driver.gathering.together("warm \(attempt)", shard, expected: expected) { await driver.revert($0) }
        guard failure == nil, let row = await driver.look().family.revert(on: shard), row.status.isPending else { return }
        // Told after it is there: should the engine die in between, the revert is found by what it reverts.
        do throws(EngineStopping) {
            try await facts.report(.artifactPlanned(run, Artifact(.vitessMigration, row.uuid.text)))
        } catch { return }
    }

    /// Whether the rows, read after the statement, show that it did not reach this shard.
    private func notReached(_ sent: Failure?) async -> Failure? {
        let found = await driver.look()
        guard found.silence(of: shard) == nil, let row = found.family.row(on: shard, going: direction), row.status.isPending
        else { return nil }
        let isHeldBack = row.strategy == "mysql" ? row.postponeLaunch && row.status == .queued : row.postponeCompletion
        guard isHeldBack else { return nil }
        // Answered without an error it was taken by every shard: then somebody took it back.
        guard let sent else { return heldBackElsewhere }
        return Failure(
            sent.kind, "\(shard) was not told to complete.", cause: sent.cause ?? sent.what,
            now: "its completion is postponed still", next: "it is told again as soon as it is ready")
    }

    private var heldBackElsewhere: Failure {
        Failure(
            .completionPostponed, "Somebody postponed the completion of \(shard) again.",
            now: "it is left as it is; other shards may have the new schema",
            next: "`retry` lets it follow, `revert` brings the others back")
    }

    /// Stops a shard that may have been told to complete, and says how that ended.
    func abort(_ run: RunID, _ attempt: Int) async {
        await driver.brake(shard)
        await tell(.released(run, attempt: attempt, await braked()))
    }

    /// What became of a completion whose story was lost: what is not complete is stopped first, so that the answer stays true.
    func ask(_ run: RunID, _ attempt: Int) async {
        await tell(.released(run, attempt: attempt, await braked()))
    }

    private func braked() async -> ReleaseOutcome {
        while !Task.isCancelled {
            let found = await driver.look()
            if let silence = found.silence(of: shard) { return .unknown(silence) }
            guard let reading = found.reading(shard, going: direction), let target = ShardTarget(shard) else {
                return .notSwapped(Failure(.interrupted, "\(shard) has no row of the migration."))
            }
            let row = reading.row
            switch row.status {
            case .complete: return .swapped(ShardReport.of(row))
            case .failed, .cancelled: return .notSwapped(reading.failure)
            case .queued, .ready, .running, .unknown:
                if row.strategy == "mysql" {
                    // MySQL's own ALTER cannot be stopped once it was launched.
                    if row.postponeLaunch { return .notSwapped(nil) }
                    return .unknown(Failure(.interrupted, "\(shard): MySQL's own ALTER is running.", next: "it is asked again"))
                }
                if row.postponeCompletion, !reading.isCuttingOver { return .notSwapped(nil) }
                if !row.postponeCompletion, let failure = await driver.holdBack(row, target) {
                    if failure.kind == .connectionLost || failure.kind == .serverUnreachable { return .unknown(failure) }
                }
                // The attempt under way ends first: the next read tells how.
                await driver.work.nextChange()
            }
        }
        return .unknown(Failure(.interrupted, "\(shard): the engine is stopping."))
    }

    private func tell(_ fact: ShardFact) async {
        // An engine that takes no more facts asks again when it is started.
        do throws(EngineStopping) { try await facts.report(fact) } catch { return }
    }
}
