/// The hash by which a plan that was shown is known again: of all that the dialog said, and of what it rests on.
package enum PlanHash {
    /// FNV-1a, 64 bits, in hex: tells plans apart, protects nothing.
    package static func of(_ text: String) -> String {
        var value: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
        let hex = String(value, radix: 16)
        return String(repeating: "0", count: 16 - hex.count) + hex
    }

    /// The lines of a dialog, so joined that no two dialogs have one text.
    package static func text(of lines: [CommandPlan.Line]) -> String {
        lines.map { "\($0.label)\u{1F}\($0.text)\u{1E}" }.joined()
    }
}
