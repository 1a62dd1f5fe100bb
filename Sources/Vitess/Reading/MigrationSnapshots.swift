package import Core

/// A migration as every screen and `status` show it.
extension MigrationReading {
    package var snapshot: MigrationSnapshot {
        let state = state
        let fellows = Fellows(
            missing: Set(missing),
            notReady: shards.filter { shard in
                switch shard.reading?.phase {
                case .ready, .done, .reverted: false
                default: true
                }
            }.map(\.name),
            done: phases.count { $0 == .done || $0 == .reverted }, all: shards.count)
        return MigrationSnapshot(
            spec: spec, state: state, submittedBy: submitter, submittedAt: submittedAt, endedAt: endedAt,
            barrier: barrier(state),
            completion: isPostponed ? .postponed(by: nil) : .granted(by: nil), attempts: [], heldBecause: nil,
            shards: shards.map { snapshot($0, fellows) }, events: events, refusals: refusals, fleet: .vitess,
            splitSince: state == .split
                ? readings.filter { $0.row.status == .complete }.compactMap(\.row.completedAt).min() : nil, isAttached: true)
    }

    /// What was asked for, as far as the rows tell. What they do not tell has its default: Vitess knows no manifest.
    package var spec: MigrationSpec {
        let row = first
        let threshold = Duration.seconds(row?.cutOverThresholdSeconds ?? 10)
        let policy = MigrationPolicy(
            postponeLaunch: readings.contains { $0.row.postponeLaunch }, postponeCompletion: isPostponed,
            cutOver: CutOverPolicy(
                lockWait: threshold, threshold: threshold, blockerAge: .zero, maxTail: threshold,
                backOff: VitessTiming.backOff),
            throttle: ThrottlePolicy(
                maxReplicaLag: throttlerThreshold.map { .seconds($0) },
                maxThreadsRunning: nil, maxHistoryLength: nil),
            keepOldTable: .seconds(max(0, row?.retainArtifactsSeconds ?? 0)))
        return MigrationSpec(
            id: uuid.id, name: row?.context ?? uuid.text, keyspace: keyspace.text, table: table, alter: "",
            sql: row?.statement ?? "", strategy: .vitess(VitessStrategy(method, flags: row?.options ?? "")),
            shards: shards.map(\.name), pinnedFingerprint: "", policy: policy)
    }

    /// A REVERT's table is known only after its review.
    package var table: String { readings.lazy.map(\.row.table).first { !$0.isEmpty } ?? "?" }

    private var method: VitessStrategy.Method {
        switch first?.strategy {
        case "mysql": .mysql
        case "direct": .direct
        default: .vitess
        }
    }

    /// Vitess does not keep who submitted a migration; its context is the nearest there is.
    private var submitter: OperatorIdentity { OperatorIdentity(user: first?.context ?? "", host: "vtgate") }

    private func barrier(_ state: MigrationState) -> Migration.Barrier {
        guard state == .backingOff else { return .gathering }
        let next = readings.compactMap(\.nextAttemptAt).min() ?? now
        return .backingOff(attemptsMade: Int(clamping: readings.map(\.row.cutOverAttempts).max() ?? 0), until: next)
    }

    /// What a shard is told of the others: worked out once for all of them.
    private final class Fellows: Sendable {
        let missing: Set<ShardName>
        let notReady: [ShardName]
        let done: Int
        let all: Int

        init(missing: Set<ShardName>, notReady: [ShardName], done: Int, all: Int) {
            self.missing = missing
            self.notReady = notReady
            self.done = done
            self.all = all
        }
    }

    private func snapshot(_ shard: Shard, _ fellows: Fellows) -> ShardSnapshot {
        switch shard {
        case .row(let reading): return Self.snapshot(reading, fellows)
        case .missing(let context):
            var gauges = ShardGauges(at: context.read?.readAt ?? now)
            let isReal = fellows.missing.contains(context.name)
            gauges.conditions = [.missing]
            gauges.why =
                isReal
                ? "this shard has no row of the migration: it was not reached by the submission, and keeps its schema"
                : "no row of the migration on this shard \(submittedAt.age(at: now) < VitessTiming.submissionSettles ? "yet" : "(it may be younger)")"
            return ShardSnapshot(
                name: context.name, phase: isReal ? .failed : .queued, since: submittedAt, gauges: gauges,
                failure: isReal
                    ? Failure(
                        .interrupted, "\(context.name) has no row of the migration: the submission did not reach it.",
                        now: "its table keeps the old schema, whatever the other shards do",
                        next: "cancel the migration and submit it again") : nil)
        case .unread(let context):
            var gauges = ShardGauges(at: context.read?.silence?.since ?? now)
            if context.read?.silence != nil { gauges.conditions = [.silent] }
            gauges.why =
                context.read?.silence.map { RowReading.silent($0, shard: context, at: now) }
                ?? (context.read == nil ? "not read yet" : "an old row, if it has one: comes with the next read")
            return ShardSnapshot(name: context.name, phase: .ambiguous, since: submittedAt, gauges: gauges)
        }
    }

