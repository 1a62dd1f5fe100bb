internal import FoundationEssentials
internal import Yams

/// A theme that could not be read: where, and what is allowed there.
package struct ThemeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named, or the built-in theme's name.
    package let file: String
    /// Line in the file, from 1; `nil` where the whole file is meant.
    package let line: Int?
    /// What is wrong and what is allowed, as a sentence.
    package let reason: String

    /// `file:line: reason`, as editors understand it.
    package var description: String { line.map { "\(file):\($0): \(reason)" } ?? "\(file): \(reason)" }
}

extension Theme {
    /// The names of the themes inside the program, in order.
    package static var builtInNames: [String] { BuiltInThemes.texts.map(\.name) }

    /// The theme of that name.
    ///
    /// A choice with a slash or ending in `.yaml` is a file. Any other is a name: `NAME.yaml` in one of the directories,
    /// the first that has it, else the built-in theme. Built-in themes are part of the binary, so that they are found
    /// wherever it is installed; a test keeps them equal to `themes/`.
    /// - Throws: `ThemeError`, naming file, line and what is allowed.
    package static func load(_ choice: String, directories: [String] = []) throws(ThemeError) -> Theme {
        if choice.contains("/") || choice.hasSuffix(".yaml") { return try read(file: choice) }
        for directory in directories {
            let path = directory + "/" + choice + ".yaml"
            if FileManager.default.fileExists(atPath: path) { return try read(file: path) }
        }
        guard let text = BuiltInThemes.texts.first(where: { $0.name == choice })?.text else {
            throw ThemeError(
                file: choice, line: nil,
                reason: "no theme of that name; built in are \(builtInNames.joined(separator: ", "))")
        }
        return try parse(text, file: choice)
    }

    private static func read(file: String) throws(ThemeError) -> Theme {
        let text: String
        do {
            text = try String(contentsOfFile: file, encoding: .utf8)
        } catch {
            throw ThemeError(file: file, line: nil, reason: "cannot be read: \(error)")
        }
        return try parse(text, file: file)
    }

    /// Reads and checks the text of a theme file; `file` is named in errors.
    /// - Throws: `ThemeError`, naming line and what is allowed.
    package static func parse(_ text: String, file: String) throws(ThemeError) -> Theme {
        try ThemeFile(file: file).theme(text)
    }
}

/// The reader of theme files: every key is known, every role is there, nothing is guessed.
private struct ThemeFile {
    let file: String

    func theme(_ text: String) throws(ThemeError) -> Theme {
        let root = try mapping(compose(text), "a theme", allowed: ["theme", "ground", "roles"])
        let name = try string(required("theme", in: root), "theme")
        let groundNode = try required("ground", in: root)
        let grounds = Theme.Ground.allCases.map(\.rawValue)
        guard let ground = Theme.Ground(rawValue: try string(groundNode, "ground")) else {
            throw fault(groundNode, "unknown ground; allowed are \(grounds.joined(separator: ", "))")
        }
        let styles = try styles(required("roles", in: root))
        let theme = Theme(name: name, ground: ground, styles: styles)
        let faults = ThemeCheck(theme).faults
        guard faults.isEmpty else {
            throw ThemeError(file: file, line: nil, reason: faults.joined(separator: "; "))
        }
        return theme
    }

    private func compose(_ text: String) throws(ThemeError) -> Node {
        do {
            guard let node = try Yams.compose(yaml: text) else {
                throw ThemeError(file: file, line: nil, reason: "is empty; a theme has theme, ground and roles")
            }
            return node
        } catch let error as ThemeError {
            throw error
        } catch let error as YamlError {
            throw ThemeError(file: file, line: error.line, reason: "is not YAML: \(error)")
        } catch {
            throw ThemeError(file: file, line: nil, reason: "is not YAML: \(error)")
        }
    }

