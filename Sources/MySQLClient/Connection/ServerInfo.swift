/// What kind of server answers, asked once when the connection opens.
package struct ServerInfo: Sendable, Equatable {
    /// Whose server.
    package enum Family: String, Sendable, CaseIterable {
        /// Oracle's and Percona's, and VTGate.
        case mysql
        /// MariaDB.
        case mariadb
    }

    /// Three numbers, compared from the left.
    package struct Version: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// 8 of 8.0.36.
        package let major: Int
        /// 0 of 8.0.36.
        package let minor: Int
        /// 36 of 8.0.36.
        package let patch: Int

        /// From its numbers.
        package init(_ major: Int, _ minor: Int, _ patch: Int = 0) {
            self.major = major
            self.minor = minor
            self.patch = patch
        }

        /// Reads the numbers in front of `10.11.6-MariaDB-log`; what is missing is 0, `nil` without a first number.
        package init?(parsing text: String) {
            // MariaDB greets old replicas with "5.5.5-" in front.
            let rest = text.hasPrefix("5.5.5-") ? text.dropFirst(6) : text[...]
            let numbers = rest.prefix { $0 == "." || ("0"..."9").contains($0) }.split(separator: ".").compactMap {
                Int($0)
            }
            guard let major = numbers.first else { return nil }
            self.init(major, numbers.count > 1 ? numbers[1] : 0, numbers.count > 2 ? numbers[2] : 0)
        }

        /// By major, minor, patch.
        package static func < (left: Version, right: Version) -> Bool {
            (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
        }

        /// `10.11.6`.
        package var description: String { "\(major).\(minor).\(patch)" }
    }

    /// Whose server.
    package let family: Family
    /// Its version.
    package let version: Version
    /// `@@version` as it is.
    package let versionText: String
    /// `@@version_comment`.
    package let comment: String
    /// 0: names keep their case and compare by it; 1: stored and compared in lower case; 2: stored as given, compared without.
    package let lowerCaseTableNames: Int
    /// The largest statement and row, in bytes.
    package let maxAllowedPacket: UInt64
    /// `@@server_id`: 0 means that the server takes no part in replication.
    package let serverID: UInt64
    /// `@@hostname`.
    package let hostName: String

    static let question: [UInt8] = [UInt8](
        """
        SELECT @@version AS version, @@version_comment AS comment, @@lower_case_table_names AS lower_case, \
        @@max_allowed_packet AS packet, @@server_id AS server_id, @@hostname AS host_name
        """.utf8)

    /// What a greeting alone tells: the version. Everything else is at its neutral value.
    init(greeting text: String) throws(MySQLError) {
        guard let version = Version(parsing: text) else {
            throw .unusableAnswer("the server greets as version '\(text)'")
        }
        versionText = text
        self.version = version
        comment = ""
        family = text.lowercased().contains("mariadb") ? .mariadb : .mysql
        lowerCaseTableNames = 0
        maxAllowedPacket = 0
        serverID = 0
        hostName = ""
    }

    init(_ row: Row) throws(MySQLError) {
        versionText = try row.string("version")
        guard let version = Version(parsing: versionText) else {
            throw .unusableAnswer("the server says its version is '\(versionText)'")
        }
        self.version = version
        comment = try row.string("comment")
        family =
            versionText.lowercased().contains("mariadb") || comment.lowercased().contains("mariadb") ? .mariadb : .mysql
        lowerCaseTableNames = Int(try row.int("lower_case"))
        maxAllowedPacket = try row.uint("packet")
        serverID = try row.uint("server_id")
        hostName = try row.string("host_name")
    }
}
