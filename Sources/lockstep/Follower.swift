internal import Core

/// Follows one migration through the engine's snapshots and prints what changes, until a goal is reached.
struct Follower {
    /// When following ends well.
    enum Goal {
        /// Done: exit 0. Cancelled, failed and held end badly.
        case ended
        /// This holds; the text says what was waited for.
        case seen(String, @Sendable (MigrationSnapshot) -> Bool)
        /// An ended migration keeps nothing on any server any more.
        case clean
    }

    /// A line of progress at most this often.
    private static let pace = Duration.seconds(5)

    let link: FleetLink
    let id: MigrationID
    /// Whether what had happened before is printed too.
    var printsPast = true

    /// - Throws: an ending with code 1 when the migration ends in another way, 69 when the engine goes away.
    func follow(until goal: Goal) async throws(Ending) {
        let snapshots = try await link.ask { service throws(ServiceError) in try await service.snapshots() }
        var tail = EventTail()
        var isFirst = true
        var progress = Progress()
        for await snapshot in snapshots {
            guard let migration = snapshot.migrations.first(where: { $0.spec.id == id }) else {
                throw Ending(Ending.Code.refused, "There is no migration \(id.short) any more.")
            }
            let new = tail.take(migration.events)
            if printsPast || !isFirst {
                for event in new { Output.line("\(event.at.clockText) \(EventText.line(event))") }
            }
            isFirst = false
            if try Self.isReached(goal, migration) { return }
            if let line = progress.line(migration, at: snapshot.at, pace: Self.pace) {
                Output.line("\(snapshot.at.clockText) \(line)")
            }
        }
        throw Ending(
            Ending.Code.unreachable,
            [
                "The engine at \(link.directory.socket) ended or hung up.",
                "  now     what it had journalled is safe; no shard changes its schema while it is away",
                "  next    start the engine again: it goes on where it was; then `lockstep watch \(id.short)`",
            ])
    }

    private static func isReached(_ goal: Goal, _ migration: MigrationSnapshot) throws(Ending) -> Bool {
        switch goal {
        case .seen(_, let holds): if holds(migration) { return true }
        case .ended: if migration.state == .done { return true }
        case .clean: return migration.shards.allSatisfy(\.artifacts.isEmpty)
        }
        switch migration.state {
        case .reverted: throw Ending(Ending.Code.refused, "The migration was reverted.")
        case .cancelled: throw Ending(Ending.Code.refused, "The migration was cancelled.")
        case .done:
            if case .seen(let what, _) = goal {
                throw Ending(Ending.Code.refused, "The migration is done; not seen: \(what).")
            }
        case .failed, .held: throw Ending(Ending.Code.refused, StatusText.troubles(migration))
        case .postponedLaunch, .running, .postponed, .cuttingOver, .backingOff, .split, .cancelling, .soaking, .reverting: break
        }
        return false
    }

    /// Says now and then how far the shards are, when that has changed.
    private struct Progress {
        private var last: (line: String, at: Timestamp)?

        mutating func line(_ migration: MigrationSnapshot, at now: Timestamp, pace: Duration) -> String? {
            let line = migration.shards.map { shard in
                "\(shard.name.shard) \(shard.phase.word)" + (StatusText.percent(shard).map { " \($0)%" } ?? "")
            }.joined(separator: ", ")
            guard let last else {
                self.last = (line, now)
                return line
            }
            guard line != last.line, now - last.at >= pace else { return nil }
            self.last = (line, now)
            return line
        }
    }
}

/// Which migration a command means.
enum Choice {
    /// By an unambiguous prefix of the id; without one, the only migration that `fits`.
    static func migration(
        _ text: String?, in fleet: FleetSnapshot, fits: (MigrationSnapshot) -> Bool = { $0.endedAt == nil },
        what: String = "runs"
    ) throws(Ending) -> MigrationSnapshot {
        if let text {
            let prefix = text.lowercased().filter { $0 != "-" && $0 != "_" }
            let found = fleet.migrations.filter { !prefix.isEmpty && $0.spec.id.hex.hasPrefix(prefix) }
            if found.count == 1 { return found[0] }
            guard found.isEmpty else {
                throw Ending(Ending.Code.usage, ["\(text) is the beginning of \(found.count) ids:"] + list(found))
            }
            throw Ending(
                Ending.Code.refused,
                ["There is no migration \(text)."] + (fleet.migrations.isEmpty ? [] : list(fleet.migrations)))
        }
        let fitting = fleet.migrations.filter(fits)
        if fitting.count == 1 { return fitting[0] }
        guard fitting.isEmpty else {
            throw Ending(
                Ending.Code.usage, ["Which one? \(fitting.count) migrations are there; name one:"] + list(fitting))
        }
        throw Ending(
            Ending.Code.refused,
            ["No migration \(what)."]
                + (fleet.migrations.isEmpty ? [] : ["Name one of these:"] + list(fleet.migrations)))
    }

    private static func list(_ migrations: [MigrationSnapshot]) -> [String] {
        Columns.lines(
            migrations.prefix(20).map {
                ["  \($0.spec.id.eight)", $0.spec.qualifiedTable, $0.spec.name, $0.state.rawValue]
            })
    }
}
