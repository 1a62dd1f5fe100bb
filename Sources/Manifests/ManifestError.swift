/// A file that is not what it should be: where, what, and what is allowed there.
package struct ManifestError: Error, Equatable, Sendable, CustomStringConvertible {
    /// As the caller named it.
    package let file: String
    /// From 1; `nil` when the whole file is meant (it cannot be read, or is empty).
    package let line: Int?
    package let column: Int?
    package let what: String
    /// What is allowed instead; empty when there is nothing to add.
    package let allowed: String

    /// `migration.yaml:7:3: unknown field "cutover" in spec` and, on a second line, what is allowed.
    package var description: String {
        let place = [file, line.map(String.init), column.map(String.init)].compactMap(\.self).joined(separator: ":")
        return allowed.isEmpty ? "\(place): \(what)" : "\(place): \(what)\n  allowed  \(allowed)"
    }
}
