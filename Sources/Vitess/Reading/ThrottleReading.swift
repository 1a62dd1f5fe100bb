package import Core

/// Whether and by whom a migration is held back now.
///
/// `component_throttled`, `reason_throttled` and `last_throttled_timestamp` stay set after the throttle ends, and
/// `user_throttle_ratio` follows only at the next check; so neither alone says "now".
extension RowReading {
    package enum Throttling: Equatable, Sendable {
        /// By a person's rule: the share held back, and until when, where that is known.
        case person(ratio: Double, until: Timestamp?, everyMigration: Bool)
        /// By the tablet's throttler: the part that was refused (`vcopier`, `vplayer`), its reason, and when last.
        case server(component: String, reason: String, last: Timestamp)
    }

    /// `nil` when nothing holds it back.
    package var throttling: Throttling? {
        guard row.status == .running || row.status == .ready || row.status == .queued else { return nil }
        if let rule = personsRule { return rule }
        guard row.status == .running, let last = row.lastThrottledAt, last.age(at: now) <= VitessTiming.throttleAge
        else {
            return nil
        }
        let latest = max(row.livenessAt ?? last, last)
        guard latest - last <= VitessTiming.throttleMark else { return nil }
        // Refused by a rule that is there no more: history, however fresh.
        if isByRule, shard.rules != nil || row.userThrottleRatio == 0 { return nil }
        return .server(component: row.componentThrottled, reason: row.reasonThrottled, last: last)
    }

    /// The verdict as gauges carry it.
    package var throttleVerdict: ThrottleVerdict? {
        switch throttling {
        case nil: return nil
        case .person(let ratio, let until, let everyMigration):
            let end = until.map { ", until \($0.clockText)" } ?? ""
            let whom = everyMigration ? "every migration, " : ""
            return ThrottleVerdict(
                source: .person, by: "a rule of the keyspace", value: "\(whom)ratio \(SQLText.ratio(ratio))\(end)",
                limit: "",
                since: row.lastThrottledAt ?? row.startedAt ?? now)
        case .server(let component, let reason, let last):
            let parts = ThrottleReason(reason)
            return ThrottleVerdict(
                source: parts.source, by: parts.metric.isEmpty ? component : "\(parts.metric) (\(component))",
                value: parts.value.isEmpty ? reason : parts.value, limit: parts.threshold, since: last)
        }
    }

    private var isByRule: Bool { row.reasonThrottled.contains("is explicitly denied access") }

    private var personsRule: Throttling? {
        // A throttler that is switched off lets everything pass, also what a person throttled.
        if let throttler = shard.throttler, !throttler.isEnabled { return nil }
        guard let rules = shard.rules else {
            return row.userThrottleRatio > 0 && row.status == .running
                ? .person(ratio: row.userThrottleRatio, until: nil, everyMigration: false) : nil
        }
        if rules.isEmpty { return nil }
        let names = [row.uuid.text, "online-ddl", "vreplication", "vcopier", "vplayer", "all"]
        let live = rules.filter { rule in
            rule.ratio > 0 && names.contains(rule.app) && rule.expiresAt.map { $0 > now } ?? true
        }
        guard let worst = live.max(by: { ($0.ratio, $0.app) < ($1.ratio, $1.app) }) else { return nil }
        return .person(ratio: worst.ratio, until: worst.expiresAt, everyMigration: worst.app != row.uuid.text)
    }
}

/// The parts of `<app> is denied access due to <scope>/<metric> metric value <v> exceeding threshold <t>`.
struct ThrottleReason {
    let metric: String
    let value: String
    let threshold: String

    init(_ text: String) {
        metric = Self.word(after: "due to ", in: text)
        value = Self.word(after: "metric value ", in: text)
        threshold = Self.word(after: "exceeding threshold ", in: text)
    }

    var source: ThrottleVerdict.Source {
        switch metric.split(separator: "/").last.map(String.init) ?? "" {
        case "lag": .replicaLag
        case "threads_running": .threadsRunning
        case "history_list_length": .historyLength
        default: .query
        }
    }

    private static func word(after mark: String, in text: String) -> String {
        guard let range = text.firstRange(of: mark) else { return "" }
        return String(text[range.upperBound...].prefix { $0 != " " })
    }
}
