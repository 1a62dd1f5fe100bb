/// Which part of the table is copied, when several chunks are under way at once. Pure.
///
/// Chunks are handed out in key order and finish in any; `copiedThrough` rises only over an unbroken run of finished chunks, so
/// that a restart which goes on after it leaves no gap.
struct CopyFrontier: Sendable {
    private struct Chunk {
        let number: Int
        let upper: KeyBound?
        var isFinished = false
    }

    private var open: [Chunk] = []
    private var nextNumber = 0
    /// Every row up to here is copied; `nil` while nothing is.
    private(set) var copiedThrough: KeyBound?
    /// The last chunk reaches to the table's end and everything before it is copied.
    private(set) var isComplete = false

    init(copiedThrough: KeyBound?) { self.copiedThrough = copiedThrough }

    /// A chunk was handed out; returns its number.
    mutating func opened(_ range: KeyRange) -> Int {
        defer { nextNumber += 1 }
        open.append(Chunk(number: nextNumber, upper: range.upper))
        return nextNumber
    }

    mutating func finished(_ number: Int) {
        guard let index = open.firstIndex(where: { $0.number == number }) else { return }
        open[index].isFinished = true
        while let first = open.first, first.isFinished {
            open.removeFirst()
            if let upper = first.upper { copiedThrough = upper } else { isComplete = true }
        }
    }
}
