/// Everything a screen or `status` shows, at one moment. A value: nothing in it changes under the reader.
package struct FleetSnapshot: Codable, Equatable, Sendable {
    /// The engine's clock when it was taken.
    package let at: Timestamp
    package let environment: Environment
    /// Running ones first, newest first within.
    package let migrations: [MigrationSnapshot]
    package init(at: Timestamp, environment: Environment, migrations: [MigrationSnapshot]) {
        self.at = at
        self.environment = environment
        self.migrations = migrations
    }
}

/// Which fleet this is, as the cluster file names it.
package struct Environment: Codable, Equatable, Sendable {
    package let name: String
    package let isProduction: Bool
    package init(name: String, isProduction: Bool) {
        self.name = name
        self.isProduction = isProduction
    }
}

/// A migration's own state, derived from its shards and its gates.
package enum MigrationState: String, Codable, Sendable {
    case postponedLaunch = "launch postponed"
    case running, postponed, cuttingOver = "cutting over", backingOff = "backing off", split, failed, held, done
    case cancelling, cancelled, reverting, reverted, soaking = "soaking"
}

package struct MigrationSnapshot: Codable, Equatable, Sendable {
    package let spec: MigrationSpec
    package let state: MigrationState
    package let submittedBy: OperatorIdentity
    package let submittedAt: Timestamp
    package let endedAt: Timestamp?
    package let barrier: Migration.Barrier
    package let completion: Migration.Completion
    package let attempts: [Migration.Attempt]
    package let heldBecause: Failure?
    /// In the order of the cluster file.
    package let shards: [ShardSnapshot]
    /// What happened, newest last, at most 200.
    package let events: [EventLine]
    /// For each verb, why it would be refused now; a missing verb is admitted.
    package let refusals: [String: Refusal]
    /// What kind of fleet it runs on.
    package let fleet: FleetKind
    /// Since when both schemas are live, by plan or not; `nil` while one is.
    package let splitSince: Timestamp?
    /// Nobody coordinates it here: it was found where it runs, and each order reaches its shards as it is.
    package let isAttached: Bool

    package init(
        spec: MigrationSpec, state: MigrationState, submittedBy: OperatorIdentity, submittedAt: Timestamp,
        endedAt: Timestamp?, barrier: Migration.Barrier, completion: Migration.Completion,
        attempts: [Migration.Attempt], heldBecause: Failure?, shards: [ShardSnapshot], events: [EventLine],
        refusals: [String: Refusal], fleet: FleetKind, splitSince: Timestamp? = nil, isAttached: Bool = false
    ) {
        self.spec = spec
        self.state = state
        self.submittedBy = submittedBy
        self.submittedAt = submittedAt
        self.endedAt = endedAt
        self.barrier = barrier
        self.completion = completion
        self.attempts = attempts
        self.heldBecause = heldBecause
        self.shards = shards
        self.events = events
        self.refusals = refusals
        self.fleet = fleet
        self.splitSince = splitSince
        self.isAttached = isAttached
    }

    /// The first and last swap of a committed cut-over, once every shard is done.
    package var skew: Duration? {
        let swaps = shards.compactMap(\.cutOver?.swappedAt)
        guard swaps.count == shards.count, let first = swaps.min(), let last = swaps.max() else { return nil }
        return last - first
    }

    package var readyCount: Int {
        shards.count { [.ready, .held, .cuttingOver, .backingOff, .stabilising, .done].contains($0.phase) }
    }

    package func refusal(of verb: Verb) -> Refusal? { refusals[verb.rawValue] }
}

/// One shard of a migration. Cheap to copy: a screen of a fleet with a thousand shards looks at each of them many times.
package struct ShardSnapshot: Codable, Equatable, Sendable {
    @usableFromInline let shared: Shared<Facts>

    @inlinable package var name: ShardName { shared.value.name }
    @inlinable package var phase: Phase { shared.value.phase }
    @inlinable package var since: Timestamp { shared.value.since }
    @inlinable package var gauges: ShardGauges? { shared.value.gauges }
    @inlinable package var preparation: Preparation? { shared.value.preparation }
    @inlinable package var verifiedRows: RowCount? { shared.value.verifiedRows }
    @inlinable package var cutOver: CutOverReport? { shared.value.cutOver }
    @inlinable package var failure: Failure? { shared.value.failure }
    /// The last thing that went wrong, kept after it was overcome.
    @inlinable package var lastFailure: Failure? { shared.value.lastFailure }
    @inlinable package var blockers: [Blocker] { shared.value.blockers }
    @inlinable package var artifacts: [Artifact] { shared.value.artifacts }
    @inlinable package var manualThrottle: ManualThrottle? { shared.value.manualThrottle }
    /// When the next cut-over attempt follows, during a back-off.
    @inlinable package var nextAttemptAt: Timestamp? { shared.value.nextAttemptAt }
    @inlinable package var attempts: Int { shared.value.attempts }

    package init(
        name: ShardName, phase: Phase, since: Timestamp, gauges: ShardGauges? = nil, preparation: Preparation? = nil,
        verifiedRows: RowCount? = nil, cutOver: CutOverReport? = nil, failure: Failure? = nil,
        lastFailure: Failure? = nil, blockers: [Blocker] = [], artifacts: [Artifact] = [],
        manualThrottle: ManualThrottle? = nil, nextAttemptAt: Timestamp? = nil, attempts: Int = 0
    ) {
        shared = Shared(
            Facts(
                name: name, phase: phase, since: since, gauges: gauges, preparation: preparation,
                verifiedRows: verifiedRows, cutOver: cutOver, failure: failure, lastFailure: lastFailure,
                blockers: blockers, artifacts: artifacts, manualThrottle: manualThrottle, nextAttemptAt: nextAttemptAt,
                attempts: attempts))
    }

    package init(from decoder: any Decoder) throws { shared = Shared(try Facts(from: decoder)) }
    package func encode(to encoder: any Encoder) throws { try shared.value.encode(to: encoder) }

    @usableFromInline
    struct Facts: Codable, Equatable, Sendable {
        @usableFromInline let name: ShardName
        @usableFromInline let phase: Phase
        @usableFromInline let since: Timestamp
        @usableFromInline let gauges: ShardGauges?
        @usableFromInline let preparation: Preparation?
        @usableFromInline let verifiedRows: RowCount?
        @usableFromInline let cutOver: CutOverReport?
        @usableFromInline let failure: Failure?
        @usableFromInline let lastFailure: Failure?
        @usableFromInline let blockers: [Blocker]
        @usableFromInline let artifacts: [Artifact]
        @usableFromInline let manualThrottle: ManualThrottle?
        @usableFromInline let nextAttemptAt: Timestamp?
        @usableFromInline let attempts: Int
    }
}

