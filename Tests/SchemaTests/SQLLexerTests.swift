import Schema
import Testing

@Suite("SQL lexer")
struct SQLLexerTests {
    private func kinds(_ sql: String, _ dialect: SQLLexer.Dialect = .init()) throws -> [SQLToken.Kind] {
        try SQLLexer.tokens(of: sql, dialect: dialect).map(\.kind)
    }

    private static let singles: [(String, SQLToken.Kind, String)] = [
        ("`a``b`", .quotedIdentifier, "a`b"), ("'it''s'", .string, "it's"), (#"'a\'b\n'"#, .string, "a'b\n"),
        (#"'50\%'"#, .string, #"50\%"#), (#""say ""hi""""#, .string, #"say "hi""#), ("N'x'", .string, "x"),
        ("0x1F", .hexadecimal, "0x1F"), ("x'1F'", .hexadecimal, "x'1F'"), ("0b01", .bits, "0b01"),
        ("B'01'", .bits, "B'01'"), ("12", .number, "12"), ("1.5", .number, "1.5"), (".5", .number, ".5"),
        ("1e5", .number, "1e5"), ("1.5E-3", .number, "1.5E-3"), ("1e+5", .number, "1e+5"), ("2fast", .word, "2fast"),
        ("0xZZ", .word, "0xZZ"), ("1e", .word, "1e"), ("1e5x", .word, "1e5x"), ("größe", .word, "größe"),
        ("$a", .word, "$a"), ("@@sql_mode", .word, "@@sql_mode"), ("->>", .symbol, "->>"), ("<=>", .symbol, "<=>"),
        ("/*! 1 */", .executableComment, " 1 "), ("/*M!100100 x*/", .executableComment, "100100 x"),
    ]

    @Test("A single literal or name is one token with its value", arguments: singles)
    func single(sql: String, kind: SQLToken.Kind, value: String) throws {
        let tokens = try SQLLexer.tokens(of: sql)
        #expect(tokens.count == 1)
        #expect(tokens.first?.kind == kind)
        #expect(tokens.first?.value == value)
        #expect(tokens.first?.text == sql)
    }

    @Test("Digits behind a dot after a name are a name, behind nothing a number")
    func dots() throws {
        #expect(try SQLLexer.tokens(of: "shop.2024").map(\.text) == ["shop", ".", "2024"])
        #expect(try kinds("shop.2024") == [.word, .symbol, .word])
        #expect(try kinds("= .25") == [.symbol, .number])
    }

    @Test("The sql_mode decides about double quotes and backslashes")
    func dialect() throws {
        #expect(try kinds("\"a\"") == [.string])
        #expect(try kinds("\"a\"", .init(ansiQuotes: true)) == [.quotedIdentifier])
        let windows = #"'c:\' , 'd'"#
        #expect(try kinds(windows, .init(noBackslashEscapes: true)) == [.string, .symbol, .string])
        #expect(throws: SQLLexer.Failure.self) { try kinds(windows) }
    }

    @Test("Comments are left out, and two dashes are a comment only before white space")
    func comments() throws {
        #expect(try SQLLexer.tokens(of: "a -- b ' \n c # d `\n/* ' ; */ e --").map(\.text) == ["a", "c", "e"])
        #expect(try SQLLexer.tokens(of: "5--1").map(\.text) == ["5", "-", "-", "1"])
        #expect(try SQLLexer.tokens(of: "a /*/ b */ c", keepingComments: true).map(\.text) == ["a", "/*/ b */", "c"])
    }

    @Test("A position counts bytes, lines and characters")
    func positions() throws {
        let tokens = try SQLLexer.tokens(of: "ü a\n  `é` x")
        #expect(tokens.map(\.position.offset) == [0, 3, 7, 12])
        #expect(tokens.map(\.position.line) == [1, 1, 2, 2])
        #expect(tokens.map(\.position.column) == [1, 3, 3, 7])
    }

    private static let broken: [(String, String)] = [
        ("a 'b", "this string is never closed"), ("a `b", "this quoted name is never closed"),
        ("a /* b", "this comment is never closed"), ("a /*! b", "this comment is never closed"),
        ("a x'1", "this hexadecimal literal is never closed"),
        ("a \u{1}", "the character U+0001 has no meaning in SQL here"),
    ]

    @Test("What cannot be cut is reported where it starts", arguments: broken)
    func failures(sql: String, message: String) {
        let failure = #expect(throws: SQLLexer.Failure.self) { try SQLLexer.tokens(of: sql) }
        #expect(failure?.message == message)
        #expect(failure?.position == SourcePosition(offset: 2, line: 1, column: 3))
    }

    @Test("Any text is cut into tokens that cover it, or refused: nothing is skipped", arguments: UInt64(0)..<200)
    func covering(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pieces = [
            "`a``b`", "'x''y'", #"'\\'"#, "1", ".5", "1e3", "a", "é", "中", "(", ")", ",", "--1", "-- c\n", "#c\n",
            "/*c*/", "/*!c*/", " ", "\n", "->", "0x1", "x'0'", "@a", ";", ".", "=",
        ]
        let sql = (0..<20).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
        let tokens = try SQLLexer.tokens(of: sql, keepingComments: true)
        let bytes = Array(sql.utf8)
        var end = 0
        for token in tokens {
            #expect(bytes[end..<token.position.offset].allSatisfy { $0 == 0x20 || $0 == 0x0A }, "\(sql)")
            #expect(Array(token.text.utf8) == Array(bytes[token.position.offset..<token.endOffset]), "\(sql)")
            end = token.endOffset
        }
        #expect(bytes[end...].allSatisfy { $0 == 0x20 || $0 == 0x0A }, "\(sql)")
    }
}
