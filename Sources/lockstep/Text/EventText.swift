internal import Core

/// Event lines as `watch` and the engine's log print them.
enum EventText {
    /// `-80 attempt 1: nobody is on the table`; without its time.
    static func line(_ event: EventLine) -> String { (event.shard.map { "\($0.shard) " } ?? "") + event.text }
}

/// Tells which lines of a migration's event list are new. The list keeps its newest 200, so its beginning moves.
struct EventTail {
    private var seen: [EventLine] = []

    /// The lines that came since the last call; all of them the first time.
    mutating func take(_ events: [EventLine]) -> [EventLine] {
        let old = seen
        seen = events
        for dropped in 0...old.count {
            let kept = old.dropFirst(dropped)
            if events.starts(with: kept) { return Array(events.dropFirst(kept.count)) }
        }
        return events
    }
}
