/// A table as `SHOW CREATE TABLE` writes it, and what an ALTER makes of it: enough to tell shards apart.
struct TableText {
    struct Line: Equatable {
        var name: String
        var text: String
    }

    private var head: String
    private(set) var columns: [Line] = []
    private(set) var keys: [Line] = []
    private var tail: String

    /// The message a tablet would put into the row, before ` during query: ..`.
    struct Problem: Error, Equatable {
        let message: String
        let clause: String
    }

    init(_ createText: String) {
        let lines = createText.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        head = lines.first ?? ""
        tail = ")"
        for line in lines.dropFirst() {
            if line.hasPrefix(")") {
                tail = line
                continue
            }
            let trimmed = line.hasSuffix(",") ? String(line.dropLast()) : line
            let name = trimmed.split(separator: "`", omittingEmptySubsequences: false).dropFirst().first ?? ""
            if trimmed.hasPrefix("  `") {
                columns.append(Line(name: String(name), text: trimmed))
            } else {
                keys.append(Line(name: trimmed.contains("PRIMARY KEY") ? "PRIMARY" : String(name), text: trimmed))
            }
        }
    }

    /// From `create table t (..)` as written by somebody.
    static func created(_ name: String, _ tokens: [Token]) -> TableText {
        let tail = ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci"
        var table = TableText("CREATE TABLE `\(name)` (\n\(tail)")
        guard let open = tokens.firstIndex(where: { $0.text == "(" }),
            let close = tokens.lastIndex(where: { $0.text == ")" }), open < close
        else { return table }
        var parts: [[Token]] = [[]]
        var depth = 0
        for token in tokens[(open + 1)..<close] {
            if token.kind == .symbol { depth += token.text == "(" ? 1 : token.text == ")" ? -1 : 0 }
            if depth == 0, token.text == ",", token.kind == .symbol {
                parts.append([])
            } else {
                parts[parts.count - 1].append(token)
            }
        }
        for part in parts where !part.isEmpty {
            let add = Token(kind: .word, text: "add", end: 0)
            // What cannot be added here could not be created either; the shape is enough.
            do throws(Problem) { try table.apply([add] + part) } catch { continue }
        }
        return table
    }

    var text: String {
        head + "\n" + (columns + keys).map(\.text).joined(separator: ",\n") + "\n" + tail
    }

    func hasColumn(_ name: String) -> Bool { columns.contains { $0.name.lowercased() == name.lowercased() } }

    // MARK: Changes

    mutating func apply(_ clause: [Token]) throws(Problem) {
        var words = clause[...]
        let verb = words.popFirst()?.keyword ?? ""
        switch verb {
        case "add": try add(&words, clause)
        case "drop": try drop(&words, clause)
        case "modify", "change": try change(verb, &words, clause)
        case "rename" where words.first?.keyword == "column":
            words.removeFirst()
            let old = try existing(words.popFirst()?.text ?? "", clause)
            let new = words.last?.text ?? ""
            columns[old].text = columns[old].text.replacing("`\(columns[old].name)`", with: "`\(new)`")
            columns[old].name = new
        default: break
        }
    }

    private mutating func add(_ words: inout ArraySlice<Token>, _ clause: [Token]) throws(Problem) {
        let isUnique = words.first?.keyword == "unique"
        if isUnique { words.removeFirst() }
        let isPrimary = words.first?.keyword == "primary"
        if isPrimary { words.removeFirst() }
        if isUnique || isPrimary || ["key", "index"].contains(words.first?.keyword ?? "") {
            if ["key", "index"].contains(words.first?.keyword ?? "") { words.removeFirst() }
            let columnList = words.drop { $0.text != "(" }.dropFirst().prefix { $0.text != ")" }
                .filter { $0.kind != .symbol }.map(\.text)
            let named = words.first.map { $0.text != "(" } ?? false
            let name = isPrimary ? "PRIMARY" : named ? words.first!.text : columnList.first ?? "key"
            if keys.contains(where: { $0.name.lowercased() == name.lowercased() }) {
                throw Problem(
                    message: "Duplicate key name '\(name)' (errno 1061) (sqlstate 42000)", clause: Self.echo(clause))
            }
            let list = "(" + columnList.map { "`\($0)`" }.joined(separator: ",") + ")"
            let line = isPrimary ? "  PRIMARY KEY \(list)" : "  \(isUnique ? "UNIQUE " : "")KEY `\(name)` \(list)"
            // SHOW CREATE TABLE lists the primary key, then unique keys, then the others (transcript 11).
            let place =
                isPrimary ? 0 : isUnique ? keys.firstIndex { $0.text.hasPrefix("  KEY") } ?? keys.count : keys.count
            keys.insert(Line(name: name, text: line), at: place)
            return
        }
        if ["partition", "constraint", "foreign", "fulltext", "spatial", "check"].contains(words.first?.keyword ?? "") {
            return
        }
        if words.first?.keyword == "column" { words.removeFirst() }
        guard let name = words.popFirst()?.text else { return }
        if hasColumn(name) {
            throw Problem(
                message: "Duplicate column name '\(name)' (errno 1060) (sqlstate 42S21)", clause: Self.echo(clause))
        }
        let place = try position(&words, clause)
        let isKey = words.count > 1 && words.last?.keyword == "key" && words.dropLast().last?.keyword == "primary"
        if isKey { words.removeLast(2) }
        columns.insert(Line(name: name, text: Self.line(name, Array(words), isKey: isKey)), at: place ?? columns.count)
        if isKey { keys.insert(Line(name: "PRIMARY", text: "  PRIMARY KEY (`\(name)`)"), at: 0) }
    }

