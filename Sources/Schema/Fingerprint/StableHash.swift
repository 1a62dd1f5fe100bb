/// FNV-1a, 64 bits: the same on every machine and in every version. Not cryptographic: it tells accidents apart, not
/// forgeries. Source: draft-eastlake-fnv, offset basis and prime for 64 bits.
package enum StableHash {
    /// The hash of the text's UTF-8 bytes.
    package static func value(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }

    /// The hash as 16 hexadecimal digits in lower case.
    package static func hex64(_ text: String) -> String { padded(value(text), to: 16) }

    /// The hash folded to 32 bits, as 8 hexadecimal digits in lower case.
    package static func hex32(_ text: String) -> String {
        let hash = value(text)
        return padded((hash >> 32) ^ (hash & 0xFFFF_FFFF), to: 8)
    }

    private static func padded(_ number: UInt64, to digits: Int) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
