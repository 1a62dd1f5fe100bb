internal import Core

/// Words that choose rows; all of them must hold. `phase:R`, `not:phase:D`, `lag>5`, `cut>=3`, `age>10m`, `thr`, `stale`,
/// `problem`, `marked`; anything else is text that the shard's name or note must contain. `not:` turns any word round.
struct Filter: Equatable, Sendable {
    let text: String
    private let words: [Word]

    init(_ text: String) {
        self.text = text
        words = text.split(separator: " ").map { Word($0.lowercased()) }
    }

    var isEmpty: Bool { words.isEmpty }

    func matches(_ migration: MigrationSnapshot) -> Bool {
        words.allSatisfy { word in
            let spec = migration.spec
            let haystack =
                "\(spec.qualifiedTable) \(spec.id.short) \(spec.statement) \(spec.name) \(migration.state.rawValue)"
            return haystack.lowercased().contains(word.raw)
        }
    }

    func matches(_ shard: ShardSnapshot, in migration: MigrationSnapshot, isMarked: Bool, at clock: Timestamp) -> Bool {
        words.allSatisfy { word in
            word.test.holds(shard, migration, isMarked, clock) != word.isNegated
        }
    }

    private struct Word: Equatable, Sendable {
        let raw: String
        let isNegated: Bool
        let test: Test

        init(_ raw: String) {
            self.raw = raw
            isNegated = raw.hasPrefix("not:")
            test = Test(isNegated ? String(raw.dropFirst(4)) : raw)
        }
    }

    private enum Test: Equatable, Sendable {
        case phase(String)
        case lag(Comparison, Duration)
        case attempts(Comparison, Int)
        case age(Comparison, Duration)
        case throttled, stale, marked, problem
        case text(String)

        init(_ word: String) {
            switch word {
            case "thr", "throttled": self = .throttled
            case "stale": self = .stale
            case "marked": self = .marked
            case "problem", "problems": self = .problem
            default: self = Test.valued(word) ?? .text(word)
            }
        }

        private static func valued(_ word: String) -> Test? {
            if word.hasPrefix("phase:") { return .phase(String(word.dropFirst(6))) }
            for (name, make) in makers {
                guard word.hasPrefix(name) else { continue }
                let rest = word.dropFirst(name.count)
                for comparison in [Comparison.atLeast, .atMost, .more, .less] where rest.hasPrefix(comparison.rawValue)
                {
                    return make(comparison, String(rest.dropFirst(comparison.rawValue.count)))
                }
            }
            return nil
        }

        private static let makers: [(String, @Sendable (Comparison, String) -> Test?)] = [
            ("lag", { comparison, value in seconds(value).map { .lag(comparison, $0) } }),
            ("cut", { comparison, value in Int(value).map { .attempts(comparison, $0) } }),
            ("age", { comparison, value in seconds(value).map { .age(comparison, $0) } }),
        ]

        /// `5`, `5s`, `10m`, `2h`.
        private static func seconds(_ text: String) -> Duration? {
            var digits = text
            var unit = 1.0
            if let last = text.last, let factor = ["s": 1.0, "m": 60, "h": 3600][last] {
                unit = factor
                digits.removeLast()
            }
            guard let number = Double(digits), number.isFinite, number >= 0, number < 1e9 else { return nil }
            return .milliseconds(Int64(number * unit * 1000))
        }

        func holds(_ shard: ShardSnapshot, _ migration: MigrationSnapshot, _ isMarked: Bool, _ clock: Timestamp) -> Bool
        {
            switch self {
            case .phase(let wanted):
                return wanted == shard.phase.letter.lowercased() || wanted == shard.phase.word
            case .lag(let comparison, let limit): return shard.worstLag.map { comparison.holds($0, limit) } ?? false
            case .attempts(let comparison, let limit): return comparison.holds(shard.attempts, limit)
            case .age(let comparison, let limit): return comparison.holds(shard.since.age(at: clock), limit)
            case .throttled: return shard.gauges?.throttle != nil || shard.manualThrottle != nil || shard.has(.throttled)
            case .stale: return shard.isOld(in: migration, at: clock)
            case .marked: return isMarked
            case .problem:
                return shard.conditions(in: migration, at: clock).contains { $0 != .postponed && $0 != .forced }
                    || shard.phase == .backingOff
            case .text(let wanted):
                return shard.name.description.lowercased().contains(wanted)
                    || shard.note(in: migration, at: clock).lowercased().contains(wanted)
            }
        }
    }

    private enum Comparison: String, Sendable {
        case atLeast = ">="
        case atMost = "<="
        case more = ">"
        case less = "<"

        func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
            switch self {
            case .atLeast: left >= right
            case .atMost: left <= right
            case .more: left > right
            case .less: left < right
            }
        }
    }
}
