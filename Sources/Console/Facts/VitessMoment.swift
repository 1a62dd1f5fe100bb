internal import Core
internal import Terminal

/// What the one line says of a fleet whose tablets do the work: shards go their own ways, and nothing holds all of them.
struct VitessMoment {
    let migration: MigrationSnapshot
    let clock: Timestamp

    private var shards: [ShardSnapshot] { migration.shards }

    /// `nil` where the words of any fleet are true.
    var moment: Moment? {
        if !migration.state.isEnded, let silence { return silence }
        switch migration.state {
        case .split: return split
        case .failed: return failed
        case .cuttingOver: return cuttingOver
        case .backingOff: return backingOff
        case .running: return running
        case .cancelling:
            if migration.refusal(of: .cancel) != nil {
                return Moment("cancelling: \(count(.cancelled)) of \(shards.count) cancelled; Vitess drops what was copied", .undo)
            }
            return Moment("\(count(.cancelled)) of \(shards.count) cancelled; the others go on by themselves; X cancels them", .undo)
        case .reverting:
            return Moment(
                "REVERTING: \(count(.reverted)) of \(shards.count) back, \(count(.ready)) ready"
                    + (isPostponed ? "; waits for C (complete)" : ""), .undo)
        case .done: return done
        case .cancelled: return Moment("cancelled: the table was not changed; Vitess drops what was copied", .undo)
        case .held, .postponedLaunch, .postponed, .soaking, .reverted: return nil
        }
    }

    private func count(_ phase: Phase) -> Int { shards.count { $0.phase == phase } }
    private var isPostponed: Bool { if case .postponed = migration.completion { true } else { false } }

    private func names(_ chosen: [ShardSnapshot]) -> String {
        chosen.prefix(3).map(\.name.shard).joined(separator: " ") + (chosen.count > 3 ? " ..." : "")
    }

    /// Nothing else is worth saying of shards that nobody has heard.
    private var silence: Moment? {
        let silent = shards.filter { $0.has(.silent) }
        guard !silent.isEmpty, silent.count == shards.count else { return nil }
        let age = silent.compactMap { $0.dataAge(at: clock) }.max().map { "; as of \(Figures.duration($0)) ago" } ?? ""
        return Moment("NO SHARD ANSWERS\(age): what they do meanwhile is not known", .bad)
    }

    private var split: Moment {
        let finished: Set<Phase> = [.done, .reverted]
        let rest = shards.filter { !finished.contains($0.phase) }
        let first = (migration.splitSince ?? shards.filter { finished.contains($0.phase) }.map(\.since).min())
        let age = first.map { " for \(Figures.duration($0.age(at: clock)))" } ?? ""
        var ways: [String] = []
        let failed = rest.filter { $0.phase == .failed || $0.phase == .cancelled }
        if !failed.isEmpty { ways.append("\(names(failed)) failed: Y retries, R reverts the others") }
        let silent = rest.filter { $0.has(.silent) }
        if !silent.isEmpty { ways.append("\(names(silent)) does not answer") }
        let waiting = rest.filter {
            $0.has(.postponed) && !$0.has(.silent) && $0.phase != .failed && $0.phase != .cancelled
        }
        if !waiting.isEmpty { ways.append("\(names(waiting)) postponed: C completes") }
        if ways.isEmpty { ways.append("\(names(rest)) on the way, each by itself") }
        return Moment("SPLIT \(shards.count - rest.count) done : \(rest.count) not done\(age): \(ways.joined(separator: "; "))", .bad)
    }

    private var failed: Moment {
        let failed = shards.filter { $0.phase == .failed }
        let live = shards.filter { $0.phase.isLive || $0.phase == .queued || $0.phase == .preparing }
        let others =
            live.isEmpty
            ? "" : (live.allSatisfy { $0.has(.postponed) } ? "; the others wait for C" : "; the others go on and CUT OVER by themselves")
        return Moment("\(failed.count) of \(shards.count) FAILED: \(names(failed))\(others); Y retries, X cancels", .bad)
    }

    private var cuttingOver: Moment {
        let now = shards.filter { $0.phase == .cuttingOver }
        switch migration.barrier {
        case .clearing(let attempt, _) where now.isEmpty:
            return Moment("attempt \(attempt): the force flag is being set; nothing is locked", .act)
        case .looking(let attempt, _) where now.isEmpty, .holding(let attempt, _) where now.isEmpty:
            return Moment("attempt \(attempt): every shard is asked whether it is ready; nothing is locked", .act)
        case .aborting(let attempt) where now.isEmpty:
            return Moment("attempt \(attempt): not made; no shard was told to complete", .warn)
        default: break
        }
        return Moment(
            "CUTTING OVER: \(names(now)) now, \(count(.done)) of \(shards.count) done; each shard by itself", .act)
    }

    private var backingOff: Moment {
        let waiting = shards.filter { $0.phase == .backingOff }
        let next = waiting.compactMap(\.nextAttemptAt).min().map { $0 <= clock ? "now" : "in \(Figures.duration($0 - clock))" }
        return Moment(
            "BACK-OFF on \(names(waiting)): next attempt \(next ?? "at the next check"); P postpones, F ends who is in the way",
            .warn)
    }

    private var running: Moment? {
        let silent = shards.filter { $0.has(.silent) }
        if !silent.isEmpty { return Moment("\(names(silent)) does not answer; \(ready) of \(shards.count) ready", .warn) }
        if ready == shards.count {
            return Moment("all \(shards.count) ready: each shard cuts over at its tablet's next check", .wait)
        }
        let queued = shards.filter { $0.phase == .queued }
        if queued.count == shards.count { return Moment("queued on every shard", .idle) }
        return nil
    }

    private var ready: Int { migration.readyCount }

    private var done: Moment {
        let skew = migration.skew.map { ": \(FigureText.stall($0)) from the first to the last" } ?? ""
        let kept = shards.contains { !$0.artifacts.isEmpty } ? "; old tables kept, R reverts" : ""
        return Moment("DONE on \(FigureText.shards(shards.count))\(skew)\(kept)", .good)
    }
}
