package import Core

/// Why a shard is not further: one sentence with the cause and its evidence.
extension RowReading {
    /// `nil` when the shard waits for nothing, or for nothing but a person's `complete` and its fellow shards.
    package var why: String? {
        if let silence = shard.read?.silence { return Self.silent(silence, shard: shard, at: now) }
        switch row.status {
        case .queued, .ready: return whyQueued
        case .running: return whyRunning
        case .failed: return row.message.isEmpty ? "failed without a message" : nil
        case .unknown(let word): return "its status is `\(word)`, which this version of Lockstep does not know"
        case .complete, .cancelled: return nil
        }
    }

    /// A shard whose rows cannot be read.
    package static func silent(_ silence: KeyspaceView.Silence, shard: ShardContext, at now: Timestamp) -> String {
        let age = Figures.duration(silence.since.age(at: now))
        let old = shard.read?.readAt.map { "; what is shown is \(Figures.duration($0.age(at: now))) old" } ?? ""
        let error = ShardErrors.firstReason(silence.error)
        if let primary = shard.primary, !primary.isServing {
            return "its primary \(primary.alias) is \(primary.state) for VTGate; silent for \(age): \(error)\(old)"
        }
        return "its primary has not answered for \(age): \(error)\(old)"
    }

    private var whyQueued: String? {
        if isReadinessInDoubt, row.reviewedAt == nil || row.status == .queued, row.postponeLaunch == false,
            predecessor == nil
        {
            return
                "retried (run \(row.retries + 1)): waits for the tablet's next check; its readiness is that of the run before"
        }
        if row.postponeLaunch { return "launch is postponed: waits for `launch`" }
        if row.reviewedAt == nil {
            let age =
                (row.requestedAt ?? row.addedAt).map { ", submitted \(Figures.duration($0.age(at: now))) ago" } ?? ""
            return "not looked at by its tablet yet\(age): the next check comes within "
                + "\(Figures.duration(VitessTiming.check))"
        }
        if isReady, row.postponeCompletion { return nil }
        if let behind = inOrderBehind, row.isImmediateOperation { return inOrder(behind) }
        if let predecessor { return "queued behind \(predecessor.text)" }
        if isReady { return "complete was given: runs at its tablet's next check" }
        return "scheduled: starts at its tablet's next check"
    }

    private var whyRunning: String? {
        if let lifeless = lifelessFor, lifeless >= VitessTiming.lifeless { return staleness(lifeless) }
        switch phase {
        case .cuttingOver: return "cut-over attempt \(row.cutOverAttempts): \(row.stage)"
        case .backingOff: return whyBackingOff
        case .ready: return whyReady
        case .reverting:
            return whyBehind ?? throttled
                ?? "going back: only what changed since the cut-over is applied, no rows are copied"
        case .applying: return throttled ?? whyBehind ?? "copied, and fell behind again"
        case .preparing: return throttled ?? "starting: shadow table and stream"
        case .queued, .copying, .held, .stabilising, .done, .failed, .reverted, .cancelled, .ambiguous:
            return whyCopying
        }
    }

    private var whyCopying: String {
        if isReadinessInDoubt {
            return
                "retried (run \(row.retries + 1)): copies from the first row; `ready` is left over from the run before"
        }
        if row.strategy == "mysql" {
            return "MySQL runs the ALTER itself: no progress is told, and it cannot be stopped"
        }
        if let throttled { return throttled }
        guard let copied = progress else { return "copying: no progress told yet" }
        return "copying: \(copied) by its last mark\(markAge)"
    }

    private var throttled: String? {
        switch throttling {
        case nil: return nil
        case .person(let ratio, let until, let everyMigration):
            let what = ratio >= 1 ? "held" : "held back \(SQLText.ratio(ratio)) of the time"
            let whom = everyMigration ? " by a rule for every migration of the keyspace" : " by a person's rule"
            return "\(what)\(whom)" + (until.map { ", until \($0.clockText)" } ?? "")
        case .server(let component, let reason, let last):
            return "throttled at \(component): \(reason), last \(Figures.duration(last.age(at: now))) ago"
        }
    }

    private var whyReady: String? {
        if row.postponeCompletion { return nil }
        if let behind = inOrderBehind { return inOrder(behind) }
        return "complete was given: the cut-over begins at its tablet's next check"
    }

    private var whyBackingOff: String {
        let last = row.lastAttemptAt.map { " at \($0.clockText)" } ?? ""
        let said = messageOfThisAttempt.map { ": \($0)" } ?? ""
        let next: String
        switch nextAttemptAt {
        case nil: next = "next attempt not known"
        case .some(let at) where row.forceCutOver == true && at <= now:
            next = "forced: tries again at its tablet's next check"
        case .some(let at) where at <= now: next = "tries again at its tablet's next check"
        case .some(let at): next = "next attempt after \(at.clockText), in \(Figures.duration(at - now))"
        }
        return "attempt \(row.cutOverAttempts)\(last) did not succeed\(said); \(next)"
    }

    private var whyBehind: String? {
        guard let lag else { return nil }
        let limit = Duration.seconds(row.cutOverThresholdSeconds ?? 10)
        guard lag > limit else { return nil }
        return "\(Figures.duration(lag)) behind its table; ready below \(Figures.duration(limit))\(markAge)"
    }

    private func inOrder(_ behind: Int64) -> String {
        let names = shard.pending.filter { $0.id < row.id && $0.uuid != row.uuid }.prefix(3).map {
            "\($0.uuid.id.short) \($0.table)"
        }
        let list = names.isEmpty ? "" : " (\(names.joined(separator: ", ")))"
        return "in order: \(behind) earlier migration\(behind == 1 ? "" : "s") of this shard must complete first\(list)"
    }

    private func staleness(_ lifeless: Duration) -> String {
        let left = VitessTiming.stale - lifeless
        let end =
            left > .zero
            ? "fails as stale in \(Figures.duration(left))" : "counts as stale: Vitess fails it at its next check"
        return "no sign of life for \(Figures.duration(lifeless)); \(end)"
    }

    private var markAge: String {
        guard let age, age > .seconds(3) else { return "" }
        return ", \(Figures.duration(age)) old"
    }
}
