internal import Core
internal import Terminal

/// The one line that must be readable at a glance: where the migration stands and what happens next.
struct Moment: Equatable, Sendable {
    let text: String
    let role: Role

    init(_ text: String, _ role: Role) {
        self.text = text
        self.role = role
    }

    init(of migration: MigrationSnapshot, at clock: Timestamp) {
        self = MomentWriter(migration: migration, clock: clock).moment
    }
}

private struct MomentWriter {
    let migration: MigrationSnapshot
    let clock: Timestamp

    private var shards: [ShardSnapshot] { migration.shards }

    var moment: Moment {
        if migration.fleet == .vitess, let moment = VitessMoment(migration: migration, clock: clock).moment { return moment }
        return anyFleet
    }

    private var anyFleet: Moment {
        switch migration.state {
        case .held: Moment("HELD: \(migration.heldBecause?.what ?? "")", .bad)
        case .split: split
        case .failed: failed
        case .postponedLaunch: Moment("launch is postponed: nothing was created yet; L launches", .idle)
        case .postponed:
            Moment("ALL \(shards.count) READY\(oldestReady), completion postponed: waits for C (complete)", .wait)
        case .cuttingOver: cuttingOver
        case .backingOff: backingOff
        case .running: running
        case .cancelling:
            Moment(
                "cancelling: \(shards.count { $0.phase == .cancelled && $0.artifacts.isEmpty }) of \(shards.count) stopped and dropped",
                .undo)
        case .cancelled: cancelled
        case .soaking: soaking
        case .reverting:
            Moment("REVERTING: \(shards.count { $0.phase == .reverted }) of \(shards.count) back on the old schema", .undo)
        case .reverted: Moment("REVERTED: every shard is on the old schema", .undo)
        case .done: done
        }
    }

    private var soaking: Moment {
        let done = shards.count { $0.phase == .done }
        return Moment("\(done) of \(shards.count) cut over; watched before the next wave; P holds it, R reverts", .wait)
    }

    private var oldestReady: String {
        guard let first = shards.filter({ $0.phase == .ready }).map(\.since).min() else { return "" }
        return " for \(Figures.duration(first.age(at: clock)))"
    }

    private func names(_ chosen: [ShardSnapshot]) -> String {
        chosen.prefix(3).map(\.name.shard).joined(separator: " ") + (chosen.count > 3 ? " ..." : "")
    }

    private var split: Moment {
        let rest = shards.filter { $0.phase != .done }
        let first = shards.compactMap(\.cutOver?.swappedAt).min()
        let age = first.map { " for \(Figures.duration($0.age(at: clock)))" } ?? ""
        return Moment(
            "SPLIT \(shards.count - rest.count) done : \(rest.count) not done\(age): \(names(rest)) catches up and swaps by itself",
            .bad)
    }

    private var failed: Moment {
        let failed = shards.filter { $0.phase == .failed }
        return Moment(
            "\(failed.count) of \(shards.count) FAILED: \(names(failed)); every shard is on the old schema; Y retries, X cancels",
            .bad)
    }

    private var cuttingOver: Moment {
        switch migration.barrier {
        case .clearing(let attempt, let awaiting):
            return Moment(
                "attempt \(attempt): ending transactions on \(awaiting.count) of \(shards.count) shards", .act)
        case .looking(let attempt, let awaiting):
            return Moment(
                "attempt \(attempt): looking for open transactions, \(awaiting.count) shards to answer; nothing is locked",
                .act)
        case .holding(let attempt, let deadline):
            let held = shards.count { $0.phase == .held }
            return Moment(
                "attempt \(attempt): \(held) of \(shards.count) shards lock and drain; writes wait; "
                    + "\(FigureText.stall(max(.zero, deadline - clock))) to the deadline", .act)
        case .aborting(let attempt):
            return Moment("attempt \(attempt): aborted, shards are unlocking; nothing changed", .warn)
        case .committed(let attempt, _):
            let done = shards.count { $0.phase == .done }
            return Moment("attempt \(attempt): committed; \(done) of \(shards.count) swapped", .act)
        case .gathering, .backingOff, .soaking: return Moment("cutting over", .act)
        }
    }

