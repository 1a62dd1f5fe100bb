internal import FoundationEssentials
internal import Glibc

/// What is wrong with an option file, and where.
package struct OptionFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file, as its path was given or included.
    package let file: String
    /// From 1; `nil` when the file as a whole is meant.
    package let line: Int?
    /// What is wrong. Never holds a password.
    package let message: String

    /// `~/.my.cnf:7: unknown option 'usr'`
    package var description: String { line.map { "\(file):\($0): \(message)" } ?? "\(file): \(message)" }
}

/// Reads option files as MySQL's own clients do: groups, comments, quotes, escapes, `!include` and `!includedir`.
///
/// Source: "Using Option Files", MySQL 8.4 manual; MariaDB's differs in nothing used here.
package struct OptionFile: Sendable {
    /// One option of one of the groups asked for, in the order of the files.
    package struct Setting: Sendable, Equatable {
        /// The group it stands in.
        package let group: String
        /// Lower case, with dashes for underscores.
        package let name: String
        /// Unquoted and unescaped; `nil` without an equals sign.
        package let value: String?
        /// The file it stands in.
        package let file: String
        /// From 1.
        package let line: Int
    }

    /// In the order in which they stand; a later one wins.
    package private(set) var settings: [Setting] = []

    private let groups: Set<String>

    /// Reads a file and what it includes.
    ///
    /// A file with a password in it that others than owner and group may read or write is refused: a warning would be read by
    /// the person who can already read the password.
    /// - Parameter path: `~/` at its start is the home directory.
    package init(path: String, groups: [String]) throws(OptionFileError) {
        self.groups = Set(groups)
        try read(Self.expanded(path), depth: 0)
    }

    /// Reads text instead of a file, for which includes are refused.
    package init(text: String, named file: String, groups: [String]) throws(OptionFileError) {
        self.groups = Set(groups)
        try parse(text, file, depth: nil)
    }

    private mutating func read(_ path: String, depth: Int) throws(OptionFileError) {
        let (text, isOpenToOthers) = try Self.contents(of: path)
        let known = settings.count
        try parse(text, path, depth: depth)
        if isOpenToOthers,
            let secret = settings[known...].first(where: { $0.name == "password" && $0.value != nil && $0.file == path }
            )
        {
            throw OptionFileError(
                file: path, line: secret.line,
                message: "holds a password and others may read or write the file; run: chmod 600 \(path)")
        }
    }

    private mutating func parse(_ text: String, _ file: String, depth: Int?) throws(OptionFileError) {
        var group: String?
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let place = (file: file, line: index + 1)
            let line = Self.trimmed(raw)
            guard let first = line.first, first != "#", first != ";" else { continue }
            if first == "!" {
                try include(line, place, depth)
            } else if first == "[" {
                guard let end = line.firstIndex(of: "]") else { throw Self.error(place, "a group without its ']'") }
                group = String(Self.trimmed(line[line.index(after: line.startIndex)..<end]))
            } else if let group {
                if groups.contains(group) { settings.append(try Self.setting(line, group, place)) }
            } else {
                throw Self.error(place, "an option before the first [group]")
            }
        }
    }

    private mutating func include(
        _ line: Substring, _ place: (file: String, line: Int), _ depth: Int?
    ) throws(OptionFileError) {
        let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard words.count == 2, words[0] == "!include" || words[0] == "!includedir" else {
            throw Self.error(place, "'\(words[0])' is neither !include nor !includedir with a path")
        }
        guard let depth else { throw Self.error(place, "includes are not followed here") }
        guard depth < 10 else { throw Self.error(place, "includes are nested more than 10 deep") }
        let path = Self.resolved(String(Self.trimmed(words[1])), from: place.file)
        if words[0] == "!include" { return try read(path, depth: depth + 1) }
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Self.error(place, "cannot list \(path)")
        }
        for name in names.sorted() where name.hasSuffix(".cnf") { try read("\(path)/\(name)", depth: depth + 1) }
    }

    private static func setting(
        _ line: Substring, _ group: String, _ place: (file: String, line: Int)
    ) throws(OptionFileError) -> Setting {
        let content = try withoutComment(line, place)
        let parts = content.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        var name = trimmed(parts[0]).lowercased().map { $0 == "_" ? "-" : String($0) }.joined()
        if name.hasPrefix("loose-") { name.removeFirst(6) }
        if name.isEmpty { throw error(place, "a value without the name of an option") }
        let value = parts.count > 1 ? unescaped(unquoted(trimmed(parts[1]))) : nil
        return Setting(group: group, name: name, value: value, file: place.file, line: place.line)
    }

    /// A `#` outside quotes starts a comment anywhere in the line, as in MySQL's own parser.
    private static func withoutComment(
        _ line: Substring, _ place: (file: String, line: Int)
    ) throws(OptionFileError) -> Substring {
        var quote: Character?
        var isEscaped = false
        for index in line.indices {
            let character = line[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "#" {
                return line[..<index]
            } else if quote == nil, character == "'" || character == "\"", startsValue(line, index) {
                quote = character
            }
        }
        if quote != nil { throw error(place, "a quoted value without its closing quote") }
        return line
    }

    /// Quotes count only around a whole value: `it's` is no quote.
    private static func startsValue(_ line: Substring, _ index: Substring.Index) -> Bool {
        trimmed(line[..<index]).last == "="
    }

    private static func unquoted(_ value: Substring) -> Substring {
        guard let first = value.first, first == "'" || first == "\"", value.count >= 2, value.last == first else {
            return value
        }
        return value.dropFirst().dropLast()
    }

    /// `\b \t \n \r \\ \s`; a backslash before anything else stands for itself.
    private static func unescaped(_ value: Substring) -> String {
        var result = ""
        var rest = value[...]
        while let character = rest.popFirst() {
            guard character == "\\", let next = rest.first else {
                result.append(character)
                continue
            }
            let meant: Character? =
                switch next {
                case "b": "\u{8}"
                case "t": "\t"
                case "n": "\n"
                case "r": "\r"
                case "s": " "
                case "\\": "\\"
                case "'", "\"": next
                default: nil
                }
            if let meant {
                result.append(meant)
                rest.removeFirst()
            } else {
                result.append(character)
            }
        }
        return result
    }

    private static func trimmed(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text)
        while rest.first?.isWhitespace == true { rest.removeFirst() }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        return rest
    }

    private static func error(_ place: (file: String, line: Int), _ message: String) -> OptionFileError {
        OptionFileError(file: place.file, line: place.line, message: message)
    }

    // MARK: Files

    private static func expanded(_ path: String) -> String {
        guard path.hasPrefix("~/") else { return path }
        return FileManager.default.homeDirectoryForCurrentUser.path + path.dropFirst(1)
    }

    /// An included path counts from the folder of the file that includes it.
    private static func resolved(_ path: String, from file: String) -> String {
        let path = expanded(path)
        guard !path.hasPrefix("/"), let slash = file.lastIndex(of: "/") else { return path }
        return String(file[...slash]) + path
    }

    /// Rights and content of the same open file, so that they belong together.
    private static func contents(of path: String) throws(OptionFileError) -> (text: String, isOpenToOthers: Bool) {
        func failed(_ what: String) -> OptionFileError {
            OptionFileError(file: path, line: nil, message: "\(what): \(String(cString: strerror(errno)))")
        }
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0 { throw failed("cannot open it") }
        defer { close(file) }
        var status = stat()
        if fstat(file, &status) != 0 { throw failed("cannot look at it") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OptionFileError(file: path, line: nil, message: "is no regular file")
        }
        guard status.st_size <= 1 << 20 else {
            throw OptionFileError(file: path, line: nil, message: "is larger than 1 MiB")
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress! + filled, $0.count - filled) }
            if count < 0 { throw failed("cannot read it") }
            if count == 0 { break }
            filled += count
        }
        guard let text = String(validating: bytes[..<filled], as: UTF8.self) else {
            throw OptionFileError(file: path, line: nil, message: "is not UTF-8 text")
        }
        return (text, status.st_mode & 0o006 != 0)
    }
}
