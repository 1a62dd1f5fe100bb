internal import Core

/// Figures in the console's columns, where `Core.Figures` is too coarse or says more than a column needs.
enum FigureText {
    /// A stall: `84 ms`, `1.24 s`, `12.0 s`. Milliseconds matter here.
    static func stall(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.inMilliseconds)
        if milliseconds < 1000 { return "\(milliseconds) ms" }
        if milliseconds < 10_000 {
            let hundredths = milliseconds % 1000 / 10
            return "\(milliseconds / 1000).\(hundredths < 10 ? "0" : "")\(hundredths) s"
        }
        return "\(milliseconds / 1000).\(milliseconds % 1000 / 100) s"
    }

    /// Seconds of lag without a unit: `0.2`, `8.4`, `124`.
    static func lag(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.inMilliseconds)
        return milliseconds < 100_000
            ? "\(milliseconds / 1000).\(milliseconds % 1000 / 100)" : "\(milliseconds / 1000)"
    }

    /// What a throttle column holds in ten characters.
    static func throttle(_ verdict: ThrottleVerdict) -> String {
        switch verdict.source {
        case .replicaLag: "lag>\(verdict.limit)"
        case .threadsRunning: "thr>\(verdict.limit)"
        case .historyLength: "hist>\(verdict.limit)"
        case .query: "query"
        case .person: "by hand"
        }
    }

    /// `1 shard`, `3 shards`.
    static func shards(_ count: Int) -> String { count == 1 ? "1 shard" : "\(count) shards" }
}