    /// A shard that is ready and postponed waits for its fellows, which it does not know.
    private static func why(of reading: RowReading, _ fellows: Fellows) -> String? {
        if let why = reading.why { return why }
        guard reading.phase == .ready, reading.row.postponeCompletion else { return nil }
        let forced = reading.row.forceCutOver == true ? "; the force flag is set, and postponing brakes it" : ""
        let behind = fellows.notReady
        if behind.isEmpty, fellows.done > 0 {
            return
                "ready; \(fellows.done) of \(fellows.all) shards have cut over: completion is postponed here, waits for `complete`\(forced)"
        }
        if behind.isEmpty { return "every shard is ready: completion is postponed, waits for `complete`\(forced)" }
        let names = behind.prefix(3).map(\.shard).joined(separator: " ") + (behind.count > 3 ? " ..." : "")
        return
            "ready; completion is postponed; \(behind.count) shard\(behind.count == 1 ? " is" : "s are") not ready (\(names))\(forced)"
    }

    private static func snapshot(_ reading: RowReading, _ fellows: Fellows) -> ShardSnapshot {
        let row = reading.row
        let phase = reading.phase
        var gauges = reading.gauges
        gauges.$why = Told(asking: { why(of: reading, fellows) })
        return ShardSnapshot(
            name: row.name, phase: phase, since: reading.since, gauges: gauges, cutOver: cutOver(row),
            failure: reading.failure, lastFailure: reading.lastFailure,
            artifacts: row.artifacts.map { Artifact(row.status == .complete ? .oldTable : .shadowTable, $0) },
            nextAttemptAt: reading.nextAttemptAt, attempts: Int(clamping: row.cutOverAttempts))
    }

    /// Vitess does not measure how long writes were held: from the attempt's begin to its end is the most it can have been.
    private static func cutOver(_ row: MigrationRow) -> CutOverReport? {
        guard row.status == .complete, let completed = row.completedAt else { return nil }
        let held = row.cutOverAttempts > 0 ? row.lastAttemptAt.map { max(.zero, completed - $0) } ?? .zero : .zero
        return CutOverReport(swappedAt: completed, writesHeld: held, oldTable: row.artifacts.first)
    }

    /// Derived from the rows' times, newest last, at most 200; of one moment in the order of the shards.
    private var events: [EventLine] {
        enum Source {
            case submission, skew
            case mark(Int, RowReading.Mark)
        }
        var moments: [(at: Timestamp, source: Source)] = []
        if first != nil { moments.append((submittedAt, .submission)) }
        for (index, reading) in readings.enumerated() {
            reading.eachMark { at, mark in moments.append((at, .mark(index, mark))) }
        }
        let skew = skew
        if let skew, skew > .zero, let last = readings.compactMap(\.row.completedAt).max() { moments.append((last, .skew)) }
        // Only places are sorted, and only the last two hundred are written: there are thousands.
        let places = moments.indices.sorted { (moments[$0].at, $0) < (moments[$1].at, $1) }
        return places.suffix(200).map { place in
            let at = moments[place].at
            switch moments[place].source {
            case .submission: return EventLine(at: at, shard: nil, text: submissionText)
            case .skew:
                let text = "every shard has it: \(Figures.stall(skew ?? .zero)) from the first to the last"
                return EventLine(at: at, shard: nil, text: text)
            case .mark(let index, let mark):
                return EventLine(at: at, shard: readings[index].row.name, text: readings[index].text(of: mark))
            }
        }
    }

    private var submissionText: String {
        guard let row = first else { return "" }
        let how = row.options.isEmpty ? row.strategy : "\(row.strategy) \(row.options)"
        return "submitted with \(how): \(row.statement)"
    }

    private var refusals: [String: Refusal] {
        var found: [String: Refusal] = [:]
        for verb in Verb.allCases {
            do throws(Refusal) { try AttachAdmission.check(verb, on: self, chosen: []) } catch {
                found[verb.rawValue] = error
            }
        }
        return found
    }
}
