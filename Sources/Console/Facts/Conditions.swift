internal import Core
internal import Terminal

/// What stacks on a phase: one letter each, the worst first.
enum Condition: Character, Comparable, Sendable {
    case failed = "x"
    case blocked = "k"
    case throttled = "t"
    case throttledByHand = "u"
    case old = "~"
    case postponed = "p"
    /// A force flag: each attempt ends who is in the way.
    case forced = "f"
    /// No sign of life for minutes.
    case lifeless = "!"

    private var rank: Int {
        switch self {
        case .failed: 0
        case .blocked: 1
        case .lifeless: 2
        case .throttledByHand: 3
        case .throttled: 4
        case .old: 5
        case .forced: 6
        case .postponed: 7
        }
    }

    static func < (left: Condition, right: Condition) -> Bool { left.rank < right.rank }

    var role: Role {
        switch self {
        case .failed: .bad
        case .blocked, .throttled, .throttledByHand, .lifeless: .warn
        case .forced: .act
        case .old: .stale
        case .postponed: .wait
        }
    }
}

extension Phase {
    /// The colour class that repeats the letter.
    var role: Role {
        switch self {
        case .queued, .preparing: .idle
        case .copying, .applying: .work
        case .ready: .wait
        case .held, .cuttingOver: .act
        case .backingOff: .warn
        case .failed, .ambiguous: .bad
        case .stabilising, .done: .good
        case .reverting, .reverted, .cancelled: .undo
        }
    }

    /// A run is under way, so its figures must be fresh.
    var isLive: Bool {
        switch self {
        case .copying, .applying, .ready, .held, .cuttingOver, .backingOff, .ambiguous: true
        case .queued, .preparing, .stabilising, .done, .failed, .reverting, .reverted, .cancelled: false
        }
    }

    /// Every row was copied and compared.
    var isBeyondCopy: Bool {
        switch self {
        case .ready, .held, .cuttingOver, .backingOff, .stabilising, .done, .ambiguous: true
        case .queued, .preparing, .copying, .applying, .failed, .reverting, .reverted, .cancelled: false
        }
    }
}

extension ShardSnapshot {
    /// How old the figures are; `nil` when there are none.
    func dataAge(at clock: Timestamp) -> Duration? { gauges.map { $0.at.age(at: clock) } }

    /// Its figures are those of a while ago. A Vitess fleet is asked in its own time, and says which shard did not answer.
    func isOld(in migration: MigrationSnapshot, at clock: Timestamp) -> Bool {
        switch migration.fleet {
        case .plain: phase.isLive && (dataAge(at: clock).map { $0 > Pace.stale } ?? false)
        case .vitess: has(.silent) || phase.isLive && (dataAge(at: clock).map { $0 > Pace.staleVitess } ?? false)
        }
    }

    /// What the source of the figures says stands beside the phase.
    func has(_ condition: ShardCondition) -> Bool { gauges?.conditions.contains(condition) ?? false }

    /// Worst first; empty when all is as it should be.
    func conditions(in migration: MigrationSnapshot, at clock: Timestamp) -> [Condition] {
        var found: [Condition] = []
        if phase == .failed || phase == .ambiguous { found.append(.failed) }
        if !blockers.isEmpty, phase.isLive { found.append(.blocked) }
        if manualThrottle != nil { found.append(.throttledByHand) }
        if let throttle = gauges?.throttle, throttle.source != .person || manualThrottle == nil, phase.isLive {
            found.append(.throttled)
        }
        if isOld(in: migration, at: clock) { found.append(.old) }
        switch migration.fleet {
        case .plain: if case .postponed = migration.completion, phase == .ready { found.append(.postponed) }
        case .vitess:
            if has(.missing), !found.contains(.failed) { found.append(.failed) }
            if has(.lifeless) { found.append(.lifeless) }
            if has(.throttled), !found.contains(.throttled) { found.append(.throttled) }
            if has(.forced) { found.append(.forced) }
            if has(.postponed) { found.append(.postponed) }
        }
        return found.sorted()
    }

