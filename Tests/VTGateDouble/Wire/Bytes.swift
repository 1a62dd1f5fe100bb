/// Building blocks of the MySQL protocol, written into an array.
extension [UInt8] {
    mutating func appendInteger(_ value: UInt64, bytes: Int) {
        for i in 0..<bytes { append(UInt8(truncatingIfNeeded: value >> UInt64(i * 8))) }
    }

    /// A length-encoded integer.
    mutating func appendLength(_ value: Int) {
        switch value {
        case ..<251: append(UInt8(value))
        case ..<65_536:
            append(0xFC)
            appendInteger(UInt64(value), bytes: 2)
        case ..<16_777_216:
            append(0xFD)
            appendInteger(UInt64(value), bytes: 3)
        default:
            append(0xFE)
            appendInteger(UInt64(value), bytes: 8)
        }
    }

    /// A length-encoded string; `nil` is NULL.
    mutating func appendText(_ text: String?) {
        guard var text else {
            append(0xFB)
            return
        }
        text.withUTF8 { bytes in
            appendLength(bytes.count)
            append(contentsOf: bytes)
        }
    }

    mutating func appendZeroTerminated(_ text: String) {
        append(contentsOf: text.utf8)
        append(0)
    }

    /// One packet: length, sequence number, payload.
    mutating func appendPacket(_ payload: [UInt8], sequence: inout UInt8) {
        appendInteger(UInt64(payload.count), bytes: 3)
        append(sequence)
        append(contentsOf: payload)
        sequence &+= 1
    }
}

/// Reads a payload from its beginning.
struct ByteReader {
    let bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func integer(_ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for i in 0..<count where position + i < bytes.count { value |= UInt64(bytes[position + i]) << UInt64(i * 8) }
        position += count
        return value
    }

    mutating func length() -> Int? {
        switch integer(1) {
        case 0xFB: return nil
        case 0xFC: return Int(integer(2))
        case 0xFD: return Int(integer(3))
        case 0xFE: return Int(integer(8))
        case let small: return Int(small)
        }
    }

    mutating func take(_ count: Int) -> [UInt8] {
        let end = min(bytes.count, position + count)
        defer { position = end }
        return position < end ? Array(bytes[position..<end]) : []
    }

    mutating func text() -> String? { length().map { String(decoding: take($0), as: UTF8.self) } }

    mutating func zeroTerminated() -> String {
        let end = bytes[min(position, bytes.count)...].firstIndex(of: 0) ?? bytes.count
        defer { position = end + 1 }
        return position < end ? String(decoding: bytes[position..<end], as: UTF8.self) : ""
    }
}
