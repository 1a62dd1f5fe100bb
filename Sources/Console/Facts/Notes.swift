internal import Core

extension ShardSnapshot {
    /// The last column of the grid: the one thing about this shard that matters now.
    func note(in migration: MigrationSnapshot, at clock: Timestamp) -> String {
        if let failure { return FailureText.short(failure, of: name) }
        if migration.fleet == .vitess { return vitessNote(in: migration, at: clock) }
        if phase == .ambiguous { return "outcome of the swap not known, asking" }
        if phase.isLive, let blocker = oldestBlocker { return blocker.short(at: clock) }
        if let manualThrottle { return "by \(manualThrottle.by.user): \(manualThrottle.reason)" }
        if isOld(in: migration, at: clock), let age = dataAge(at: clock) { return "no report for \(Figures.duration(age))" }
        switch phase {
        case .copying:
            if let throttle = gauges?.throttle {
                return "\(throttle.by) for \(Figures.duration(throttle.since.age(at: clock)))"
            }
            return copyTimeLeft(in: migration, at: clock).map { "\(Figures.duration($0)) to go" } ?? gauges?.activity ?? ""
        case .preparing, .applying: return gauges?.activity ?? ""
        case .backingOff:
            if let lastFailure { return FailureText.short(lastFailure, of: name) }
            return "ready; others could not"
        case .ready: return "at barrier \(Figures.duration(since.age(at: clock)))"
        case .held: return "writes wait \(FigureText.stall(since.age(at: clock)))"
        case .cuttingOver: return gauges.flatMap { $0.activity.isEmpty ? nil : $0.activity } ?? "swapping"
        case .done, .stabilising:
            guard let cutOver else { return "" }
            return "writes held \(FigureText.stall(cutOver.writesHeld))"
        case .queued: return migration.state == .postponedLaunch ? "waits for launch" : ""
        case .cancelled: return artifacts.isEmpty ? "nothing left" : "\(artifacts.count) tables to drop"
        case .failed, .ambiguous, .reverting, .reverted: return ""
        }
    }

    /// What its tablet says, or that it says nothing.
    private func vitessNote(in migration: MigrationSnapshot, at clock: Timestamp) -> String {
        if isOld(in: migration, at: clock) {
            return dataAge(at: clock).map { "no answer; as of \(Figures.duration($0)) ago" } ?? "no answer"
        }
        switch phase {
        case .copying:
            if let throttle = gauges?.throttle { return "throttled: \(throttle.text)" }
            if let left = copyTimeLeft(in: migration, at: clock) { return "\(Figures.duration(left)) to go" }
            return gauges?.why ?? ""
        case .ready: return has(.postponed) ? "ready for \(Figures.duration(since.age(at: clock)))" : gauges?.why ?? "ready"
        case .cuttingOver: return gauges.flatMap { $0.activity.isEmpty ? nil : $0.activity } ?? "cutting over"
        case .backingOff: return lastFailure.map { FailureText.short($0, of: name) } ?? gauges?.why ?? ""
        case .done, .reverted, .cancelled: return "\(Figures.duration(since.age(at: clock))) ago"
        case .queued, .preparing, .applying, .held, .stabilising, .failed, .reverting, .ambiguous: return gauges?.why ?? ""
        }
    }

    /// The throttle column has something to say.
    var isThrottled: Bool { manualThrottle != nil || phase.isLive && gauges?.throttle != nil }

    /// The throttle column.
    var throttleText: String {
        if let manualThrottle { return "by \(manualThrottle.by.user)" }
        guard phase.isLive, let throttle = gauges?.throttle else { return "-" }
        return FigureText.throttle(throttle)
    }

    /// The column of the next attempt.
    func nextText(at clock: Timestamp) -> String {
        switch phase {
        case .cuttingOver, .held: return "now"
        default:
            guard let nextAttemptAt else { return "-" }
            return nextAttemptAt <= clock ? "now" : Figures.duration(nextAttemptAt - clock)
        }
    }

    var lagText: String {
        guard phase.isLive || phase == .done else { return "-" }
        if hasSilentReplica { return "?" }
        return worstLag.map(FigureText.lag) ?? "-"
    }

    var rateText: String {
        guard let gauges, phase == .copying || phase == .applying || phase == .ready else { return "-" }
        return Figures.count(phase == .copying ? gauges.copyRate : gauges.applyRate)
    }

    var rowsText: String {
        guard let gauges, gauges.rowsTotal > 0 else { return "-" }
        return "\(Figures.count(gauges.rowsCopied))/\(Figures.count(gauges.rowsTotal))"
    }
}

extension Blocker {
    /// `conn 912 3m34 svc_bill`.
    func short(at clock: Timestamp) -> String {
        "conn \(connection) \(Figures.duration(since.age(at: clock))) \(user)"
    }
}

enum FailureText {
    /// The sentence without the shard's name at its head, which stands beside it on the screen.
    static func short(_ failure: Failure, of shard: ShardName) -> String {
        for prefix in ["\(shard): ", "\(shard) "] where failure.what.hasPrefix(prefix) {
            return String(failure.what.dropFirst(prefix.count))
        }
        return failure.what
    }
}
