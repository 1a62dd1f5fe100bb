/// The users of a sandbox server and the statements that make them.
///
/// The same three everywhere: an application that owns its data, Lockstep with the least it needs, and a replication user.
package struct ServerUsers: Equatable, Sendable {
    /// Root: no password, but only over the socket, which lies in a directory of this user alone.
    package let root: Credentials
    /// The application: everything on the sandbox's databases, nothing else.
    package let application: Credentials
    /// Lockstep with exactly the documented grants.
    package let lockstep: Credentials
    /// What replicas log in with.
    package let replication: Credentials

    /// Users with generated passwords.
    package static func generated() -> ServerUsers {
        ServerUsers(
            root: Credentials(user: "root", password: ""),
            application: Credentials(user: "application", password: Credentials.generatedPassword()),
            lockstep: Credentials(user: "lockstep", password: Credentials.generatedPassword()),
            replication: Credentials(user: "replication", password: Credentials.generatedPassword()))
    }

    /// Database names these users may use, as patterns of GRANT: the demo's, and those made for single tests.
    static let databasePatterns = ["commerce", #"ls\_%"#]

    /// What Lockstep needs on the database of a table it changes.
    package static let lockstepDatabasePrivileges =
        "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, LOCK TABLES, TRIGGER"

    /// What Lockstep needs on the server: see transactions and locks, read the binlog, see replicas, end a blocker.
    package static func lockstepServerPrivileges(_ family: ServerFamily) -> String {
        switch family {
        case .mariadb: "PROCESS, BINLOG MONITOR, REPLICATION SLAVE, REPLICA MONITOR, CONNECTION ADMIN"
        case .mysql: "PROCESS, REPLICATION CLIENT, REPLICATION SLAVE, CONNECTION_ADMIN"
        }
    }

    /// Statements for `--init-file`, one a line, kept out of the binlog: each server has its own users.
    func statements(_ family: ServerFamily) -> String {
        var lines = ["SET SESSION sql_log_bin = 0"]
        for user in [application, lockstep, replication] {
            lines.append("CREATE USER '\(user.user)'@'%' IDENTIFIED BY '\(user.password)'")
        }
        for pattern in Self.databasePatterns {
            lines.append("GRANT ALL PRIVILEGES ON `\(pattern)`.* TO '\(application.user)'@'%'")
            lines.append("GRANT \(Self.lockstepDatabasePrivileges) ON `\(pattern)`.* TO '\(lockstep.user)'@'%'")
        }
        lines.append("GRANT SELECT ON performance_schema.* TO '\(lockstep.user)'@'%'")
        lines.append("GRANT \(Self.lockstepServerPrivileges(family)) ON *.* TO '\(lockstep.user)'@'%'")
        lines.append("GRANT REPLICATION SLAVE ON *.* TO '\(replication.user)'@'%'")
        return lines.map { $0 + ";\n" }.joined()
    }
}
