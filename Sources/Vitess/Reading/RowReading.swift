package import Core

/// What one shard's row may be taken to mean. Its columns outlive what they say: readiness survives RETRY, messages survive
/// success, throttle columns survive UNTHROTTLE, the stage is never cleared. Each property here says what is true *now*.
package struct RowReading: Sendable {
    package let row: MigrationRow
    package let shard: ShardContext
    package let now: Timestamp
    /// Where the shard stands.
    package private(set) var phase: Phase

    package init(_ row: MigrationRow, on shard: ShardContext, at now: Timestamp) {
        self.row = row
        self.shard = shard
        self.now = now
        phase = .ambiguous
        phase = derivedPhase
    }

    private var derivedPhase: Phase {
        switch row.status {
        case .queued, .ready: return isReady ? .ready : .queued
        case .running:
            if isCuttingOver { return .cuttingOver }
            if isBackingOff { return .backingOff }
            if isReady { return .ready }
            if row.isRevert { return .reverting }
            if hasBeenReady { return .applying }
            return row.livenessAt == nil ? .preparing : .copying
        case .complete: return row.isRevert ? .reverted : .done
        case .failed: return .failed
        case .cancelled: return .cancelled
        case .unknown: return .ambiguous
        }
    }

    /// Whether it would cut over now, were it told to: `ready_to_complete`, where that can be believed.
    package var isReady: Bool {
        guard row.readyToComplete, !isReadinessInDoubt else { return false }
        switch row.status {
        case .running: return true
        // Immediate operations wait for COMPLETE without ever running.
        case .queued, .ready: return row.isImmediateOperation && row.reviewedAt != nil
        case .complete, .failed, .cancelled, .unknown: return false
        }
    }

    /// The row says ready, and says what was true of the run before: RETRY keeps the column, and for a moment the new run, which
    /// copies from the first row, shows it.
    package var isReadinessInDoubt: Bool {
        guard row.readyToComplete, row.retries > 0, !row.isImmediateOperation else { return false }
        switch row.status {
        case .queued, .ready: return true
        case .running:
            guard let started = row.startedAt, let liveness = row.livenessAt else { return true }
            return liveness < started + VitessTiming.readinessLie
        case .complete, .failed, .cancelled, .unknown: return false
        }
    }

    /// It was ready in this run, and is not now or is still: then the rows are copied.
    package var hasBeenReady: Bool {
        guard !isReadinessInDoubt, let ready = row.firstReadyAt, let started = row.startedAt else { return false }
        // RETRY keeps the time of the run before.
        return row.retries > 0 ? ready > started : ready >= started
    }

    /// A cut-over attempt is under way: it began, and nothing was said since.
    package var isCuttingOver: Bool {
        guard row.status == .running, !row.stage.isEmpty, row.cutOverAttempts > 0, let began = row.lastAttemptAt else {
            return false
        }
        return messageOfThisAttempt == nil && seenAt < began + longestAttempt
    }

    /// An attempt did not succeed, and the next waits.
    package var isBackingOff: Bool {
        row.status == .running && row.cutOverAttempts > 0 && !row.postponeCompletion && !isCuttingOver
    }

    /// When the next cut-over attempt may follow, by Vitess' table; it follows at the first check after that. At once with a
    /// force flag. `nil` when none is waited for.
    package var nextAttemptAt: Timestamp? {
        guard isBackingOff, let last = row.lastAttemptAt else { return nil }
        if row.forceCutOver == true { return last }
        return last + VitessTiming.wait(afterAttempts: row.cutOverAttempts)
    }

    /// What was said about the present attempt: a message of an earlier one, or of an earlier run, says nothing now.
    package var messageOfThisAttempt: String? {
        guard !row.message.isEmpty, let said = row.messageAt else { return nil }
        switch row.status {
        case .failed, .cancelled: return row.message
        case .complete: return isNote ? row.message : nil
        case .queued, .ready, .running, .unknown:
            let since = row.lastAttemptAt ?? row.startedAt ?? row.requestedAt
            return since.map { said >= $0 } ?? true ? row.message : nil
        }
    }

    /// A message that outlived what it was about.
    package var oldMessage: String? { row.message.isEmpty || messageOfThisAttempt != nil ? nil : row.message }

    /// Since when the phase has been what it is, by the row's own times.
    package var since: Timestamp {
        let submitted = row.requestedAt ?? row.addedAt ?? now
        switch phase {
        case .queued, .preparing, .ambiguous, .held: return row.startedAt ?? submitted
        case .copying, .applying, .reverting: return row.startedAt ?? submitted
        case .ready: return hasBeenReady ? row.firstReadyAt ?? submitted : row.startedAt ?? row.reviewedAt ?? submitted
        case .cuttingOver: return row.lastAttemptAt ?? submitted
        case .backingOff: return row.messageAt ?? row.lastAttemptAt ?? submitted
        case .done, .reverted, .failed, .cancelled, .stabilising: return row.completedAt ?? submitted
        }
    }

    /// How long since the row's migration gave a sign of life; `nil` when it is not running or never gave one.
    package var lifelessFor: Duration? {
        guard row.status == .running, let alive = row.livenessAt else { return nil }
        return alive.age(at: seenAt)
    }

    /// When the row was last seen: of a shard that does not answer, nothing since is known.
    package var seenAt: Timestamp { shard.read?.silence == nil ? now : shard.read?.readAt ?? now }

    /// How old what the row says is: Vitess refreshes it only at its checks.
    package var age: Duration? {
        [row.livenessAt, row.messageAt, row.startedAt, row.completedAt, row.reviewedAt, row.requestedAt].compactMap(
            \.self
        ).max()
            .map { $0.age(at: now) }
    }

    /// The steps of an attempt are each bounded by the threshold; together they take no longer than this.
    private var longestAttempt: Duration { .seconds((row.cutOverThresholdSeconds ?? 10) * 10 + 30) }

    /// The message tells of no trouble: what a declarative migration turned into, or that nothing was to be done.
    var isNote: Bool { changedNothing || row.message.lowercased().hasPrefix("alter table ") }

    /// It completed without doing anything.
    var changedNothing: Bool {
        row.message == "no change" || row.message.hasPrefix("duplicate DDL as ")
    }
}
