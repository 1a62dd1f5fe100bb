/// The version of a shard's own server, which decides what can be INSTANT.
///
/// `SELECT @@global.version` in a shard-targeted session answers with it (`9.7.4-2`); `@@version` is VTGate's own answer
/// (`8.4.6-Vitess`) on whatever target. Seen on v24.
package struct MySQLRelease: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let major: Int
    package let minor: Int
    package let patch: Int

    package init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Reads `8.0.36-28`; `nil` for what VTGate says of itself, for MariaDB, of which Vitess knows no INSTANT, and for what is no version.
    package init?(_ text: String) {
        let lower = text.lowercased()
        guard !lower.contains("vitess"), !lower.contains("mariadb") else { return nil }
        let parts = text.prefix { $0 != "-" }.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let major = parts[0], let minor = parts[1], let patch = parts[2] else { return nil }
        self.init(major, minor, patch)
    }

    package var description: String { "\(major).\(minor).\(patch)" }

    package static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// From these on something more is INSTANT.
    static let steps = [MySQLRelease(8, 0, 0), MySQLRelease(8, 0, 23), MySQLRelease(8, 0, 29)]

    /// Equal for releases between which tablets make no difference.
    var level: String {
        guard let step = Self.steps.last(where: { $0 <= self }) else { return "MySQL before 8.0" }
        return "MySQL \(step) or later"
    }
}
