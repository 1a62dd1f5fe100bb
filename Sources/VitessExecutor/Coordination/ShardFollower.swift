internal import Core
internal import Vitess

/// Follows one shard's row as one run of our lifecycle, and reports what is new in it.
struct ShardFollower: Sendable {
    let driver: MigrationDriver
    let shard: ShardName
    let run: RunID
    let direction: Direction
    let facts: any FactSink

    private enum Next { case follow, end }

    /// What was reported in this run.
    private struct Said {
        var artifacts: Set<Artifact>
        var isPrepared = false
        var isCopied = false
        var isReady = false
        /// What was read before says nothing: an order was sent since.
        var notBefore: Timestamp?
        /// RETRY was sent, and the row was not yet seen held back: what it remembers would let it cut over unasked.
        var mustHoldBack = false
    }

    /// Journalled before RETRY, or another REVERT, is sent: no later life of the engine sends it again unasked.
    static func retried(_ run: RunID) -> Checkpoint {
        Checkpoint(position: "retried \(run.number)", copiedThrough: nil, copyFinished: false, rowsCopied: 0)
    }

    /// Returns when the run has ended.
    func follow(_ artifacts: [Artifact]) async {
        guard await driver.begin(run, on: shard) else { return }
        var said = Said(artifacts: Set(artifacts))
        let mayRetry = await driver.mayRetry(run, on: shard)
        said.mustHoldBack = run.number > 1 && !mayRetry
        var seen = 0
        do throws(EngineStopping) {
            while !Task.isCancelled, await driver.isFollowing(run, on: shard) {
                guard let view = await driver.work.view(after: seen) else { continue }
                seen = view.number
                if await driver.mustSayAgain(shard) { said.isReady = false }
                let (family, contexts) = await driver.family(in: view)
                await driver.applyThrottle(family)
                await driver.applyThreshold(family)
                if try await step(family, contexts[shard] ?? ShardContext(name: shard, read: nil), &said) == .end { break }
            }
        } catch {
            // The engine takes no more facts: the rows stay as they are, and are found again by their context.
        }
        await driver.ended(run, on: shard)
    }

    private func step(
        _ family: MigrationFamily, _ context: ShardContext, _ said: inout Said
    ) async throws(EngineStopping) -> Next {
        guard let row = family.row(on: shard, going: direction), !isRemainder(family) else {
            return try await withoutRow(family, context)
        }
        let reading = RowReading(row, on: context, at: driver.work.wallClock())
        facts.gauge(await driver.gauges(of: reading, on: shard))
        // What is old says nothing about now.
        if context.read?.silence != nil { return .follow }
        if let notBefore = said.notBefore, context.read?.readAt.map({ $0 <= notBefore }) ?? true { return .follow }
        if let (other, differing) = family.disagreement {
            return try await fail(
                Failure(
                    .schemaDrift, "\(other) was given another statement than the other shards.", cause: differing.statement,
                    now: "completion is postponed on every shard", next: "cancel the migration"))
        }
        let artifact = Artifact(.vitessMigration, row.uuid.text)
        if row.status.isPending, said.artifacts.insert(artifact).inserted {
            try await facts.report(.artifactPlanned(run, artifact))
        }
        switch row.status {
        case .queued, .ready, .running, .unknown: return try await pending(reading, &said)
        case .failed, .cancelled:
            if await driver.mayRetry(run, on: shard) {
                try await facts.report(.checkpointed(run, Self.retried(run)))
                await driver.wasRetried(run, on: shard)
                said.mustHoldBack = true
                let failure = direction == .forward ? await driver.retry(row) : await revert()
                said.notBefore = driver.work.wallClock()
                // Taken or not, the rows tell; what was refused is refused.
                guard let failure, failure.kind != .connectionLost else { return .follow }
                return try await fail(failure)
            }
            return try await fail(reading.failure ?? ended(row))
        case .complete:
            try await facts.report(.released(run, attempt: 0, .swapped(ShardReport.of(row))))
            return .end
        }
    }