    private func styles(_ node: Node) throws(ThemeError) -> [Theme.Depth: [Role: Theme.Style]] {
        let roles = try mapping(node, "roles", allowed: Role.allCases.map(\.rawValue))
        var styles: [Theme.Depth: [Role: Theme.Style]] = [:]
        for role in Role.allCases {
            let looks = try mapping(
                required(role.rawValue, in: roles), role.rawValue, allowed: Theme.Depth.allCases.map(\.rawValue))
            for depth in Theme.Depth.allCases {
                guard let look = looks.entries.first(where: { $0.key == depth.rawValue })?.value else { continue }
                styles[depth, default: [:]][role] = try style(look, depth: depth)
            }
        }
        for depth in Theme.Depth.allCases {
            guard let table = styles[depth] else {
                guard depth != .monochrome else { throw fault(node, "every role needs a look for \(depth.rawValue)") }
                continue
            }
            if let missing = Role.allCases.first(where: { table[$0] == nil }) {
                throw fault(node, "role \(missing.rawValue) has no \(depth.rawValue), but other roles have")
            }
        }
        return styles
    }

    private func style(_ node: Node, depth: Theme.Depth) throws(ThemeError) -> Theme.Style {
        let colours = depth == .monochrome ? [] : ["foreground", "background"]
        let look = try mapping(node, depth.rawValue, allowed: colours + ["attributes"])
        var foreground: Int?
        var background: Int?
        var attributes: Attributes = []
        for (key, value) in look.entries {
            switch key {
            case "foreground": foreground = try colour(value, depth: depth)
            case "background": background = try colour(value, depth: depth)
            default: attributes = try self.attributes(value)
            }
        }
        return Theme.Style(foreground: foreground, background: background, attributes: attributes)
    }

    private static let colourNames = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"]

    private func colour(_ node: Node, depth: Theme.Depth) throws(ThemeError) -> Int? {
        let text = try string(node, "a colour")
        if text == "default" { return nil }
        if let index = ThemeFile.colourNames.firstIndex(of: text) { return index }
        let most = depth == .colours256 ? 255 : 7
        guard let number = Int(text), (0...most).contains(number) else {
            let names = ThemeFile.colourNames.joined(separator: ", ")
            throw fault(node, "unknown colour `\(text)`; allowed are 0 to \(most), default, \(names)")
        }
        return number
    }

    private func attributes(_ node: Node) throws(ThemeError) -> Attributes {
        let known: [(String, Attributes)] = [
            ("bold", .bold), ("reverse", .reverse), ("underline", .underline), ("dim", .dim),
        ]
        let allowed = known.map(\.0).joined(separator: ", ")
        guard case .sequence(let sequence) = node else { throw fault(node, "attributes is a list of \(allowed)") }
        var set: Attributes = []
        for item in sequence {
            let word = try string(item, "an attribute")
            guard let attribute = known.first(where: { $0.0 == word })?.1 else {
                throw fault(item, "unknown attribute `\(word)`; allowed are \(allowed)")
            }
            set.insert(attribute)
        }
        return set
    }

    /// A mapping, its keys known to be allowed and given once.
    private struct Entries {
        let node: Node
        let name: String
        let entries: [(key: String, value: Node)]
    }

    private func mapping(_ node: Node, _ name: String, allowed: [String]) throws(ThemeError) -> Entries {
        guard case .mapping(let mapping) = node else {
            throw fault(node, "\(name) has keys: \(allowed.joined(separator: ", "))")
        }
        var entries: [(key: String, value: Node)] = []
        for (key, value) in mapping {
            let word = try string(key, "a key of \(name)")
            guard allowed.contains(word) else {
                throw fault(key, "unknown key `\(word)` in \(name); allowed are \(allowed.joined(separator: ", "))")
            }
            guard !entries.contains(where: { $0.key == word }) else {
                throw fault(key, "key `\(word)` is given twice in \(name)")
            }
            entries.append((word, value))
        }
        return Entries(node: node, name: name, entries: entries)
    }

    private func required(_ key: String, in entries: Entries) throws(ThemeError) -> Node {
        guard let value = entries.entries.first(where: { $0.key == key })?.value else {
            throw fault(entries.node, "\(entries.name) has no `\(key)`")
        }
        return value
    }

    private func string(_ node: Node, _ name: String) throws(ThemeError) -> String {
        guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
            throw fault(node, "\(name) is a single word")
        }
        return scalar.string
    }

    private func fault(_ node: Node, _ reason: String) -> ThemeError {
        ThemeError(file: file, line: node.mark?.line, reason: reason)
    }
}

extension YamlError {
    /// The line the parser stopped at, from 1.
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _):
            mark.line
        case .duplicatedKeysInMapping(_, let context):
            context.mark.line
        default:
            nil
        }
    }
}
