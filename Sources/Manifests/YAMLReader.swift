internal import Yams

/// A YAML node with its place in the file, read strictly: unknown fields, wrong types and repeated keys are errors with a line.
struct YAMLReader {
    let file: String
    let node: Node
    /// Where in the document this is, for messages: `spec.cutOver`.
    let path: String

    /// Parses one document.
    static func document(_ text: String, file: String) throws(ManifestError) -> YAMLReader {
        do {
            var documents = try Yams.compose_all(yaml: text)
            let first = documents.next()
            // The sequence ends at an error instead of throwing it.
            if let error = documents.error { throw error }
            guard let node = first else {
                throw ManifestError(file: file, line: nil, column: nil, what: "the file is empty", allowed: "one document")
            }
            let following = documents.next()
            if let error = documents.error { throw error }
            if let second = following {
                throw ManifestError(
                    file: file, line: second.mark?.line, column: nil, what: "a second document begins here",
                    allowed: "one document a file")
            }
            return YAMLReader(file: file, node: node, path: "")
        } catch let error as ManifestError {
            throw error
        } catch let error as YamlError {
            throw parserError(error, file)
        } catch {
            throw ManifestError(file: file, line: nil, column: nil, what: "\(error)", allowed: "")
        }
    }

    private static func parserError(_ error: YamlError, _ file: String) -> ManifestError {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            ManifestError(file: file, line: mark.line, column: mark.column, what: "not YAML: \(problem)", allowed: "")
        case .duplicatedKeysInMapping(let duplicates, _):
            ManifestError(
                file: file, line: nil, column: nil,
                what: "a field is given twice: \(duplicates.map { "\($0)" }.joined(separator: ", "))",
                allowed: "each field once")
        case .no, .memory, .reader, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            ManifestError(file: file, line: nil, column: nil, what: "not YAML: \(error)", allowed: "")
        }
    }

    func fail(_ what: String, allowed: String = "") -> ManifestError {
        ManifestError(file: file, line: node.mark?.line, column: node.mark?.column, what: what, allowed: allowed)
    }

    /// The mapping's fields, after a check that no other is there.
    func fields(_ known: [String]) throws(ManifestError) -> YAMLFields {
        guard let mapping = node.mapping else {
            throw fail("\(path.isEmpty ? "the document" : path) must be a mapping", allowed: known.joined(separator: ", "))
        }
        var fields: [String: YAMLReader] = [:]
        for (key, value) in mapping {
            guard let name = key.string, known.contains(name) else {
                let name = key.string ?? "?"
                let close = known.first { $0.lowercased() == name.lowercased() }
                throw ManifestError(
                    file: file, line: key.mark?.line, column: key.mark?.column,
                    what: "unknown field \"\(name)\"\(path.isEmpty ? "" : " in \(path)")"
                        + (close.map { ": do you mean \"\($0)\"?" } ?? ""), allowed: known.joined(separator: ", "))
            }
            fields[name] = YAMLReader(file: file, node: value, path: path.isEmpty ? name : "\(path).\(name)")
        }
        return YAMLFields(owner: self, fields: fields)
    }

    /// The sequence's items, in order.
    func items() throws(ManifestError) -> [YAMLReader] {
        guard let sequence = node.sequence else { throw fail("\(path) must be a list") }
        return sequence.enumerated().map { YAMLReader(file: file, node: $1, path: "\(path)[\($0 + 1)]") }
    }

    /// A scalar as text; never empty.
    func text() throws(ManifestError) -> String {
        guard let scalar = node.scalar, !scalar.string.isEmpty, node.tag != Tag(.null) else {
            throw fail("\(path) must be a text that is not empty")
        }
        return scalar.string
    }

    func flag() throws(ManifestError) -> Bool {
        guard let flag = node.bool else { throw fail("\(path) must be true or false", allowed: "true, false") }
        return flag
    }

    func whole(_ range: ClosedRange<Int64>) throws(ManifestError) -> Int64 {
        guard let text = node.scalar?.string, let number = Int64(text), range.contains(number) else {
            throw fail(
                "\(path) must be a whole number", allowed: "\(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// One of the given words.
    func choice(_ words: [String]) throws(ManifestError) -> String {
        guard let word = node.scalar?.string, words.contains(word) else {
            throw fail("\(path) has an unknown value", allowed: words.joined(separator: ", "))
        }
        return word
    }

    /// `500ms`, `2s`, `5m`, `24h`, `7d`.
    func duration(_ range: ClosedRange<Duration>) throws(ManifestError) -> Duration {
        let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
        let text = node.scalar?.string ?? ""
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = Int64(digits), let scale = units.first(where: { $0.0 == unit })?.1,
            number <= 100_000_000, range.contains(.milliseconds(number * scale))
        else {
            throw fail(
                "\(path) must be a time", allowed: "a number with ms, s, m, h or d, from \(range.lowerBound) to \(range.upperBound)")
        }
        return .milliseconds(number * scale)
    }

    /// `off`, or what `read` reads.
    func orOff<T>(_ read: (YAMLReader) throws(ManifestError) -> T) throws(ManifestError) -> T? {
        // YAML 1.1 reads a bare `off` as false; as text it is what the person wrote.
        if node.scalar?.string == "off" { return nil }
        return try read(self)
    }
}

/// The fields of one mapping, all of them known.
struct YAMLFields {
    let owner: YAMLReader
    let fields: [String: YAMLReader]

    subscript(name: String) -> YAMLReader? { fields[name] }

    func required(_ name: String) throws(ManifestError) -> YAMLReader {
        guard let field = fields[name] else {
            throw owner.fail("\"\(name)\" is missing\(owner.path.isEmpty ? "" : " in \(owner.path)")")
        }
        return field
    }

    /// Checks `apiVersion` and `kind`, which every file of ours begins with.
    func header(kind: String) throws(ManifestError) {
        let version = try required("apiVersion")
        guard try version.text() == "lockstep/v1" else {
            throw version.fail("apiVersion is not one this program reads", allowed: "lockstep/v1")
        }
        _ = try required("kind").choice([kind])
    }
}
