internal import MySQLClient

/// What one writer knows the table to hold: its own rows, which nobody else touches.
///
/// A row is named by its number. Rows that are still as first inserted are not stored: the shape makes them again.
struct Ledger: Sendable {
    let shape: TableShape
    let writer: Int
    let seed: UInt64
    /// The numbers of the rows that exist, in no order.
    private(set) var live: [Int32] = []
    /// For each number ever used its place in `live`, or -1.
    private var places: [Int32] = []
    private var overrides: [Int: [SQLValue]] = [:]

    init(shape: TableShape, writer: Int, seed: UInt64) {
        self.shape = shape
        self.writer = writer
        self.seed = seed
    }

    /// The next number that was never used; used up by asking.
    mutating func nextNumber() -> Int {
        places.append(-1)
        return places.count - 1
    }

    /// The row of that number as it was first inserted.
    func pristine(_ number: Int) -> [SQLValue] { shape.row(writer: writer, number: number, seed: seed) }

    /// The row of that number as it must be now; only for numbers in `live`.
    func row(_ number: Int) -> [SQLValue] { overrides[number] ?? pristine(number) }

    /// Enters what a change, known to be committed, has done.
    mutating func enter(_ change: Change) {
        switch change {
        case .insert(let number, _):
            add(number)
        case .update(let number, _, let new):
            overrides[number] = new
        case .delete(let number, _):
            remove(number)
        case .rekey(let from, let to, _, let new):
            remove(from)
            add(to)
            overrides[to] = new
        }
    }

    private mutating func add(_ number: Int) {
        places[number] = Int32(live.count)
        live.append(Int32(number))
    }

    private mutating func remove(_ number: Int) {
        let place = Int(places[number])
        let last = live[live.count - 1]
        live[place] = last
        places[Int(last)] = Int32(place)
        live.removeLast()
        places[number] = -1
        overrides[number] = nil
    }
}

/// One change of one row, with all that is needed to make it, to enter it, and to tell afterwards whether it happened.
enum Change: Sendable {
    case insert(Int, new: [SQLValue])
    /// The key stays, or changes its case only.
    case update(Int, old: [SQLValue], new: [SQLValue])
    case delete(Int, old: [SQLValue])
    /// The key changes: the row goes on under a new number.
    case rekey(from: Int, to: Int, old: [SQLValue], new: [SQLValue])

    /// The row before and after, `nil` where there is none.
    var before: [SQLValue]? {
        switch self {
        case .insert: nil
        case .update(_, let old, _), .delete(_, let old), .rekey(_, _, let old, _): old
        }
    }
    var after: [SQLValue]? {
        switch self {
        case .delete: nil
        case .insert(_, let new), .update(_, _, let new), .rekey(_, _, _, let new): new
        }
    }
}
