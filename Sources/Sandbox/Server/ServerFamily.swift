internal import Foundation
internal import Glibc

/// The two kinds of server Lockstep speaks to.
package enum ServerFamily: String, CaseIterable, Sendable, CustomStringConvertible {
    /// `mariadbd`, from `LOCKSTEP_MARIADBD` or the system's usual places.
    case mariadb
    /// Oracle's `mysqld`, only from `LOCKSTEP_MYSQLD`: on Debian a `mysqld` in the path is MariaDB.
    case mysql

    /// The families whose server program is on this machine, MariaDB first.
    package static let available: [ServerFamily] = allCases.filter { $0.program != nil }

    /// As in output and test names: `mariadb`, `mysql`.
    package var description: String { rawValue }

    /// Where the server program is looked for, in order.
    var candidates: [String] {
        let environment = ProcessInfo.processInfo.environment
        switch self {
        case .mariadb:
            let path = (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/mariadbd" }
            return [environment["LOCKSTEP_MARIADBD"]].compactMap(\.self) + path
                + ["/usr/sbin/mariadbd", "/usr/libexec/mariadbd", "/usr/local/sbin/mariadbd"]
        case .mysql:
            return [environment["LOCKSTEP_MYSQLD"]].compactMap(\.self).filter { !$0.isEmpty }
        }
    }

    /// The first candidate that can be executed, or `nil`.
    var program: String? {
        candidates.first { access($0, X_OK) == 0 }
    }

    func requireProgram() throws(SandboxError) -> String {
        guard let program else { throw .programMissing(self, searched: candidates) }
        return program
    }
}
