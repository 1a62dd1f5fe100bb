import Terminal
import Testing

struct ScreenTests {
    private func screen(_ columns: Int, _ rows: Int) -> Screen { Screen(size: Size(columns: columns, rows: rows)) }

    @Test("A box with a title and a bar is drawn as this text, in both sets of characters")
    func golden() {
        var ascii = screen(16, 4)
        ascii.box(ascii.bounds, glyphs: .ascii)
        ascii.put(" copy ", at: Point(2, 0), role: .header)
        ascii.put(GlyphSet.ascii.bar(0.5, width: 8), at: Point(2, 1), role: .work)
        ascii.putRight("42m", endingBefore: 15, row: 2, width: 5)
        #expect(ascii.text == ["+- copy -------+", "| ####....     |", "|           42m|", "+--------------+"])
        #expect(ascii.roles == ["||HHHHHH||||||||", "|.cccccccc.....|", "|..............|", "||||||||||||||||"])
        var drawn = screen(4, 3)
        drawn.box(drawn.bounds, glyphs: .unicode)
        #expect(drawn.text == ["┌──┐", "│  │", "└──┘"])
    }

    @Test(
        "Drawing outside the grid changes only what lies inside",
        arguments: [Point(-3, 0), Point(8, 1), Point(0, -1), Point(0, 2), Point(99, 99), Point(-99, -99)])
    func clips(at point: Point) {
        var target = screen(10, 2)
        let needed = target.put("abcde", at: point)
        #expect(needed == 5)
        #expect(target.cells.count == 20)
        let visible = point.column == -3 ? "de" : point.column == 8 ? "ab" : ""
        #expect(target.text.joined().filter { $0 != " " } == visible)
        target.fill(Rect(column: point.column, row: point.row, columns: 40, rows: 40), with: "#")
        target.box(Rect(column: point.column, row: point.row, columns: 9, rows: 9), glyphs: .ascii)
        target.restyle(Rect(column: point.column, row: point.row, columns: 40, rows: 40), adding: .reverse)
        #expect(target.cells.count == 20)
    }

    @Test("A wide character takes two cells, and is never left as half")
    func wide() {
        var target = screen(6, 1)
        target.put("a宽b", at: Point(0, 0))
        #expect(target[1, 0].width == 2)
        #expect(target[2, 0].isContinuation)
        #expect(target.text == ["a宽b"])
        target.put("x", at: Point(2, 0))
        #expect(target.text == ["a xb"])
        target.put("宽", at: Point(0, 0))
        #expect(target.text == ["宽xb"])
        target.put("y", at: Point(0, 0))
        #expect(target.text == ["y xb"])
        target.put("宽", at: Point(5, 0))
        #expect(target.text == ["y xb"])
        target.put("宽宽", at: Point(-1, 0))
        #expect(target.text == [" 宽b"])
        for row in 0..<1 {
            for column in 0..<6 where target[column, row].isContinuation { #expect(target[column - 1, row].width == 2) }
        }
    }

    @Test("Text over its limit ends in ~ within the limit")
    func limits() {
        var target = screen(10, 1)
        #expect(target.put("abcdefgh", at: Point(0, 0), limit: 5) == 5)
        #expect(target.text == ["abcd~"])
        #expect(target.put("宽宽宽", at: Point(0, 0), limit: 4) == 3)
        #expect(target.put("xyz", at: Point(0, 0), limit: 0) == 0)
        #expect(Printable("abc").truncated(to: 3).description == "abc")
    }

    @Test("Restyling keeps the text and adds to its attributes")
    func restyles() {
        var target = screen(5, 2)
        target.put("abc", at: Point(0, 0), role: .bad, attributes: .bold)
        target.restyle(Rect(column: 0, row: 0, columns: 5, rows: 1), adding: .reverse)
        #expect(target.text[0] == "abc")
        #expect(target.roles[0] == "bbb..")
        #expect(target.emphasis == ["33322", "....."])
    }

    @Test("A screen drawn on another keeps roles, attributes and wide characters")
    func draws() {
        var inner = screen(4, 1)
        inner.put("宽x", at: Point(0, 0), role: .warn, attributes: .underline)
        var outer = screen(8, 2)
        outer.draw(inner, at: Point(3, 1))
        #expect(outer.text == ["", "   宽x"])
        #expect(outer.roles[1] == "...www..")
        outer.draw(inner, at: Point(7, 0))
        #expect(outer.cells.count == 16)
    }

    @Test("Every role has a letter of its own")
    func letters() {
        #expect(Set(Role.allCases.map(\.letter)).count == Role.allCases.count)
    }

    @Test("A screen without cells takes every call")
    func empty() {
        var target = screen(0, 0)
        target.put("a", at: Point(0, 0))
        target.fill(target.bounds, with: "x")
        target.box(target.bounds, glyphs: .unicode)
        #expect(target.text == [])
        #expect(target.row(0).isEmpty)
    }
}

struct PrintableTests {
    @Test(
        "What could hide, reorder or command becomes a question mark",
        arguments: [
            ("a\u{1B}[31mb", "a?[31mb"), ("x\ny\tz", "x?y?z"), ("\u{202E}evil\u{2066}", "?evil?"),
            ("a\u{200B}b\u{200D}c\u{FEFF}", "a?b?c?"), ("\u{9B}2J", "?2J"), ("soft\u{AD}hyphen", "soft?hyphen"),
            ("\r\n", "??"), ("\u{0}\u{7F}", "??"), ("\u{E000}", "?"), ("❤\u{FE0F}", "❤?"), ("\u{1F1E9}\u{1F1EA}", "??"),
            ("\u{301}alone", "?alone"), ("\u{E0041}", "?"), ("\u{2028}", "?"), ("plain", "plain"),
        ])
    func sanitises(untrusted: String, shown: String) {
        #expect(Printable(untrusted).description == shown)
    }