    /// Of the replica furthest behind. `nil` when one did not answer or nothing is known.
    var worstLag: Duration? {
        guard let replicas = gauges?.replicas, !replicas.isEmpty else { return nil }
        let known = replicas.compactMap(\.lag)
        return known.count == replicas.count ? known.max() : nil
    }

    /// `nil` when it has replicas that do not answer, which is worse than any number.
    var hasSilentReplica: Bool { gauges?.replicas.contains { $0.lag == nil } ?? false }

    /// The transaction that has been in the way longest.
    var oldestBlocker: Blocker? { blockers.min { $0.since < $1.since } }

    /// Of the copy, 0 to 1; `nil` when nothing is known.
    var fraction: Double? {
        if phase.isBeyondCopy || phase == .applying { return 1 }
        guard let gauges, gauges.rowsTotal > 0 else { return nil }
        return min(0.999, Double(gauges.rowsCopied) / Double(gauges.rowsTotal))
    }

    var percentText: String {
        switch phase {
        case .queued, .preparing, .cancelled: return "-"
        case .reverting, .reverted, .failed, .ambiguous: if gauges?.rowsTotal ?? 0 == 0, gauges != nil { return "-" }
        case .copying, .applying, .ready, .held, .cuttingOver, .backingOff, .stabilising, .done: break
        }
        if phase.isBeyondCopy || phase == .applying { return "100.0" }
        guard let gauges else { return "?" }
        return Figures.percent(gauges.rowsCopied, of: gauges.rowsTotal, finished: false)
    }

    /// Until every row is copied, at the present rate. `nil` when nobody can tell: throttled, no rate, under 1 %, old data.
    func copyTimeLeft(in migration: MigrationSnapshot, at clock: Timestamp) -> Duration? {
        guard phase == .copying, let gauges, gauges.throttle == nil, !isOld(in: migration, at: clock) else { return nil }
        if let timeLeft = gauges.timeLeft { return timeLeft }
        guard gauges.copyRate > 0, let fraction, fraction >= 0.01 else { return nil }
        return .seconds(max(0, gauges.rowsTotal - gauges.rowsCopied) / gauges.copyRate)
    }

    /// Smaller is worse.
    func severity(in migration: MigrationSnapshot, at clock: Timestamp) -> Int {
        let worst = conditions(in: migration, at: clock).first
        if worst == .failed { return phase == .failed ? 0 : 1 }
        if worst == .blocked { return 2 }
        switch phase {
        case .backingOff: return 3
        case .held, .cuttingOver: return 4
        case .failed, .ambiguous: return 0
        case .reverting: return 5
        case .copying, .applying:
            if worst == .throttled || worst == .throttledByHand || worst == .lifeless { return 6 }
            return worst == .old ? 7 : (phase == .copying ? 8 : 9)
        case .ready: return worst == .old ? 7 : 11
        case .preparing: return 10
        case .queued: return 12
        case .stabilising: return 13
        case .done: return 14
        case .reverted, .cancelled: return 15
        }
    }
}

extension MigrationState {
    var role: Role {
        switch self {
        case .postponedLaunch: .idle
        case .running: .work
        case .postponed: .wait
        case .cuttingOver: .act
        case .backingOff: .warn
        case .split, .failed, .held: .bad
        case .done: .good
        case .soaking: .wait
        case .cancelling, .cancelled, .reverting, .reverted: .undo
        }
    }

    var isEnded: Bool { self == .done || self == .cancelled || self == .reverted }

    /// Smaller is worse.
    var severity: Int {
        switch self {
        case .split: 0
        case .held: 1
        case .failed: 2
        case .backingOff: 3
        case .cuttingOver: 4
        case .postponed: 5
        case .running: 6
        case .soaking: 6
        case .cancelling, .reverting: 7
        case .postponedLaunch: 8
        case .done, .cancelled, .reverted: 9
        }
    }
}
