internal import Core
internal import MySQLClient

/// A server on which commits have not come through for a while: with a full disk they wait until somebody makes room.
struct CommitStall: Sendable, Equatable {
    /// The oldest commit that waits.
    let oldest: CommitWait
    /// How many wait.
    let count: Int

    /// Between two looks.
    static let interval = Duration.seconds(5)
    /// A busy disk holds commits up for moments; longer than this they hang.
    static let patience = Duration.seconds(5)

    /// `nil` when commits come through.
    static func look(on connection: Connection) async throws(MySQLError) -> CommitStall? {
        let waits = try await CommitWait.list(on: connection)
        guard let oldest = waits.first(where: { $0.duration >= patience && $0.hangs }) else { return nil }
        return CommitStall(oldest: oldest, count: waits.count)
    }

    /// For whoever asks why the shard stands still.
    var words: String {
        "\(cause): make room, it goes on by itself within a minute; do not kill sessions (it can end the server)"
    }

    func failure(_ shard: ShardName) -> Failure {
        Failure(
            .diskFull, "Nothing commits on \(shard): its disk is most likely full.", cause: cause,
            now: "nothing was locked on any shard; the application's commits on this shard wait too",
            next: "make room on its disk; do not kill sessions that wait in a commit, it can end the server")
    }

    private var cause: String {
        "\(count) commit\(count == 1 ? "" : "s") wait\(count == 1 ? "s" : ""), the oldest for "
            + "\(Figures.duration(oldest.duration)) (\(oldest.state)): most likely the server waits for disk space"
    }
}

extension CommitWait {
    /// MariaDB's `Commit` is also the state of a large transaction at work; the one that waits for space says so.
    fileprivate var hangs: Bool { state.lowercased() != "commit" }
}
