internal import Crypto

/// How records are tied together: each hash covers the one before it, so no record can be changed, dropped or moved alone.
enum HashChain {
    /// The hash before the first record: 32 zero bytes.
    static let seed = [UInt8](repeating: 0, count: 32)

    /// Every field is preceded by its length, so that no two different records have the same bytes.
    static func hash(after previous: [UInt8], sequence: Int64, _ entry: Entry) -> [UInt8] {
        var hasher = SHA256()
        hasher.update(data: previous)
        add(sequence, to: &hasher)
        add(entry.timeMilliseconds, to: &hasher)
        for field in [Array(entry.stream.utf8), Array(entry.kind.utf8), entry.payload] {
            add(Int64(field.count), to: &hasher)
            hasher.update(data: field)
        }
        return Array(hasher.finalize())
    }

    private static func add(_ number: Int64, to hasher: inout SHA256) {
        let bits = UInt64(bitPattern: number)
        hasher.update(data: (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) })
    }
}
