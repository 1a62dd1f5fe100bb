/// A piece of SQL text and where it ends.
struct Token: Equatable {
    enum Kind: Equatable { case word, quotedName, string, number, symbol, parameter }

    let kind: Kind
    /// Without its quotes.
    let text: String
    /// Bytes from the statement's beginning to this token's end: VTGate's "position" is one more (transcript 7).
    let end: Int

    /// For keywords: lower case; empty for anything quoted.
    var keyword: String { kind == .word ? text.lowercased() : "" }

    /// What VTGate calls it behind `near`; a single sign has no name (transcript 7).
    var near: String? { kind == .symbol ? nil : text }
}

/// Cuts a statement into tokens; comments are dropped.
enum Tokenizer {
    static func tokens(_ statement: String) -> [Token] {
        let bytes = [UInt8](statement.utf8)
        var tokens: [Token] = []
        var at = 0
        var parameters = 0
        while at < bytes.count {
            let byte = bytes[at]
            if isBlank(byte) {
                at += 1
            } else if let end = comment(bytes, at) {
                at = end
            } else if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "`") {
                let (text, end) = quoted(bytes, at)
                tokens.append(Token(kind: byte == UInt8(ascii: "`") ? .quotedName : .string, text: text, end: end))
                at = end
            } else if isDigit(byte) {
                var end = at
                while end < bytes.count, isDigit(bytes[end]) || bytes[end] == UInt8(ascii: ".") { end += 1 }
                tokens.append(Token(kind: .number, text: text(bytes, at, end), end: end))
                at = end
            } else if isWord(byte) || byte == UInt8(ascii: "@") {
                var end = at
                while end < bytes.count, isWord(bytes[end]) || isDigit(bytes[end]) || bytes[end] == UInt8(ascii: "@") {
                    end += 1
                }
                tokens.append(Token(kind: .word, text: text(bytes, at, end), end: end))
                at = end
            } else if byte == UInt8(ascii: "?") {
                parameters += 1
                tokens.append(Token(kind: .parameter, text: ":v\(parameters)", end: at + 1))
                at += 1
            } else {
                var end = at + 1
                if end < bytes.count, "<>!".utf8.contains(byte), "=>".utf8.contains(bytes[end]) { end += 1 }
                tokens.append(Token(kind: .symbol, text: text(bytes, at, end), end: end))
                at = end
            }
        }
        return tokens
    }

    private static func text(_ bytes: [UInt8], _ from: Int, _ to: Int) -> String {
        String(decoding: bytes[from..<to], as: UTF8.self)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || (9...13).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "$") || byte >= 128
    }

    private static func comment(_ bytes: [UInt8], _ at: Int) -> Int? {
        if at + 1 < bytes.count, bytes[at] == UInt8(ascii: "/"), bytes[at + 1] == UInt8(ascii: "*") {
            var end = at + 2
            while end + 1 < bytes.count, !(bytes[end] == UInt8(ascii: "*") && bytes[end + 1] == UInt8(ascii: "/")) {
                end += 1
            }
            return min(bytes.count, end + 2)
        }
        let isDashes =
            at + 1 < bytes.count && bytes[at] == UInt8(ascii: "-") && bytes[at + 1] == UInt8(ascii: "-")
            && (at + 2 >= bytes.count || isBlank(bytes[at + 2]))
        if isDashes || bytes[at] == UInt8(ascii: "#") {
            return bytes[at...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
        }
        return nil
    }

    /// A quoted text: doubled quotes and backslashes undone.
    private static func quoted(_ bytes: [UInt8], _ at: Int) -> (String, Int) {
        let quote = bytes[at]
        var content: [UInt8] = []
        var end = at + 1
        while end < bytes.count {
            if bytes[end] == quote {
                if end + 1 < bytes.count, bytes[end + 1] == quote {
                    content.append(quote)
                    end += 2
                    continue
                }
                return (String(decoding: content, as: UTF8.self), end + 1)
            }
            if bytes[end] == UInt8(ascii: "\\"), quote != UInt8(ascii: "`"), end + 1 < bytes.count {
                content.append(unescaped(bytes[end + 1]))
                end += 2
                continue
            }
            content.append(bytes[end])
            end += 1
        }
        return (String(decoding: content, as: UTF8.self), end)
    }

    private static func unescaped(_ byte: UInt8) -> UInt8 {
        switch byte {
        case UInt8(ascii: "n"): 10
        case UInt8(ascii: "t"): 9
        case UInt8(ascii: "r"): 13
        case UInt8(ascii: "0"): 0
        default: byte
        }
    }
}