    private mutating func position(_ words: inout ArraySlice<Token>, _ clause: [Token]) throws(Problem) -> Int? {
        if words.last?.keyword == "first" {
            words.removeLast()
            return 0
        }
        if words.count > 1, words.dropLast().last?.keyword == "after" {
            let place = try existing(words.last!.text, clause) + 1
            words.removeLast(2)
            return place
        }
        return nil
    }

    private mutating func drop(_ words: inout ArraySlice<Token>, _ clause: [Token]) throws(Problem) {
        switch words.first?.keyword ?? "" {
        case "primary":
            if keys.contains(where: { $0.name == "PRIMARY" }) { keys.removeAll { $0.name == "PRIMARY" } }
        case "key", "index":
            let name = words.last?.text ?? ""
            guard let place = keys.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
                throw missing(name, clause)
            }
            keys.remove(at: place)
        case "partition", "constraint", "foreign", "check": break
        case let first:
            if first == "column" { words.removeFirst() }
            columns.remove(at: try existing(words.first?.text ?? "", clause))
        }
    }

    private mutating func change(
        _ verb: String, _ words: inout ArraySlice<Token>, _ clause: [Token]
    ) throws(Problem) {
        if words.first?.keyword == "column" { words.removeFirst() }
        let place = try existing(words.popFirst()?.text ?? "", clause)
        let name = verb == "change" ? words.popFirst()?.text ?? "" : columns[place].name
        let target = try position(&words, clause)
        let line = Line(name: name, text: Self.line(name, Array(words), isKey: false))
        columns.remove(at: place)
        columns.insert(line, at: min(target.map { $0 > place ? $0 - 1 : $0 } ?? place, columns.count))
    }

    private func existing(_ name: String, _ clause: [Token]) throws(Problem) -> Int {
        guard let place = columns.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) else {
            throw missing(name, clause)
        }
        return place
    }

    /// transcript 11.
    private func missing(_ name: String, _ clause: [Token]) -> Problem {
        Problem(
            message: clause.first?.keyword == "drop"
                ? "Can't DROP '\(name)'; check that column/key exists (errno 1091) (sqlstate 42000)"
                : "Unknown column '\(name)' in '\(head.split(separator: "`").dropFirst().first ?? "")' (errno 1054) (sqlstate 42S22)",
            clause: Self.echo(clause))
    }

    // MARK: Texts

    private static let loud: Set<String> = [
        "not", "null", "default", "auto_increment", "comment", "collate", "charset", "on", "update",
        "current_timestamp",
        "generated", "always", "as", "stored", "virtual", "add", "column", "drop", "key", "unique", "primary", "modify",
        "change", "after", "first", "set",
    ]

    private static func line(_ name: String, _ definition: [Token], isKey: Bool) -> String {
        var text = "  `\(name)` " + words(definition)
        let keywords = definition.map(\.keyword)
        let isBlob = ["text", "blob", "json", "longtext", "mediumtext", "longblob"].contains(keywords.first ?? "")
        if isKey {
            if !keywords.contains("null") { text += " NOT NULL" }
        } else if !keywords.contains("default"), !keywords.contains("not"), !keywords.contains("generated"), !isBlob {
            text += " DEFAULT NULL"
        }
        return text
    }

    private static func words(_ tokens: [Token]) -> String {
        var text = ""
        for token in tokens {
            switch token.kind {
            case .symbol:
                text += token.text
                continue
            case .string: text += needsBlank(text) ? " '\(token.text)'" : "'\(token.text)'"
            default:
                let word = loud.contains(token.keyword) ? token.text.uppercased() : token.text.lowercased()
                text += needsBlank(text) ? " \(word)" : word
            }
        }
        return text
    }

    private static func needsBlank(_ text: String) -> Bool {
        guard let last = text.last else { return false }
        return last != "(" && last != ","
    }

    /// `ADD COLUMN `customer_id` int`, as the tablet quotes it (transcript 11).
    private static func echo(_ clause: [Token]) -> String {
        let verbs: Set<String> = [
            "add", "drop", "column", "key", "unique", "primary", "modify", "change", "not", "null", "default",
        ]
        var text = ""
        var isNamed = false
        for token in clause {
            let piece: String
            if verbs.contains(token.keyword) || token.keyword == "index" {
                piece = token.keyword == "index" ? "KEY" : token.text.uppercased()
            } else if token.kind == .symbol || token.kind == .number {
                text += (token.text == "(" && isNamed && !text.hasSuffix("(") ? " " : "") + token.text
                continue
            } else if !isNamed || text.hasSuffix("(") {
                piece = "`\(token.text)`"
                isNamed = true
            } else {
                piece = token.kind == .string ? "'\(token.text)'" : token.text
            }
            text += needsBlank(text) ? " \(piece)" : piece
        }
        return text
    }
}
