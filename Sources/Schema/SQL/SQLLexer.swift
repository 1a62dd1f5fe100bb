/// Cuts SQL into tokens the way MySQL and MariaDB do.
///
/// Source: MySQL 8.4 manual, chapter "Language Structure" (literals, schema object names, comments); MariaDB
/// knowledge base, "Comment Syntax" for `/*M! */`. Keywords are plain words here: their meaning is the parser's.
package struct SQLLexer {
    /// The parts of `sql_mode` that change how text is cut.
    package struct Dialect: Equatable, Sendable {
        /// `ANSI_QUOTES`: double quotes hold a name, not a string.
        package var ansiQuotes: Bool
        /// `NO_BACKSLASH_ESCAPES`: a backslash in a string is an ordinary character.
        package var noBackslashEscapes: Bool

        /// A dialect; without arguments the default `sql_mode` of both server families.
        package init(ansiQuotes: Bool = false, noBackslashEscapes: Bool = false) {
            self.ansiQuotes = ansiQuotes
            self.noBackslashEscapes = noBackslashEscapes
        }
    }

    /// Text that cannot be cut into tokens.
    package struct Failure: Error, Equatable, Sendable {
        /// What is wrong.
        package enum Kind: Equatable, Sendable {
            /// A string, name or comment that never ends.
            case unterminated(String)
            /// A character SQL has no use for.
            case unexpectedCharacter(String)
        }
        /// What is wrong.
        package let kind: Kind
        /// Where the offending piece starts.
        package let position: SourcePosition

        /// One sentence for a person, without the position.
        package var message: String {
            switch kind {
            case .unterminated(let what): "this \(what) is never closed"
            case .unexpectedCharacter(let text): "the character \(text) has no meaning in SQL here"
            }
        }
    }

    private let bytes: [UInt8]
    private let dialect: Dialect
    private var at = 0
    private var line = 1
    private var column = 1
    private var tokens: [SQLToken] = []

    private init(_ text: String, _ dialect: Dialect) {
        bytes = Array(text.utf8)
        self.dialect = dialect
    }

    /// The tokens of `text` in order; plain comments only when `keepingComments`, executable ones always.
    ///
    /// - Throws: `Failure` at the first piece that cannot be a token.
    package static func tokens(
        of text: String, dialect: Dialect = Dialect(), keepingComments: Bool = false
    ) throws(Failure) -> [SQLToken] {
        var lexer = SQLLexer(text, dialect)
        while lexer.skipSpace() { try lexer.next() }
        return keepingComments ? lexer.tokens : lexer.tokens.filter { $0.kind != .comment }
    }

    // MARK: - One token

    private mutating func next() throws(Failure) {
        let byte = bytes[at]
        switch byte {
        case UInt8(ascii: "#"):
            emit(.comment, through: endOfLine(from: at))
        case UInt8(ascii: "-") where startsDashComment():
            emit(.comment, through: endOfLine(from: at))
        case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"):
            try blockComment()
        case UInt8(ascii: "`"):
            try quoted(.quotedIdentifier, open: at, what: "quoted name")
        case UInt8(ascii: "\""):
            if dialect.ansiQuotes {
                try quoted(.quotedIdentifier, open: at, what: "quoted name")
            } else {
                try quoted(.string, open: at, what: "string")
            }
        case UInt8(ascii: "'"):
            try quoted(.string, open: at, what: "string")
        case UInt8(ascii: "n"), UInt8(ascii: "N"):
            if peek(1) == UInt8(ascii: "'") { try quoted(.string, open: at + 1, what: "string") } else { word() }
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            if peek(1) == UInt8(ascii: "'") {
                try quoted(.hexadecimal, open: at + 1, what: "hexadecimal literal")
            } else {
                word()
            }
        case UInt8(ascii: "b"), UInt8(ascii: "B"):
            if peek(1) == UInt8(ascii: "'") { try quoted(.bits, open: at + 1, what: "bit literal") } else { word() }
        case UInt8(ascii: "0")...UInt8(ascii: "9"):
            if followsNameDot() { word() } else { number() }
        case UInt8(ascii: "."):
            if !followsName(), let digit = peek(1), Self.isDigit(digit) {
                number()
            } else {
                emit(.symbol, through: at + 1)
            }
        case UInt8(ascii: "@"):
            word()
        default:
            if Self.isNamePart(byte) { word() } else { try symbol() }
        }
    }

    private mutating func word() {
        var end = at
        while end < bytes.count, bytes[end] == UInt8(ascii: "@") { end += 1 }
        while end < bytes.count, Self.isNamePart(bytes[end]) { end += 1 }
        emit(.word, through: end)
    }

    private mutating func number() {
        var end = at
        while end < bytes.count, Self.isNamePart(bytes[end]) { end += 1 }
        let run = bytes[at..<end]
        let body = run.dropFirst(2)
        if run.starts(with: [0x30, 0x78]), !body.isEmpty, body.allSatisfy(Self.isHexDigit) {
            return emit(.hexadecimal, through: end)
        }
        if run.starts(with: [0x30, 0x62]), !body.isEmpty, body.allSatisfy({ $0 == 0x30 || $0 == 0x31 }) {
            return emit(.bits, through: end)
        }
        let digits = run.prefix(while: Self.isDigit).count
        var cursor = at + digits
        if cursor < end, !Self.isExponentMark(bytes[cursor]) { return emit(.word, through: end) }  // `2fast`: a name
        if cursor == end, cursor < bytes.count, bytes[cursor] == UInt8(ascii: ".") {
            cursor += 1
            while cursor < bytes.count, Self.isDigit(bytes[cursor]) { cursor += 1 }
        }
        if cursor < bytes.count, Self.isExponentMark(bytes[cursor]) {
            var exponent = cursor + 1
            if exponent < bytes.count, bytes[exponent] == UInt8(ascii: "+") || bytes[exponent] == UInt8(ascii: "-") {
                exponent += 1
            }
            let first = exponent
            while exponent < bytes.count, Self.isDigit(bytes[exponent]) { exponent += 1 }
            if exponent > first {
                cursor = exponent
            } else if cursor < end {
                return emit(.word, through: end)  // `1e`: a name
            }
        }
        if cursor < end { return emit(.word, through: end) }  // `1e5x`: a name
        emit(.number, through: cursor)
    }

    private mutating func quoted(_ kind: SQLToken.Kind, open: Int, what: String) throws(Failure) {
        let quote = bytes[open]
        let escapes = kind == .string && !dialect.noBackslashEscapes
        var content: [UInt8] = []
        var cursor = open + 1
        while cursor < bytes.count {
            let byte = bytes[cursor]
            if byte == quote {
                guard cursor + 1 < bytes.count, bytes[cursor + 1] == quote else {
                    return emit(kind, through: cursor + 1, value: kind.hasContent ? content : nil)
                }
                content.append(quote)
                cursor += 2
            } else if escapes, byte == UInt8(ascii: "\\"), cursor + 1 < bytes.count {
                content += Self.unescaped(bytes[cursor + 1])
                cursor += 2
            } else {
                content.append(byte)
                cursor += 1
            }
        }
        throw failure(.unterminated(what))
    }

    private mutating func blockComment() throws(Failure) {
        let isMariaDBOnly = peek(2) == UInt8(ascii: "M") && peek(3) == UInt8(ascii: "!")
        let isExecutable = peek(2) == UInt8(ascii: "!") || isMariaDBOnly
        let bodyStart = at + (isMariaDBOnly ? 4 : isExecutable ? 3 : 2)
        var cursor = bodyStart
        while cursor + 1 < bytes.count {
            if bytes[cursor] == UInt8(ascii: "*"), bytes[cursor + 1] == UInt8(ascii: "/") {
                let body = isExecutable ? Array(bytes[bodyStart..<cursor]) : nil
                return emit(isExecutable ? .executableComment : .comment, through: cursor + 2, value: body)
            }
            cursor += 1
        }
        throw failure(.unterminated("comment"))
    }

    private mutating func symbol() throws(Failure) {
        for operators in Self.operators where bytes[at...].starts(with: operators.utf8) {
            return emit(.symbol, through: at + operators.utf8.count)
        }
        guard Self.singles.contains(bytes[at]) else {
            throw failure(.unexpectedCharacter("U+" + String(bytes[at], radix: 16, uppercase: true).padded(to: 4)))
        }
        emit(.symbol, through: at + 1)
    }

    private static let operators = ["->>", "<=>", "->", "<=", ">=", "<>", "!=", ":=", "||", "&&", "<<", ">>"]
    private static let singles = Set("()[],;.=<>+-*/%!&|^~?:{}\\".utf8)

    // MARK: - Reading

    private func peek(_ distance: Int) -> UInt8? {
        at + distance < bytes.count ? bytes[at + distance] : nil
    }

    /// `--` starts a comment only before white space, a control character or the end of the text.
    private func startsDashComment() -> Bool {
        guard peek(1) == UInt8(ascii: "-") else { return false }
        guard let after = peek(2) else { return true }
        return after <= 0x20 || after == 0x7F
    }

    private func endOfLine(from start: Int) -> Int {
        bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
    }

    private func followsName() -> Bool {
        guard let last = tokens.last, last.endOffset == at else { return false }
        return last.identifier != nil
    }

    /// Behind `name.` digits are a name too: `shop.2024`.
    private func followsNameDot() -> Bool {
        guard tokens.count >= 2, let dot = tokens.last, dot.isSymbol("."), dot.endOffset == at else { return false }
        return tokens[tokens.count - 2].identifier != nil
    }

    private mutating func skipSpace() -> Bool {
        while at < bytes.count, Self.isSpace(bytes[at]) { advance(to: at + 1) }
        return at < bytes.count
    }

    private mutating func emit(_ kind: SQLToken.Kind, through end: Int, value: [UInt8]? = nil) {
        let position = SourcePosition(offset: at, line: line, column: column)
        let text = String(decoding: bytes[at..<end], as: UTF8.self)
        let decoded = value.map { String(decoding: $0, as: UTF8.self) } ?? text
        tokens.append(SQLToken(kind: kind, text: text, value: decoded, position: position, endOffset: end))
        advance(to: end)
    }

    private mutating func advance(to end: Int) {
        for byte in bytes[at..<end] {
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        at = end
    }

    private func failure(_ kind: Failure.Kind) -> Failure {
        Failure(kind: kind, position: SourcePosition(offset: at, line: line, column: column))
    }

    // MARK: - Bytes

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isExponentMark(_ byte: UInt8) -> Bool { byte == 0x65 || byte == 0x45 }
    private static func isHexDigit(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
    }
    private static func isNamePart(_ byte: UInt8) -> Bool {
        isDigit(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F || byte == 0x24
            || byte >= 0x80
    }

    /// What a backslash and `byte` mean. `\%` and `\_` keep their backslash, as the manual says.
    private static func unescaped(_ byte: UInt8) -> [UInt8] {
        switch byte {
        case UInt8(ascii: "0"): [0x00]
        case UInt8(ascii: "b"): [0x08]
        case UInt8(ascii: "n"): [0x0A]
        case UInt8(ascii: "r"): [0x0D]
        case UInt8(ascii: "t"): [0x09]
        case UInt8(ascii: "Z"): [0x1A]
        case UInt8(ascii: "%"), UInt8(ascii: "_"): [0x5C, byte]
        default: [byte]
        }
    }
}

extension SQLToken.Kind {
    /// Whether `value` differs from the verbatim text.
    fileprivate var hasContent: Bool { self == .string || self == .quotedIdentifier }
}

extension String {
    fileprivate func padded(to count: Int) -> String {
        String(repeating: "0", count: max(0, count - self.count)) + self
    }
}
