package import Core

/// A row's figures, where they mean something, and the lines that only a Vitess fleet has to tell.
extension RowReading {
    /// `40.2 %`. `nil` where the column says nothing: a revert copies no rows, an immediate operation has none, MySQL's own ALTER
    /// tells none, a retried one still shows the run before, and before the copy's first mark there is none.
    package var progress: String? {
        guard meansProgress, row.progress > 0, row.status == .running else { return nil }
        let tenths = Int64((min(100, row.progress) * 10).rounded(.down))
        return "\(tenths / 10).\(tenths % 10) %"
    }

    /// By Vitess' own average over the whole run, throttled time included. `nil` where it means nothing: unknown is `-1`, and a
    /// copy whose estimate is used up goes on at "0 s left".
    package var timeLeft: Duration? {
        guard phase == .copying, meansProgress, row.etaSeconds > 0, row.progress > 0, row.progress < 100 else {
            return nil
        }
        return .seconds(row.etaSeconds)
    }

    /// How far the shadow table is behind. `nil` before the copy's first progress, when the column holds a raw Unix time, and
    /// where there is no stream.
    package var lag: Duration? {
        guard row.status == .running, row.usesVReplication, let seconds = row.vreplicationLagSeconds, seconds >= 0,
            seconds < 1_000_000_000, row.livenessAt != nil
        else { return nil }
        return .seconds(seconds)
    }

    private var meansProgress: Bool {
        !row.isRevert && !row.isImmediateOperation && row.usesVReplication && !isReadinessInDoubt
    }

    /// Everything at once, as of the last read of the shard.
    package var gauges: ShardGauges {
        var gauges = ShardGauges(at: shard.read?.readAt ?? now)
        if meansProgress {
            gauges.rowsCopied = row.rowsCopied
            // An estimate of the server, raised where the copy has proved it too low.
            gauges.rowsTotal = max(row.tableRows, row.rowsCopied)
        }
        gauges.tail = lag
        gauges.timeLeft = timeLeft
        gauges.replicas = shard.lags
        gauges.throttle = throttleVerdict
        gauges.activity = row.status == .running && isCuttingOver ? row.stage : ""
        gauges.conditions = conditions
        // Sentences are for the few shards that somebody looks at.
        gauges.$why = Told(asking: { why })
        gauges.$details = Told(asking: { details })
        return gauges
    }

    package var conditions: Set<ShardCondition> {
        var found: Set<ShardCondition> = []
        if row.status.isPending {
            if row.postponeCompletion { found.insert(.postponed) }
            if row.forceCutOver == true { found.insert(.forced) }
        }
        if throttling != nil { found.insert(.throttled) }
        if let lifelessFor, lifelessFor >= VitessTiming.lifeless { found.insert(.lifeless) }
        if shard.read?.silence != nil { found.insert(.silent) }
        return found
    }

    /// Lines for the shard's own screen.
    package var details: [ShardGauges.Detail] {
        var lines = [ShardGauges.Detail("status", statusLine)]
        func add(_ label: String, _ text: String?) { if let text, !text.isEmpty { lines.append(.init(label, text)) } }
        add("tablet", tabletLine)
        if row.status == .running || row.cutOverAttempts > 0 { add("stage", stageLine) }
        add("message", messageOfThisAttempt)
        add("earlier", oldMessage)
        add("force", forceLine)
        add("completion", completionLine)
        add(
            "threshold",
            row.cutOverThresholdSeconds.map {
                "\($0)s: the lag that still counts as ready, and the wait of a cut-over's step"
            })
        if row.status == .running, !meansProgress, row.isRevert {
            add("rows", "a revert copies none: its progress means nothing")
        }
        add("keeps", retentionLine)
        add("revert", revertLine)
        add("special", specialLine)
        add("context", row.context)
        add("strategy", row.options.isEmpty ? row.strategy : "\(row.strategy) \(row.options)")
        return lines
    }

    private var statusLine: String {
        let run = row.retries > 0 ? ", run \(row.retries + 1)" : ""
        let marked = row.status.isPending ? age.map { ", last marked \(Figures.duration($0)) ago" } ?? "" : ""
        return "\(row.status)\(run)\(marked)"
    }

    private var tabletLine: String? {
        guard !row.tablet.isEmpty else { return nil }
        if let primary = shard.primary, primary.alias != row.tablet {
            return "\(row.tablet), and \(primary.alias) is the primary now"
                + (row.tabletFailure ? "; its tablet failed" : "")
        }
        let health = shard.primary.map { $0.isServing ? "" : ", \($0.state)" } ?? ""
        return "\(row.tablet)\(health)" + (row.tabletFailure ? "; its tablet failed" : "")
    }

    private var stageLine: String? {
        guard row.cutOverAttempts > 0 else { return nil }
        let when = row.lastAttemptAt.map { " at \($0.clockText)" } ?? ""
        return "attempt \(row.cutOverAttempts)\(when): \(row.stage.isEmpty ? "no stage told" : row.stage)"
    }

    private var forceLine: String? {
        guard row.forceCutOver == true, row.status != .complete else { return nil }
        return "set, and cannot be unset: each attempt ends who is in the way; POSTPONE COMPLETE brakes it"
    }

    private var completionLine: String? {
        guard row.status != .complete else { return nil }
        let words = row.postponeCompletion ? "postponed" : "not postponed: cuts over as soon as it can"
        switch row.status {
        case .failed, .cancelled:
            return row.postponeCompletion ? nil : "remembered: after RETRY it cuts over without being asked"
        case .queued, .ready, .running, .unknown, .complete: return words
        }
    }

    /// How long the old table is kept.
    package var retentionLeft: Duration? {
        guard row.status == .complete, row.cleanupAt == nil, row.retainArtifactsSeconds >= 0, !row.artifacts.isEmpty,
            let completed = row.completedAt
        else { return nil }
        return max(.zero, completed + .seconds(row.retainArtifactsSeconds) - now)
    }

    private var retentionLine: String? {
        if let cleaned = row.cleanupAt { return "nothing: cleaned up at \(cleaned.text)" }
        if row.retainArtifactsSeconds < 0, !row.status.isPending { return "nothing for long: CLEANUP was ordered" }
        return retentionLeft.map { "\(row.artifacts.joined(separator: " ")) for another \(Figures.duration($0))" }
    }

    private var revertLine: String? {
        row.revertibleNotes.isEmpty
            ? nil : "could be lost on the way back: \(row.revertibleNotes.joined(separator: "; "))"
    }

    private var specialLine: String? {
        switch row.specialPlan {
        case nil: nil
        case .instantDDL: "done INSTANT, without a copy: it cannot be reverted"
        case .rangePartition: "a range partition was rotated, without a copy: it cannot be reverted"
        case .unknown(let plan): plan
        }
    }
}