/// What does the work: it decides which words are true of a migration.
package enum FleetKind: String, Codable, Sendable {
    /// Lockstep's own copy, and a cut-over that holds every shard before it swaps one.
    case plain
    /// VTTablets; the cut-overs of a wave begin together and end one by one.
    case vitess
}

/// One line of the event list: `14:03:11Z -80 attempt 3 refused: ...`.
package struct EventLine: Codable, Equatable, Sendable {
    package let at: Timestamp
    package let shard: ShardName?
    package let text: String
    package init(at: Timestamp, shard: ShardName?, text: String) {
        self.at = at
        self.shard = shard
        self.text = text
    }
}

extension Migration {
    /// The migration's state, derived.
    package var derivedState: MigrationState {
        if endedAt != nil { return direction == .reverse ? .reverted : isCancelling ? .cancelled : .done }
        if heldBecause != nil { return .held }
        if direction == .reverse { return .reverting }
        if isCancelling { return isSplit ? .split : .cancelling }
        if isSplit { return .split }
        if shards.values.contains(where: { if case .failed = $0.state { true } else { false } }) { return .failed }
        if launch == .postponed { return .postponedLaunch }
        switch barrier {
        case .looking, .clearing, .holding, .aborting, .committed: return .cuttingOver
        case .backingOff: return .backingOff
        case .soaking: return .soaking
        case .gathering: break
        }
        if case .postponed = completion, allReady { return .postponed }
        return .running
    }

    /// What the screens see of it. `gauges` and `events` are the engine's, keyed by shard and oldest first.
    package func snapshot(gauges: [ShardName: ShardGauges], events: [EventLine]) -> MigrationSnapshot {
        var refusals: [String: Refusal] = [:]
        for command in Migration.everyCommand {
            do { try Admission.check(command, on: self) } catch { refusals[command.verb.rawValue] = error }
        }
        return MigrationSnapshot(
            spec: spec, state: derivedState, submittedBy: submittedBy, submittedAt: submittedAt, endedAt: endedAt,
            barrier: barrier, completion: completion, attempts: attempts, heldBecause: heldBecause,
            shards: spec.shards.compactMap { name in shards[name].map { shardSnapshot(name, $0, gauges[name]) } },
            events: events, refusals: refusals, fleet: spec.fleet, splitSince: splitSince)
    }

    private func shardSnapshot(_ name: ShardName, _ shard: ShardLifecycle, _ gauges: ShardGauges?) -> ShardSnapshot {
        var phase = shard.phase
        var next: Timestamp?
        if case .backingOff(_, let until) = barrier, phase == .ready {
            phase = .backingOff
            next = until
        }
        var cutOver: CutOverReport?
        var failure: Failure?
        switch shard.state {
        case .done(let report), .reverted(let report): cutOver = report
        case .failed(_, let reason): failure = reason
        case .queued, .preparing, .copying, .applying, .ready, .holding, .held, .releasing, .cuttingOver, .ambiguous,
            .rollingForward, .cancelling, .cancelled:
            break
        }
        return ShardSnapshot(
            name: name, phase: phase, since: shard.since, gauges: gauges, preparation: shard.preparation,
            verifiedRows: shard.verifiedRows, cutOver: cutOver, failure: failure, lastFailure: shard.lastFailure,
            blockers: shard.blockers.isEmpty ? (gauges?.blockers ?? []) : shard.blockers,
            artifacts: shard.artifacts.sorted(), manualThrottle: shard.manualThrottle, nextAttemptAt: next,
            attempts: attempts.count)
    }

    private static let everyCommand: [Command] = [
        .launch, .postpone, .complete, .cancel, .retry([]), .forceCutOver(ending: [:]), .throttle([], reason: ""),
        .unthrottle([]), .revert, .setThreshold(.seconds(10)), .cleanup,
    ]
}
