internal import MySQLClient

/// The changes of some transactions, folded so that each row is written once: its last image, or its deletion. Pure.
///
/// A row is identified by the bytes of its key. Under a case-insensitive collation `abc` and `ABC` are one row to the server and
/// two entries here; that is harmless because a row has one spelling at a time and every respelling is an UPDATE carrying both:
/// the older spelling ends as a deletion, and deletions are written first.
struct RowBatch {
    /// The key's values, in key order.
    typealias Key = [SQLValue]

    /// Net effect by key: the row's image (every column of the original table), or `nil` when it is gone.
    private var effects: [Key: [SQLValue]?] = [:]
    /// Keys in the order first seen: statements come out in a stable order.
    private var order: [Key] = []
    private(set) var changeCount = 0

    var isEmpty: Bool { order.isEmpty }
    var rowCount: Int { order.count }

    mutating func insert(_ key: Key, _ image: [SQLValue]) {
        changeCount += 1
        note(key, image)
    }

    mutating func delete(_ key: Key) {
        changeCount += 1
        note(key, nil)
    }

    mutating func update(from old: Key, to new: Key, _ image: [SQLValue]) {
        changeCount += 1
        if old != new { note(old, nil) }
        note(new, image)
    }

    private mutating func note(_ key: Key, _ image: [SQLValue]?) {
        if effects.updateValue(image, forKey: key) == nil { order.append(key) }
    }

    /// Keys of rows that are gone.
    var deletions: [Key] { order.filter { if case .some(.none) = effects[$0] { true } else { false } } }
    /// Last images of the rows that are there.
    var images: [[SQLValue]] { order.compactMap { effects[$0] ?? nil } }
}
