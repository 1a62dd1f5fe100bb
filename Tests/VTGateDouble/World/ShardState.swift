/// One shard: its tablets, its tables and its `_vt.schema_migrations`.
final class ShardState {
    struct Tablet {
        var alias: String
        var isServing = true
        var primarySince: Double?
    }

    enum Silence {
        /// No answer until released.
        case hangs
        case answers(ErrorAnswer)
    }

    /// A session that holds a lock on a table of the shard.
    struct Blocker {
        let name: String
        let table: String
    }

    /// A cut-over that fails although nothing blocks it.
    struct PlannedFailure {
        let table: String?
        var times: Int
        let message: String
    }

    let name: String
    let keyspace: String
    /// By place in the keyspace, from 0.
    let index: Int
    var version: VitessRelease
    var primary: Tablet
    var replicas: [Tablet]
    var replicationLag: [String: Int] = [:]
    var isExecutorOpen = true
    var records: [MigrationRecord] = []
    var byUUID: [String: MigrationRecord] = [:]
    var tables: [String: TableState] = [:]
    var nextID = 1
    var silence: Silence?
    var blockers: [Blocker] = []
    var killedBlockers: [String] = []
    var failures: [PlannedFailure] = []
    var copyFailures: [PlannedFailure] = []
    /// The throttler holds the streams because of a metric of this value.
    var throttlerLag: Double?
    /// Overrides the streams' lag.
    var streamLag: Double?
    var notReadyUntil = 0.0
    var supportsInstant = true
    /// `@@global.version` of its own server.
    var serverVersion = "9.7.4-2"
    var copyRate: Double?
    /// The cut-over that holds the executor's mutex.
    var cutOver: CutOverRun?
    /// A `mysql` ALTER holds it too.
    var directRun: MigrationRecord?
    var position = 1000
    /// A submission this shard refuses, once.
    var refusedSubmission: ErrorAnswer?
    /// Whether the primary's absence was noticed before (transcript 23: the first statement is buffered).
    var wasFoundDown = false

    init(_ name: String, keyspace: String, index: Int, version: VitessRelease) {
        self.name = name
        self.keyspace = keyspace
        self.index = index
        self.version = version
        let number = 100 * (index + 1)
        primary = Tablet(alias: Self.alias(number), primarySince: 0)
        replicas = [Tablet(alias: Self.alias(number + 1))]
    }

    static func alias(_ number: Int) -> String {
        let digits = String(number)
        return "zone1-" + String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }

    var isBusy: Bool { cutOver != nil || directRun != nil }

    func record(_ uuid: String) -> MigrationRecord? { byUUID[uuid.lowercased()] }

    func add(_ record: MigrationRecord) {
        records.append(record)
        byUUID[record.row.uuid] = record
    }

    /// `MySQL56/<server uuid>:1-n`, growing.
    func nextPosition() -> String {
        position += 17
        let digits = String(index, radix: 16)
        return "MySQL56/" + String(repeating: "0", count: 8 - min(8, digits.count)) + digits
            + "-e53a-11f1-b78b-02fc00000001:1-\(position)"
    }
}

/// A keyspace: shards in order, and what is throttled in all of them.
final class KeyspaceState {
    struct ThrottledApp {
        var ratio: Double
        var ratioText: String
        var expires: Double
    }

    let name: String
    var shards: [ShardState]
    var throttled: [String: ThrottledApp] = [:]

    init(_ name: String, shards: [ShardState]) {
        self.name = name
        self.shards = shards
    }

    func shard(_ name: String) -> ShardState? { shards.first { $0.name == name } }

    /// The part of the work that throttling takes away: each rule that names the stream draws for itself.
    func throttleShare(of uuid: String, now: Double) -> Double {
        1 - rules(for: uuid, now: now).reduce(1.0) { $0 * (1 - $1) }
    }

    /// `user_throttle_ratio`: the larger one.
    func throttleRatio(of uuid: String, now: Double) -> Double { rules(for: uuid, now: now).max() ?? 0 }

    private func rules(for uuid: String, now: Double) -> [Double] {
        ["online-ddl", uuid].compactMap { throttled[$0] }.filter { $0.expires > now }.map(\.ratio)
    }
}
