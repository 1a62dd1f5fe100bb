import Foundation
import Terminal
import Testing

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

struct ThemeTests {
    @Test("The themes inside the program are the files in themes/, text for text")
    func builtIn() throws {
        let folder = root.appending(path: "themes")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".yaml") }
        let source = root.appending(path: "Sources/Terminal/BuiltInThemes.swift")
        let order = ["dark", "light", "ansi8", "monochrome"]
        #expect(Set(files) == Set(order.map { $0 + ".yaml" }))
        var swift = """
            /// The themes inside the program, each the exact text of its file in `themes/`; a test compares them, and rewrites this
            /// file when it runs with `UPDATE_GOLDEN=1`.
            enum BuiltInThemes {
                static let texts: [(name: String, text: String)] = [

            """
        for name in order { swift += "        (\"\(name)\", \(name)),\n" }
        swift += "    ]\n"
        for name in order {
            let text = try String(contentsOf: folder.appending(path: name + ".yaml"), encoding: .utf8)
            swift += "\n    private static let \(name) = #\"\"\"\n"
            for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                swift += line.isEmpty ? "\n" : "        \(line)\n"
            }
            swift += "\n        \"\"\"#\n"
        }
        swift += "}\n"
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            try swift.write(to: source, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: source, encoding: .utf8) == swift)
        #expect(Theme.builtInNames == order)
        for name in order {
            let path = folder.appending(path: name + ".yaml").path
            #expect(try Theme.load(name) == Theme.load(path))
        }
    }

    @Test("Every built-in theme loads and can be read", arguments: Theme.builtInNames)
    func loads(name: String) throws {
        let theme = try Theme.load(name)
        #expect(theme.name == name)
        #expect(ThemeCheck(theme).faults == [])
    }

    @Test(
        "The dark and light sets keep the contrast and the distances promised",
        arguments: [("dark", 4.35, 26.0), ("light", 3.75, 12.0)])
    func measures(name: String, contrast: Double, distance: Double) throws {
        let check = ThemeCheck(try Theme.load(name))
        #expect(check.contrast.ratio >= contrast && check.contrast.ratio < 21)
        #expect(check.distance.units >= distance && check.distance.units < 100)
    }

    @Test("Without colours every class but the neutral pair still differs by its attributes")
    func monochrome() throws {
        let theme = try Theme.load("monochrome")
        #expect(theme.style(.bad, depth: .colours256).attributes == [.bold, .reverse])
        #expect(theme.style(.bad, depth: .colours256).foreground == nil)
        let loud: [Role] = [.act, .warn, .bad, .undo]
        #expect(Set(loud.map { theme.style($0, depth: .monochrome).attributes }).count == loud.count)
    }

    @Test("NO_COLOR wins over the terminal, and colours are counted otherwise")
    func depth() {
        #expect(Theme.depth(colours: 256, environment: [:]) == .colours256)
        #expect(Theme.depth(colours: 16, environment: ["NO_COLOR": ""]) == .colours8)
        #expect(Theme.depth(colours: 256, environment: ["NO_COLOR": "1"]) == .monochrome)
        #expect(Theme.depth(colours: -1, environment: [:]) == .monochrome)
    }

    private func text(_ change: (inout [String]) -> Void) throws -> String {
        var lines = try String(contentsOf: root.appending(path: "themes/dark.yaml"), encoding: .utf8)
            .components(separatedBy: "\n")
        change(&lines)
        return lines.joined(separator: "\n")
    }

    private func refusal(_ text: String) -> ThemeError? {
        #expect(throws: ThemeError.self) { try Theme.parse(text, file: "mine.yaml") }
    }

    @Test("A wrong word is refused with its file, line and what is allowed")
    func wrongWords() throws {
        let unknownRole = try text { $0[7] = "  plian:" }
        #expect(
            refusal(unknownRole)?.description.hasPrefix(
                "mine.yaml:8: unknown key `plian` in roles; allowed are plain, dim") == true)
        let colour = try text { $0[12] = "    colours256: {foreground: 300}" }
        #expect(
            refusal(colour)?.description.hasPrefix("mine.yaml:13: unknown colour `300`; allowed are 0 to 255") == true)
        let attribute = try text { $0[14] = "    monochrome: {attributes: [blink]}" }
        #expect(refusal(attribute)?.line == 15)
        let coloured = try text { $0[14] = "    monochrome: {foreground: 3}" }
        #expect(refusal(coloured)?.reason.contains("unknown key `foreground`") == true)
        let ground = try text { $0[5] = "ground: grey" }
        #expect(refusal(ground)?.description == "mine.yaml:6: unknown ground; allowed are dark, light, any")
        let broken = try text { $0[6] = "roles: [" }
        #expect(refusal(broken)?.line != nil)
        #expect(refusal("")?.reason.contains("is empty") == true)
    }

    @Test("A missing role or a missing monochrome look is refused by name")
    func missing() throws {
        let noDim = try text { $0.removeSubrange(11...14) }
        #expect(refusal(noDim)?.reason == "roles has no `dim`")
        let noMono = try text { $0.removeAll { $0.contains("monochrome:") } }
        #expect(refusal(noMono)?.reason.contains("monochrome") == true)
    }

    @Test("A theme whose letters cannot be read, or whose classes look alike, does not load")
    func unreadable() throws {
        let faint = try text { lines in
            for (index, line) in lines.enumerated() where line.contains("foreground: 197") {
                lines[index] = line.replacing("197", with: "236")
            }
        }
        #expect(refusal(faint)?.reason.contains("contrast") == true)
        let alike = try text { lines in
            for (index, line) in lines.enumerated() where line.contains("foreground: 172") {
                lines[index] = line.replacing("172", with: "220")
            }
        }
        #expect(refusal(alike)?.reason.contains("roles act and warn are 0.0 apart for normal sight") == true)
    }

    @Test("A theme in a directory of the operator's wins over the built-in one; an unknown name lists those there are")
    func search() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "themes-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try text { $0[4] = "theme: mine" }.write(
            to: folder.appending(path: "dark.yaml"), atomically: true, encoding: .utf8)
        #expect(try Theme.load("dark", directories: [folder.path]).name == "mine")
        #expect(try Theme.load("light", directories: [folder.path]).name == "light")
        let error = #expect(throws: ThemeError.self) { try Theme.load("sepia") }
        #expect(error?.description == "sepia: no theme of that name; built in are dark, light, ansi8, monochrome")
        #expect(throws: ThemeError.self) { try Theme.load("/nowhere/x.yaml") }
    }
}
