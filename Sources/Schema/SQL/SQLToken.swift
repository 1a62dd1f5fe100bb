/// One piece of SQL, with its place and its verbatim text.
package struct SQLToken: Equatable, Sendable {
    /// What kind of piece it is.
    package enum Kind: Equatable, Sendable {
        /// A bare identifier or keyword: `ALTER`, `orders`, `@rank`.
        case word
        /// A quoted identifier; `value` is the name without quotes.
        case quotedIdentifier
        /// A string; `value` is its content with escapes resolved.
        case string
        /// A decimal number without sign.
        case number
        /// `0x1F` or `x'1F'`.
        case hexadecimal
        /// `0b01` or `b'01'`.
        case bits
        /// An operator or punctuation: `(`, `,`, `<=`, `->>`.
        case symbol
        /// A comment no server runs; a lexer leaves it out unless asked.
        case comment
        /// `/*! … */` or `/*M! … */`: a comment some servers run. `value` is what is between the marks.
        case executableComment
    }

    /// What kind of piece it is.
    package let kind: Kind
    /// The piece as it was written, quotes and all.
    package let text: String
    /// Names without quotes, strings without escapes; the verbatim text for every other kind.
    package let value: String
    /// Where its first character is.
    package let position: SourcePosition
    /// UTF-8 offset just behind its last character.
    package let endOffset: Int

    /// Whether this is the bare word `keyword`, in any letter case. A quoted name is never a keyword.
    package func isWord(_ keyword: String) -> Bool {
        kind == .word && text.uppercased() == keyword
    }

    /// Whether this is the symbol `symbol`.
    package func isSymbol(_ symbol: String) -> Bool {
        kind == .symbol && text == symbol
    }

    /// The name this token can stand for; `nil` for anything but a word or a quoted identifier.
    package var identifier: String? {
        kind == .word || kind == .quotedIdentifier ? value : nil
    }
}
