import Terminal
import Testing

struct KeyDecoderTests {
    private func keys(_ text: String) -> [Key] {
        var decoder = KeyDecoder()
        return text.unicodeScalars.flatMap { decoder.feed(.scalar($0)) } + decoder.lapse()
    }

    @Test(
        "Typed characters and controls are told apart",
        arguments: [
            ("a", .character("a")), (" ", .character(" ")), ("é", .character("é")), ("\r", .enter), ("\n", .enter),
            ("\t", .tab), ("\u{7F}", .backspace), ("\u{8}", .backspace), ("\u{3}", .control("c")),
            ("\u{1A}", .control("z")), ("\u{1C}", .control("\\")), ("\u{0}", .control("@")), ("\u{1B}", .escape),
            ("\u{1B}x", .alt("x")), ("\u{202E}", .unknown),
        ] as [(String, Key)])
    func typing(text: String, key: Key) {
        #expect(keys(text) == [key])
    }

    @Test(
        "A sequence nobody knows is never typed",
        arguments: [
            "\u{1B}[1;99X", "\u{1B}[<0;10;20M", "\u{1B}OX", "\u{1B}]0;PCXF\u{7}", "\u{1B}P1$rC\u{1B}\\",
            "\u{1B}[200", "\u{1B}_Gi=1;XC\u{1B}\\",
        ])
    func unknown(sequence: String) {
        #expect(keys(sequence) == [.unknown])
    }

    @Test("What follows an unknown sequence is typed again")
    func afterwards() {
        #expect(keys("\u{1B}[9~q") == [.unknown, .character("q")])
        #expect(keys("\u{1B}\u{1B}[9~q") == [.escape, .unknown, .character("q")])
        #expect(keys("\u{1B}[1\u{18}q") == [.unknown, .character("q")])
    }

    @Test("A paste is one piece, whatever it holds, and never keys")
    func paste() {
        var decoder = KeyDecoder()
        #expect(decoder.feed(.pasteBegins) == [])
        for scalar in "C\ry\u{1B}[X".unicodeScalars { #expect(decoder.feed(.scalar(scalar)) == []) }
        #expect(decoder.feed(.key(.up)) == [])
        #expect(decoder.isWaiting)
        #expect(decoder.feed(.pasteEnds) == [.paste("C\ry\u{1B}[X")])
        #expect(decoder.feed(.scalar("q")) == [.character("q")])
    }

    @Test("A paste without an end is given as far as it came, and no longer than its bound")
    func endlessPaste() {
        var decoder = KeyDecoder()
        _ = decoder.feed(.pasteBegins)
        for _ in 0..<(KeyDecoder.longestPaste + 10) { _ = decoder.feed(.scalar("x")) }
        #expect(decoder.lapse() == [.paste(String(repeating: "x", count: KeyDecoder.longestPaste))])
        #expect(!decoder.isWaiting)
    }
}
