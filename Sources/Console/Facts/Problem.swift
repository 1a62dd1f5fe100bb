internal import Core
internal import Terminal

/// Something an operator should look at, derived from one snapshot: nothing is remembered.
struct Problem: Equatable, Sendable {
    enum Level: Int, Comparable, Hashable, Sendable {
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
    /// `40-41 failed 2m04 ago: duplicate key`. Written when it is asked for: of a thousand problems one is on the screen.
    @Told var text: String

    /// Names it as long as it lasts.
    struct Key: Hashable, Sendable {
        let migration: MigrationID
        let shard: ShardName?
        let level: Level
    }
    var key: Key { Key(migration: migration, shard: shard, level: level) }

    typealias Telling = @Sendable () -> String

    init(_ level: Level, _ migration: MigrationID, _ shard: ShardName?, _ tell: @escaping Telling) {
        self.level = level
        self.migration = migration
        self.shard = shard
        _text = Told(asking: tell)
    }
}

extension MigrationSnapshot {
    /// Worst first, then in the cluster file's order.
    func problems(at clock: Timestamp) -> [Problem] {
        var found: [Problem] = []
        let id = spec.id
        func add(_ level: Problem.Level, _ shard: ShardName?, _ tell: @escaping Problem.Telling) {
            found.append(Problem(level, id, shard, tell))
        }
        if state.isEnded { return [] }
        if let heldBecause { add(.critical, nil) { "held: \(heldBecause.what)" } }
        if state == .split {
            let done = shards.count { $0.phase == .done }
            let age =
                shards.compactMap(\.cutOver?.swappedAt).min().map { " for \(Figures.duration($0.age(at: clock)))" }
                ?? ""
            let all = shards.count
            add(.critical, shards.first { $0.phase != .done }?.name) {
                "SPLIT: \(done) of \(all) shards on the new schema\(age)"
            }
        }
        let refusing = Set(attempts.last?.refusals.keys.map { $0 } ?? [])
        // Few of many shards have a problem: only these are sorted.
        var troubled: [(severity: Int, index: Int, level: Problem.Level, tell: Problem.Telling)] = []
        for index in shards.indices {
            guard
                let (level, tell) = shards[index].problem(
                    in: self, isRefusing: refusing.contains(shards[index].name), at: clock)
            else { continue }
            troubled.append((shards[index].severity(in: self, at: clock), index, level, tell))
        }
        troubled.sort { ($0.severity, $0.index) < ($1.severity, $1.index) }
        for trouble in troubled {
            let name = shards[trouble.index].name
            let tell = trouble.tell
            add(trouble.level, name) { "\(name.shard) \(tell())" }
        }
        return found.enumerated().sorted { ($0.element.level, $0.offset) < ($1.element.level, $1.offset) }.map(
            \.element)
    }
}

extension ShardSnapshot {
    fileprivate func problem(
        in migration: MigrationSnapshot, isRefusing: Bool, at clock: Timestamp
    ) -> (Problem.Level, Problem.Telling)? {
        if let failure {
            return (
                .critical,
                { "failed \(Figures.duration(since.age(at: clock))) ago: \(FailureText.short(failure, of: name))" }
            )
        }
        if migration.fleet == .vitess { return vitessProblem(in: migration, at: clock) }
        if phase == .ambiguous {
            return (.critical, { "swap sent, outcome not known for \(Figures.duration(since.age(at: clock)))" })
        }
        if phase.isLive, let blocker = oldestBlocker {
            let age = blocker.since.age(at: clock)
            let late = age > .seconds(60) || attempts >= 3
            return (
                late ? .warning : .notice,
                {
                    "blocked for \(Figures.duration(age)) by connection \(blocker.connection), \(blocker.user)@\(blocker.host)"
                }
            )
        }
        if isOld(in: migration, at: clock), let age = dataAge(at: clock) {
            return (age > .seconds(300) ? .warning : .notice, { "no report for \(Figures.duration(age))" })
        }
        if phase == .backingOff, isRefusing {
            return (
                attempts >= 3 ? .warning : .notice,
                {
                    let why = lastFailure.map { FailureText.short($0, of: name) } ?? "no reason known"
                    return "attempt \(attempts) did not happen: \(why)"
                }
            )
        }
        if phase == .copying, let throttle = gauges?.throttle, manualThrottle == nil {
            return throttled(throttle, at: clock)
        }
        return nil
    }

    private func throttled(_ throttle: ThrottleVerdict, at clock: Timestamp) -> (Problem.Level, Problem.Telling) {
        let age = throttle.since.age(at: clock)
        return (
            age > .seconds(600) ? .warning : .notice,
            { "throttled for \(Figures.duration(age)): \(throttle.text)" }
        )
    }

    private func vitessProblem(
        in migration: MigrationSnapshot, at clock: Timestamp
    ) -> (Problem.Level, Problem.Telling)? {
        if isOld(in: migration, at: clock) {
            let age = dataAge(at: clock)
            return (
                age.map { $0 > .seconds(300) } ?? true ? .warning : .notice,
                { "does not answer" + (age.map { "; what is shown is \(Figures.duration($0)) old" } ?? "") }
            )
        }
        if phase == .ambiguous { return (.warning, { gauges?.why ?? "nothing is known of it" }) }
        if has(.lifeless) { return (.warning, { gauges?.why ?? "no sign of life" }) }
        if phase == .backingOff {
            return (
                attempts >= 3 ? .warning : .notice,
                {
                    let why = lastFailure.map { FailureText.short($0, of: name) } ?? gauges?.why ?? "no reason told"
                    return "attempt \(attempts) did not succeed: \(why)"
                }
            )
        }
        if phase == .copying, let throttle = gauges?.throttle { return throttled(throttle, at: clock) }
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
