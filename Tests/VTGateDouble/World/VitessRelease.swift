/// A release of Vitess: of VTGate (which statements it knows) and of a shard's tablets (which columns its rows have).
package enum VitessRelease: Int, Comparable, Sendable, CaseIterable {
    /// `SHOW VITESS_MIGRATIONS` of 59 columns; neither CUTOVER_THRESHOLD nor POSTPONE COMPLETE.
    case v21 = 21
    /// 62 columns; CUTOVER_THRESHOLD.
    case v22 = 22
    /// 62 columns; POSTPONE COMPLETE and COMPLETE VITESS_SHARDS.
    case v23 = 23
    /// 63 columns: what the transcript was taken from.
    case v24 = 24

    /// By release.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// `@@version`.
    package var mysqlVersion: String {
        switch self {
        case .v21, .v22: "8.0.40-Vitess"
        case .v23, .v24: "8.4.6-Vitess"
        }
    }

    /// `@@version_comment`: what vtgate v24 answers, its revision left out.
    package var comment: String {
        "Version: \(rawValue).0.0\(self == .v24 ? "-SNAPSHOT" : "") (Git revision 0000000 branch 'main') "
            + "built on Fri Mar 27 12:00:00 UTC 2026 by vitess@localhost using go1.26 linux/amd64"
    }
}
