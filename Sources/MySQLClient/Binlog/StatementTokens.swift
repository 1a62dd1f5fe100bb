/// The tokens of a logged statement, as far as names and keywords go. Comments are dropped; the inside of a versioned comment
/// (`/*!50100 … */`, `/*M! … */`) counts as text, because the server that logged it may have run it.
enum StatementToken: Equatable {
    /// A bare word or number: keyword or name.
    case word(String)
    /// In backquotes or double quotes: a name (double quotes may be a string too, which only makes us more careful).
    case name(String)
    /// In single quotes.
    case string
    /// Anything else, one byte.
    case symbol(UInt8)

    /// What the token names, if it can name anything.
    var asName: String? {
        switch self {
        case .word(let text), .name(let text): text
        case .string, .symbol: nil
        }
    }

    /// The keyword in upper case; quoted text is none.
    var keyword: String? {
        if case .word(let text) = self { return text.uppercased() }
        return nil
    }

    static func tokens(of text: String) -> [StatementToken] {
        var tokens: [StatementToken] = []
        let bytes = [UInt8](text.utf8)
        var index = 0
        func at(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        func skipLine() {
            while index < bytes.count, bytes[index] != 10 { index += 1 }
        }
        while index < bytes.count {
            let byte = bytes[index]
            switch byte {
            case 0...32: index += 1
            case UInt8(ascii: "#"): skipLine()
            case UInt8(ascii: "-") where at(1) == byte && (at(2) <= 32): skipLine()
            case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"):
                if at(2) == UInt8(ascii: "!") || at(2) == UInt8(ascii: "M") && at(3) == UInt8(ascii: "!") {
                    index += at(2) == UInt8(ascii: "!") ? 3 : 4
                    while (48...57).contains(at(0)) { index += 1 }
                } else {
                    index += 2
                    while index < bytes.count, !(at(0) == UInt8(ascii: "*") && at(1) == UInt8(ascii: "/")) {
                        index += 1
                    }
                    index += 2
                }
            case UInt8(ascii: "*") where at(1) == UInt8(ascii: "/"): index += 2
            case UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "'"):
                var content: [UInt8] = []
                index += 1
                while index < bytes.count {
                    if bytes[index] == byte {
                        guard at(1) == byte else { break }
                        index += 1
                    } else if bytes[index] == UInt8(ascii: "\\"), byte != UInt8(ascii: "`"), index + 1 < bytes.count {
                        index += 1
                    }
                    content.append(bytes[index])
                    index += 1
                }
                index += 1
                tokens.append(byte == UInt8(ascii: "'") ? .string : .name(String(decoding: content, as: UTF8.self)))
            case let byte where isWord(byte):
                let start = index
                while index < bytes.count, isWord(bytes[index]) { index += 1 }
                tokens.append(.word(String(decoding: bytes[start..<index], as: UTF8.self)))
            default:
                tokens.append(.symbol(byte))
                index += 1
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 48...57, 65...90, 97...122, UInt8(ascii: "_"), UInt8(ascii: "$"), 128...255: true
        default: false
        }
    }
}
