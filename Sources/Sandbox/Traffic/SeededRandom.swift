/// A random number generator that gives the same numbers for the same seed: a row of the ledger need not be stored, it can be
/// made again. The algorithm is SplitMix64 (Steele, Lea, Flood 2014).
package struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The same seed gives the same numbers.
    package init(seed: UInt64) { state = seed }

    /// A generator for one row, unlike those of its neighbours.
    package init(seed: UInt64, writer: Int, number: Int) {
        var mixer = SeededRandom(seed: seed ^ (UInt64(writer) << 40) ^ UInt64(number))
        state = mixer.next()
    }

    /// The next 64 bits.
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func pick<Element>(_ list: [Element]) -> Element { list[int(0..<list.count)] }

    /// True once in `times`.
    mutating func once(in times: Int) -> Bool { int(0..<times) == 0 }
}