    private var backingOff: Moment {
        guard case .backingOff(let made, let until) = migration.barrier else { return Moment("backing off", .warn) }
        let refused = migration.attempts.last?.refusals.keys.map(\.shard).sorted() ?? []
        let who = refused.isEmpty ? "" : " on " + refused.prefix(3).joined(separator: " ")
        return Moment(
            "BACK-OFF: attempt \(migration.attempts.last?.number ?? made) failed\(who); nothing changed; "
                + "next in \(Figures.duration(until - clock))", .warn)
    }

    private var running: Moment {
        let ready = shards.count { $0.phase.isBeyondCopy }
        if ready == shards.count { return Moment("all \(shards.count) ready: the cut-over begins", .wait) }
        if ready > 0, ready * 2 >= shards.count {
            let missing = shards.filter { !$0.phase.isBeyondCopy }
            return Moment(
                "\(ready) of \(shards.count) ready; missing \(names(missing)): \(slowest(missing))\(after)", .work)
        }
        let preparing = shards.filter { $0.phase == .preparing || $0.phase == .queued }
        if preparing.count == shards.count { return Moment("preparing: checks and shadow tables", .idle) }
        let held = shards.filter { $0.phase == .copying && ($0.gauges?.throttle != nil || $0.manualThrottle != nil) }
        if held.count == shards.count { return Moment("every shard is throttled: \(throttle(held))", .warn) }
        let others = held.isEmpty ? after : (held.count == 1 ? "" : "; \(held.count) throttled")
        return Moment("slowest \(slowest(shards))\(others)", held.isEmpty ? .work : .warn)
    }

    private func throttle(_ held: [ShardSnapshot]) -> String {
        if let hand = held.first?.manualThrottle { return "by hand, \(hand.by.user)" }
        return held.first?.gauges?.throttle?.text ?? ""
    }

    private var after: String {
        if case .postponed = migration.completion { return "; then waits for C" }
        return "; then cuts over by itself"
    }

    /// Of the slowest of them: name, percent and time left.
    private func slowest(_ chosen: [ShardSnapshot]) -> String {
        guard let shard = chosen.min(by: { ($0.fraction ?? -1) < ($1.fraction ?? -1) }) else { return "" }
        if shard.phase == .applying { return "\(shard.name.shard) \(shard.gauges?.activity ?? "catches up")" }
        let start = "\(shard.name.shard) \(shard.percentText) %"
        if let hand = shard.manualThrottle { return "\(start), held by \(hand.by.user)" }
        if let throttle = shard.gauges?.throttle { return "\(start), throttled: \(throttle.text)" }
        return shard.copyTimeLeft(in: migration, at: clock).map { "\(start), \(Figures.duration($0)) to go" }
            ?? "\(start), time left ?"
    }

    private var done: Moment {
        let stalls = shards.compactMap(\.cutOver?.writesHeld)
        let longest = stalls.max().map { "writes held \(FigureText.stall($0)) at most" } ?? "done"
        let skew = migration.skew.map { ", skew \(FigureText.stall($0))" } ?? ""
        let kept = shards.contains { !$0.artifacts.isEmpty } ? "; old tables kept" : "; nothing left behind"
        return Moment("DONE on \(FigureText.shards(shards.count)): \(longest)\(skew)\(kept)", .good)
    }

    private var cancelled: Moment {
        let left = shards.reduce(0) { $0 + $1.artifacts.count }
        return Moment(
            "cancelled: the table was not changed; "
                + (left == 0 ? "nothing left behind" : "\(left) tables still to drop"), .undo)
    }
}

extension MigrationSnapshot {
    /// The slowest shard sets it. `nil` when nobody can tell.
    func timeLeft(at clock: Timestamp) -> Duration? {
        let copying = shards.filter { $0.phase == .copying }
        guard !copying.isEmpty, !shards.contains(where: { $0.phase == .queued || $0.phase == .preparing }) else {
            return nil
        }
        let left = copying.map { $0.copyTimeLeft(in: self, at: clock) }
        return left.contains(nil) ? nil : left.compactMap { $0 }.max()
    }
}
