/// A bounds-checked reader over bytes: little-endian unless the name says `big`.
///
/// Every read moves `offset`; a read past `end` throws and leaves the cursor unusable.
struct ByteCursor {
    let bytes: [UInt8]
    private(set) var offset: Int
    let end: Int

    init(_ bytes: [UInt8], from offset: Int = 0, to end: Int? = nil) {
        let limit = min(end ?? bytes.count, bytes.count)
        self.bytes = bytes
        self.end = max(limit, 0)
        self.offset = min(max(offset, 0), self.end)
    }

    var remaining: Int { end - offset }
    var isAtEnd: Bool { offset >= end }

    private mutating func take(_ count: Int) throws(BinlogRefusal) -> Int {
        guard count >= 0, count <= end - offset else {
            throw BinlogRefusal(.malformed("\(count) bytes wanted, \(end - offset) left"))
        }
        let start = offset
        offset += count
        return start
    }

    mutating func skip(_ count: Int) throws(BinlogRefusal) { _ = try take(count) }

    mutating func uint8() throws(BinlogRefusal) -> UInt8 { bytes[try take(1)] }

    /// `count` bytes (at most 8), least significant first.
    mutating func little(_ count: Int) throws(BinlogRefusal) -> UInt64 {
        let start = try take(count)
        var value: UInt64 = 0
        for index in stride(from: start + count - 1, through: start, by: -1) {
            value = value &<< 8 | UInt64(bytes[index])
        }
        return value
    }

    /// `count` bytes (at most 8), most significant first.
    mutating func big(_ count: Int) throws(BinlogRefusal) -> UInt64 {
        let start = try take(count)
        var value: UInt64 = 0
        for index in start..<(start + count) { value = value &<< 8 | UInt64(bytes[index]) }
        return value
    }

    /// `count` bytes (at most 8) as two's complement, least significant first.
    mutating func littleSigned(_ count: Int) throws(BinlogRefusal) -> Int64 {
        let shift = UInt64(64 - 8 * count)
        return Int64(bitPattern: try little(count) &<< shift) >> Int64(shift)
    }

    mutating func uint16() throws(BinlogRefusal) -> UInt16 { UInt16(truncatingIfNeeded: try little(2)) }
    mutating func uint32() throws(BinlogRefusal) -> UInt32 { UInt32(truncatingIfNeeded: try little(4)) }
    mutating func uint64() throws(BinlogRefusal) -> UInt64 { try little(8) }

    mutating func data(_ count: Int) throws(BinlogRefusal) -> [UInt8] {
        let start = try take(count)
        return Array(bytes[start..<(start + count)])
    }

    mutating func range(_ count: Int) throws(BinlogRefusal) -> Range<Int> {
        let start = try take(count)
        return start..<(start + count)
    }

    mutating func rest() -> [UInt8] {
        defer { offset = end }
        return Array(bytes[offset..<end])
    }

    /// `count` bytes as UTF-8; a byte that is not UTF-8 becomes U+FFFD (names and statements only, never row values).
    mutating func string(_ count: Int) throws(BinlogRefusal) -> String {
        String(decoding: bytes[try range(count)], as: UTF8.self)
    }

    mutating func restString() -> String { String(decoding: rest(), as: UTF8.self) }

    /// A length-encoded integer of the client protocol.
    mutating func packedLength() throws(BinlogRefusal) -> Int {
        let value: UInt64
        switch try uint8() {
        case let small where small < 251: value = UInt64(small)
        case 252: value = try little(2)
        case 253: value = try little(3)
        case 254: value = try little(8)
        case let other: throw BinlogRefusal(.malformed("length prefix \(other)"))
        }
        guard let length = Int(exactly: value) else { throw BinlogRefusal(.malformed("length \(value)")) }
        return length
    }

    /// A variable-length integer of MySQL's `serialization` library: the number of trailing one bits of the first byte is
    /// the number of further bytes.
    mutating func serializedUnsigned() throws(BinlogRefusal) -> UInt64 {
        let first = try uint8()
        let extra = (~first).trailingZeroBitCount
        if extra >= 8 { return try little(8) }
        let low = UInt64(first) >> UInt64(extra + 1)
        if extra == 0 { return low }
        return low | (try little(extra)) << UInt64(7 - extra)
    }
}

extension ByteCursor {
    /// As `serializedUnsigned`, with the sign in the lowest bit and negative numbers inverted.
    mutating func serializedSigned() throws(BinlogRefusal) -> Int64 {
        let raw = try serializedUnsigned()
        return Int64(bitPattern: raw >> 1) ^ -Int64(raw & 1)
    }
}
