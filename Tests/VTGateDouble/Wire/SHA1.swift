/// SHA-1, for `mysql_native_password` alone.
enum SHA1 {
    static func hash(_ message: [UInt8]) -> [UInt8] {
        var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
        var padded = message + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        let bits = UInt64(message.count) * 8
        for shift in stride(from: 56, through: 0, by: -8) {
            padded.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift)))
        }
        var words = [UInt32](repeating: 0, count: 80)
        for block in stride(from: 0, to: padded.count, by: 64) {
            for i in 0..<16 {
                let at = block + i * 4
                words[i] =
                    UInt32(padded[at]) << 24 | UInt32(padded[at + 1]) << 16 | UInt32(padded[at + 2]) << 8
                    | UInt32(padded[at + 3])
            }
            for i in 16..<80 {
                words[i] = rotated(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1)
            }
            var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
            for i in 0..<80 {
                let (mixed, constant) = round(i, b, c, d)
                let next = rotated(a, 5) &+ mixed &+ e &+ constant &+ words[i]
                (e, d, c, b, a) = (d, c, rotated(b, 30), a, next)
            }
            state[0] &+= a
            state[1] &+= b
            state[2] &+= c
            state[3] &+= d
            state[4] &+= e
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> UInt32(24 - $0 * 8)) } }
    }

    /// What a client must answer to a challenge: SHA1(password) XOR SHA1(challenge + SHA1(SHA1(password))).
    static func nativePassword(_ password: String, challenge: [UInt8]) -> [UInt8] {
        if password.isEmpty { return [] }
        let once = hash([UInt8](password.utf8))
        let mask = hash(challenge + hash(once))
        return zip(once, mask).map { $0 ^ $1 }
    }

    private static func rotated(_ value: UInt32, _ by: UInt32) -> UInt32 { value << by | value >> (32 - by) }

    private static func round(_ i: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> (UInt32, UInt32) {
        switch i {
        case 0..<20: return ((b & c) | (~b & d), 0x5A82_7999)
        case 20..<40: return (b ^ c ^ d, 0x6ED9_EBA1)
        case 40..<60: return ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
        default: return (b ^ c ^ d, 0xCA62_C1D6)
        }
    }
}