    private func pending(_ reading: RowReading, _ said: inout Said) async throws(EngineStopping) -> Next {
        let row = reading.row
        if said.mustHoldBack, row.strategy != "mysql", let target = ShardTarget(shard) {
            if row.postponeCompletion { said.mustHoldBack = false } else { await driver.holdBack(row, target) }
        }
        let isReady = ShardReport.isAtBarrier(reading)
        if !said.isPrepared, isReady || row.status == .running {
            said.isPrepared = true
            try await facts.report(
                .prepared(
                    run,
                    Preparation(
                        shadowTable: row.uuid.text, keyName: "", keyColumns: [], estimatedRows: row.tableRows,
                        server: row.tablet)))
        }
        if !said.isCopied, isReady || reading.phase == .applying {
            said.isCopied = true
            try await facts.report(.copied(run, rows: row.rowsCopied))
        }
        if isReady, !said.isReady {
            said.isReady = true
            try await facts.report(.ready(run))
        } else if !isReady, said.isReady {
            said.isReady = false
            try await facts.report(.fellBehind(run, tail: reading.lag ?? .zero))
        }
        return .follow
    }

    /// The row is what is left of a submission that did not reach every shard.
    private func isRemainder(_ family: MigrationFamily) -> Bool {
        guard direction == .forward else { return false }
        return switch family.submission {
        case .partial, .none: true
        case .whole, .unknown: false
        }
    }

    /// Nothing was submitted here yet, or it was and is not seen.
    private func withoutRow(_ family: MigrationFamily, _ context: ShardContext) async throws(EngineStopping) -> Next {
        var gauges = ShardGauges(at: context.read?.readAt ?? driver.work.wallClock())
        gauges.conditions = context.read?.silence == nil ? [] : [.silent]
        defer { facts.gauge(gauges) }
        if direction == .reverse {
            gauges.why = "the way back is being asked for"
            if let failure = await revert(), failure.kind != .connectionLost, failure.kind != .serverUnreachable {
                return try await fail(failure)
            }
            return .follow
        }
        if await driver.wasWhole {
            guard family.row(on: shard) == nil else { return .follow }
            return try await fail(lost)
        }
        switch family.submission {
        case .whole: return try await fail(lost)
        case .unknown(let silent):
            let names = silent.prefix(3).map(\.shard).joined(separator: " ")
            gauges.why = "nothing is submitted while a shard does not answer: \(names)"
            return .follow
        case .partial, .none:
            gauges.why = "being submitted"
            let (driver, shards) = (driver, driver.spec.shards.count)
            if let failure = await driver.gathering.together("submit", shard, expected: shards, { _ in await driver.submit() }) {
                return try await fail(failure)
            }
            return .follow
        }
    }

    private var lost: Failure {
        Failure(
            .interrupted, "\(shard) has no row of the migration any more, and other shards have.",
            now: "its table has the old schema, and nothing is completed anywhere while it is so",
            next: "cancel the migration, or revert it where it is complete, then submit it anew")
    }

    private func revert() async -> Failure? {
        let driver = driver
        return await driver.gathering.together("revert", shard, expected: driver.spec.shards.count) { await driver.revert($0) }
    }

    private func ended(_ row: MigrationRow) -> Failure {
        Failure(
            .interrupted, "\(shard): the migration was cancelled in Vitess.", cause: row.message,
            now: "the copy of this shard is gone; its table is as it was", next: "`retry` copies it again; `cancel` stops the others")
    }

    private func fail(_ failure: Failure) async throws(EngineStopping) -> Next {
        try await facts.report(.failed(run, failure))
        return .end
    }
}

/// What a row means to our lifecycle.
enum ShardReport {
    /// It would cut over now, were it told to; or was told to and does.
    static func isAtBarrier(_ reading: RowReading) -> Bool {
        if reading.row.strategy == "mysql" {
            return reading.row.postponeLaunch && reading.row.status == .queued && reading.row.reviewedAt != nil
        }
        switch reading.phase {
        case .ready, .cuttingOver, .backingOff: return true
        case .queued, .preparing, .copying, .applying, .held, .stabilising, .done, .failed, .reverting, .reverted, .cancelled,
            .ambiguous:
            return false
        }
    }

    /// Vitess measures no stall: from the attempt's begin to its end is the most that writes can have waited.
    static func of(_ row: MigrationRow) -> CutOverReport {
        let completed = row.completedAt ?? Timestamp(milliseconds: 0)
        let began = row.lastAttemptAt ?? completed
        return CutOverReport(swappedAt: completed, writesHeld: max(.zero, completed - began), oldTable: row.uuid.text)
    }
}
