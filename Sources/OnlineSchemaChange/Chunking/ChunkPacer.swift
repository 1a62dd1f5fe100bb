/// Steers the size of a chunk so that one takes about the wanted time, whatever the rows and the disk are like. Pure.
///
/// A chunk's locks live as long as the chunk, so its time is the longest that a writer of one of its rows can wait.
struct ChunkPacer: Equatable, Sendable {
    static let smallest = 10
    static let largest = 100_000

    let target: Duration
    private(set) var rows: Int

    init(target: Duration, rows: Int = 1000) {
        self.target = target
        self.rows = min(max(rows, Self.smallest), Self.largest)
    }

    /// A chunk of `count` rows took `time`. Grows by half at most; shrinks at once when a chunk was slow. Chunks at the end of
    /// the table, shorter than what was asked for, say nothing.
    mutating func finished(count: Int, took time: Duration) {
        guard count > 0, time > .zero else { return }
        let fitting = Double(count) * target.inSecondsForPacing / time.inSecondsForPacing
        let limit = fitting < Double(rows) ? fitting : min(fitting, Double(rows) * 1.5)
        if count * 2 >= rows || time > target { set(Int(limit)) }
    }

    /// Somebody held a lock in the chunk: smaller ones slip between.
    mutating func conflicted() { set(rows / 2) }

    private mutating func set(_ rows: Int) { self.rows = min(max(rows, Self.smallest), Self.largest) }
}

extension Duration {
    /// Seconds with their fraction, never zero.
    fileprivate var inSecondsForPacing: Double {
        max(1e-6, Double(components.seconds) + Double(components.attoseconds) / 1e18)
    }
}
