internal import Core
internal import Terminal

/// Something an operator should look at, derived from one snapshot: nothing is remembered.
struct Problem: Equatable, Sendable {
    enum Level: Int, Comparable, Sendable {
        case critical, warning, notice

        static func < (left: Level, right: Level) -> Bool { left.rawValue < right.rawValue }

        var role: Role {
            switch self {
            case .critical: .bad
            case .warning: .warn
            case .notice: .act
            }
        }
    }
    let level: Level
    let migration: MigrationID
    let shard: ShardName?
    /// `40-41 failed 2m04 ago: duplicate key`.
    let text: String

    /// Names it as long as it lasts.
    var key: String { "\(migration.hex) \(shard?.description ?? "-") \(level.rawValue)" }
}

extension MigrationSnapshot {
    /// Worst first, then in the cluster file's order.
    func problems(at clock: Timestamp) -> [Problem] {
        var found: [Problem] = []
        func add(_ level: Problem.Level, _ shard: ShardName? = nil, _ text: String) {
            found.append(Problem(level: level, migration: spec.id, shard: shard, text: text))
        }
        if state.isEnded { return [] }
        if let heldBecause { add(.critical, nil, "held: \(heldBecause.what)") }
        if state == .split {
            let done = shards.count { $0.phase == .done }
            let age =
                shards.compactMap(\.cutOver?.swappedAt).min().map { " for \(Figures.duration($0.age(at: clock)))" }
                ?? ""
            add(
                .critical, shards.first { $0.phase != .done }?.name,
                "SPLIT: \(done) of \(shards.count) shards on the new schema\(age)")
        }
        let refusing = Set(attempts.last?.refusals.keys.map { $0 } ?? [])
        // Few of many shards have a problem: only these are sorted.
        var troubled: [(severity: Int, index: Int, level: Problem.Level, text: String)] = []
        for index in shards.indices {
            guard
                let (level, text) = shards[index].problem(
                    in: self, isRefusing: refusing.contains(shards[index].name), at: clock)
            else { continue }
            troubled.append((shards[index].severity(in: self, at: clock), index, level, text))
        }
        troubled.sort { ($0.severity, $0.index) < ($1.severity, $1.index) }
        for trouble in troubled {
            let name = shards[trouble.index].name
            add(trouble.level, name, "\(name.shard) \(trouble.text)")
        }
        return found.enumerated().sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }.map(
            \.element)
    }
}

extension ShardSnapshot {
    fileprivate func problem(
        in migration: MigrationSnapshot, isRefusing: Bool, at clock: Timestamp
    ) -> (Problem.Level, String)? {
        if let failure {
            return (
                .critical,
                "failed \(Figures.duration(since.age(at: clock))) ago: \(FailureText.short(failure, of: name))"
            )
        }
        if migration.fleet == .vitess { return vitessProblem(in: migration, at: clock) }
        if phase == .ambiguous {
            return (.critical, "swap sent, outcome not known for \(Figures.duration(since.age(at: clock)))")
        }
        if phase.isLive, let blocker = oldestBlocker {
            let age = blocker.since.age(at: clock)
            let late = age > .seconds(60) || attempts >= 3
            return (
                late ? .warning : .notice,
                "blocked for \(Figures.duration(age)) by connection \(blocker.connection), \(blocker.user)@\(blocker.host)"
            )
        }
        if isOld(in: migration, at: clock), let age = dataAge(at: clock) {
            return (age > .seconds(300) ? .warning : .notice, "no report for \(Figures.duration(age))")
        }
        if phase == .backingOff, isRefusing {
            let why = lastFailure.map { FailureText.short($0, of: name) } ?? "no reason known"
            return (attempts >= 3 ? .warning : .notice, "attempt \(attempts) did not happen: \(why)")
        }
        if phase == .copying, let throttle = gauges?.throttle, manualThrottle == nil {
            let age = throttle.since.age(at: clock)
            return (
                age > .seconds(600) ? .warning : .notice, "throttled for \(Figures.duration(age)): \(throttle.text)"
            )
        }
        return nil
    }
}

extension ShardSnapshot {
    fileprivate func vitessProblem(
        in migration: MigrationSnapshot, at clock: Timestamp
    ) -> (Problem.Level, String)? {
        if isOld(in: migration, at: clock) {
            let age = dataAge(at: clock)
            return (
                age.map { $0 > .seconds(300) } ?? true ? .warning : .notice,
                "does not answer" + (age.map { "; what is shown is \(Figures.duration($0)) old" } ?? "")
            )
        }
        if phase == .ambiguous { return (.warning, gauges?.why ?? "nothing is known of it") }
        if has(.lifeless) { return (.warning, gauges?.why ?? "no sign of life") }
        if phase == .backingOff {
            let why = lastFailure.map { FailureText.short($0, of: name) } ?? gauges?.why ?? "no reason told"
            return (attempts >= 3 ? .warning : .notice, "attempt \(attempts) did not succeed: \(why)")
        }
        if phase == .copying, let throttle = gauges?.throttle {
            let age = throttle.since.age(at: clock)
            return (age > .seconds(600) ? .warning : .notice, "throttled for \(Figures.duration(age)): \(throttle.text)")
        }
        return nil
    }
}

extension ConsoleModel {
    /// Of every migration, worst first.
    func problems(at now: Timestamp) -> [Problem] {
        guard let shown else { return [] }
        // A silent engine is one problem, shown in the top line; it does not make every shard a problem of its own.
        let clock = isFresh(at: now) ? engineTime(at: now) : shown.at
        return shown.migrations.flatMap { $0.problems(at: clock) }.enumerated()
            .sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }.map(\.element)
    }
}