    @Test(
        "Widths come from the project's own table",
        arguments: [
            ("abc", 3), ("宽字", 4), ("e\u{301}", 1), ("é", 1), ("한글", 4), ("ｆｕｌｌ", 8), ("🙂", 2), ("─│█", 3), ("ﾊﾝ", 2),
            ("עברית", 5), ("\u{20000}", 2), ("", 0),
        ])
    func widths(text: String, columns: Int) {
        #expect(Printable(text).width == columns)
    }

    @Test("A letter keeps four marks; more become question marks")
    func marks() {
        let many = "a" + String(repeating: "\u{301}", count: 7)
        #expect(Printable(many).width == 4)
    }

    @Test(
        "A cell made from anything holds something drawable",
        arguments: ["\u{7}", "\u{200D}", "\r\n", "a", "宽"] as [Character])
    func cells(character: Character) {
        let cell = Cell(character)
        #expect(cell.glyph == character || cell.glyph == "?")
        #expect(cell.width == (character == "宽" ? 2 : 1))
    }
}

struct GlyphSetTests {
    @Test(
        "A bar is exactly as wide as asked, and full only at 1",
        arguments: [0, 0.001, 0.5, 0.9999, 1, 7, -1, .nan] as [Double])
    func bars(fraction: Double) {
        for set in [GlyphSet.ascii, .unicode] {
            let bar = set.bar(fraction, width: 20)
            #expect(Printable(bar).width == 20)
            #expect(bar.allSatisfy { $0 == set.full } == (fraction >= 1))
        }
        #expect(GlyphSet.unicode.bar(0.5, width: 0) == "")
    }

    @Test("A sparkline shows the newest samples at the right and gaps where there were none")
    func sparklines() {
        #expect(GlyphSet.ascii.sparkline([9, 0, nil, 5, 10], width: 4) == "_ -#")
        #expect(GlyphSet.ascii.sparkline([1], width: 3) == "  #")
        #expect(GlyphSet.ascii.sparkline([], width: 3) == "   ")
        #expect(GlyphSet.ascii.sparkline([.infinity, 1, 30], width: 3, top: 2) == " -#")
    }

    @Test(
        "Drawn characters are used where the locale is UTF-8, by the variable that counts",
        arguments: [
            (["LANG": "de_DE.UTF-8"], true), (["LANG": "C.utf8"], true),
            (["LANG": "de_DE.UTF-8", "LC_ALL": "C"], false),
            (["LC_ALL": "", "LANG": "en_US.UTF-8"], true), ([:], false), (["LANG": "ja_JP.EUC-JP"], false),
        ] as [([String: String], Bool)])
    func locale(environment: [String: String], drawn: Bool) {
        #expect(GlyphSet.forLocale(environment) == (drawn ? .unicode : .ascii))
    }
}
