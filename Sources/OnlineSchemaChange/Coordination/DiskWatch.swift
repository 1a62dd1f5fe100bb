internal import Core
internal import MySQLClient

/// Ends a run before its copy has filled the server's disk, where it can be seen what is free.
///
/// The server's own answer can come too late. InnoDB that cannot extend a table says 1114 and undoes the statement, but on MariaDB
/// (10.11.19) the *undo* may need a page itself: without one the whole server ends ("Out of disk space in rollback"), and the
/// application with it (MySQL 9.7 was seen to end too). And a binlog without room makes every commit wait. So the copy leaves `DiskSpace.reserve`.
struct DiskWatch: Sendable {
    static let interval = Duration.seconds(1)

    let connections: ShardConnections
    let site: ShardSite
    let clock: any Clock<Duration>
    /// A run that has copied everything writes little, and must not lose its work to the reserve.
    let isCopying: @Sendable () -> Bool

    /// Looks while rows are copied, then waits to be cancelled.
    /// - Throws: `Failure(.diskFull)`.
    func run() async throws {
        let settings = try await connections.retrying("disk") { try await ServerSettings.read($0) }
        while true {
            if isCopying() {
                let free = try await connections.retrying("disk") { try await DiskSpace.free($0, settings: settings) }
                if let free, free < DiskSpace.reserve { throw RunFailure.diskNearlyFull(site, free: free) }
            }
            try await clock.sleep(for: Self.interval)
        }
    }
}
