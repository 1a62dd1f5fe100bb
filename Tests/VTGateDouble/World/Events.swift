/// Something that happens at a time of the double's clock.
enum Happening {
    case tick(ShardState)
    /// The tick that comes every check interval.
    case regularTick(ShardState)
    case cutOverStep(ShardState, CutOverRun, Int)
    case cutOverFails(ShardState, CutOverRun)
    case directRunEnds(ShardState, MigrationRecord)
    case executorOpens(ShardState)
}

/// Happenings by time, then by the order they were planned in.
struct EventQueue {
    private struct Entry {
        let time: Double
        let order: Int
        let happening: Happening
    }

    private var heap: [Entry] = []
    private var planned = 0

    var nextTime: Double? { heap.first?.time }

    mutating func add(_ happening: Happening, at time: Double) {
        heap.append(Entry(time: time, order: planned, happening: happening))
        planned += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if !isBefore(child, parent) { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    mutating func popFirst(upTo limit: Double) -> (time: Double, happening: Happening)? {
        guard let first = heap.first, first.time <= limit else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var parent = 0
        while true {
            let (left, right) = (parent * 2 + 1, parent * 2 + 2)
            var least = parent
            if left < heap.count, isBefore(left, least) { least = left }
            if right < heap.count, isBefore(right, least) { least = right }
            if least == parent { return (first.time, first.happening) }
            heap.swapAt(parent, least)
            parent = least
        }
    }

    private func isBefore(_ one: Int, _ other: Int) -> Bool {
        (heap[one].time, heap[one].order) < (heap[other].time, heap[other].order)
    }
}

/// SplitMix64: the same seed, the same shard orders and names.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
