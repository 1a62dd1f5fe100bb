package import Core
internal import MySQLClient
package import Vitess

/// Reads one keyspace's migrations: one statement a poll, never two at the same time.
///
/// While every primary answers, one keyspace-wide read covers all shards. One dead primary makes that read fail for all of them;
/// then each shard is read by itself, and the one that does not answer is marked, with what was known of it kept. As soon as all
/// answer again the reads are keyspace-wide again.
package actor KeyspacePoller {
    /// How the keyspace is read now.
    package enum Reading: Equatable, Sendable {
        case keyspaceWide
        /// Since when, and what the keyspace-wide read said.
        case shardByShard(since: Timestamp, error: String)
    }

    package nonisolated let keyspace: KeyspaceName
    private let readers: VTGateReaders
    private let topologyReader: TopologyReader
    private let history: Duration
    /// Asked for however long ago they ended.
    private let sought: Set<VitessUUID>
    private let wallClock: @Sendable () -> Timestamp

    package private(set) var view: KeyspaceView { didSet { changes += 1 } }
    /// How often the view was changed.
    private(set) var changes = 0
    package private(set) var reading = Reading.keyspaceWide
    /// When the last poll ended; `nil` before the first.
    package private(set) var polledAt: Timestamp?
    /// Polls so far.
    private var polls = 0
    private var commandedAt: Timestamp?
    private var historyReadAt: Timestamp?
    /// From when on the rows at hand reach back.
    private var historySince: Timestamp?
    private var throttlersReadAt: Timestamp?
    private var turnstile = Turnstile()
    /// What the last keyspace-wide read gave, by fingerprint.
    private var lastRows: [Int: MigrationRow] = [:]
    private var absentColumns: [ShardName: Set<String>] = [:]
    /// When a silent shard is asked again.
    private var askAgainAt: [ShardName: Timestamp] = [:]
    /// When the keyspace-wide read is tried again.
    private var tryWholeAt: Timestamp?

    /// Reads at the same time while each shard is read by itself.
    static let mostReads = 8
    /// What ended longer ago is read only with the history.
    static let recent = Duration.seconds(600)
    /// How often the history is read.
    static let historyPace = Duration.seconds(60)
    /// Migrations asked for by name in one read.
    static let mostNamed = 200
    /// How often throttlers and their rules are read.
    static let throttlerPace = Duration.seconds(15)
    /// How often a silent shard is asked, and the whole keyspace while one is silent.
    static let silencePace = Duration.seconds(10)

    /// - Parameters:
    ///   - history: how far back ended migrations are shown.
    ///   - sought: migrations to show however long ago they ended.
    package init(
        _ keyspace: KeyspaceName, readers: VTGateReaders, topology: TopologyReader, history: Duration = .seconds(86_400),
        sought: Set<VitessUUID> = [], wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.keyspace = keyspace
        self.readers = readers
        topologyReader = topology
        self.history = history
        self.sought = sought
        self.wallClock = wallClock
        view = KeyspaceView(keyspace: keyspace, shards: [])
    }

    /// A command was sent: its effect is looked for at once.
    package func commanded() { commandedAt = wallClock() }

    /// How long to wait before the next poll.
    package var wait: Duration {
        let wait = PollPace.wait(after: view, commandedAt: commandedAt, at: wallClock())
        if case .shardByShard = reading { return max(wait, .seconds(2)) }
        return wait
    }

    /// Reads once. A caller who comes while a poll is under way shares its result.
    package func poll() async {
        let before = polls
        await enter()
        defer { turnstile.leave() }
        if polls != before { return }
        await adoptTopology()
        let now = wallClock()
        let wantsHistory = historyReadAt.map { $0.age(at: now) >= Self.historyPace } ?? true
        let since = now + (.zero - (wantsHistory ? history : Self.recent))
        let named = self.named
        _ = await read(.recent(since: since, also: named), isKept: true)
        if wantsHistory {
            historySince = since
            if !view.isSilentSomewhere { historyReadAt = now }
        }
        view.coverage = .recent(since: historySince ?? since, also: named)
        await readThrottlers()
        polledAt = wallClock()
        polls += 1
    }

    /// The view with everything about one migration read now, whenever it was submitted. Waits for a poll under way. The
    /// other migrations in it are as old as the last poll, so the poller's own view stays as it is.
    package func look(at uuid: VitessUUID) async -> KeyspaceView {
        await enter()
        defer { turnstile.leave() }
        await adoptTopology()
        var looked = await read(.migration(uuid), isKept: false)
        looked.coverage = .recent(since: historySince ?? wallClock(), also: named.union([uuid]))
        return looked
    }

    /// The keyspace's throttles as of now; `nil` when they cannot be read.
    package func readThrottles() async -> Set<ThrottledAppRow>? {
        await enter()
        defer { turnstile.leave() }
        do throws(VTGateError) {
            view.throttledApps = Set(Self.known(try await readers.read(.showThrottledApps(keyspace)), ThrottledAppRow.init))
            return view.throttledApps
        } catch {
            throttlerErrors += 1
            return nil
        }
    }

    /// The same for the rows that a filter asks for; of other migrations nothing new is known.
    package func look(_ filter: RowFilter) async -> KeyspaceView {
        await enter()
        defer { turnstile.leave() }
        await adoptTopology()
        return await read(filter, isKept: false)
    }

    /// Migrations that have to be asked for by name, so that they come from every shard.
    private var named: Set<VitessUUID> {
        let partial = historySince.map { FleetReading.mustName(since: $0, in: view) } ?? []
        return sought.union(partial.sorted().prefix(Self.mostNamed))
    }

    private func enter() async {
        if turnstile.enter() { return }
        await withCheckedContinuation { turnstile.queue($0) }
    }

    // MARK: - Rows

    /// Reads the filter's rows of every shard, the keyspace at once or shard by shard.
    /// - Parameter isKept: whether the poller's own view takes them, each as it comes.
    private func read(_ filter: RowFilter, isKept: Bool) async -> KeyspaceView {
        guard !view.shards.isEmpty else { return view }
        if triesWhole {
            switch await readWhole(filter) {
            case .rows(let rows):
                reading = .keyspaceWide
                askAgainAt = [:]
                var new = view
                new.absorb(rows, of: view.shards, asked: filter, horizon: horizon, at: wallClock())
                if isKept { keep(new, rows) }
                return new
            case .noVTGate(let error):
                var new = view
                for shard in view.shards { new.fellSilent(shard, error: error, at: wallClock()) }
                if isKept { view = new }
                return new
            case .failed(let error):
                if case .keyspaceWide = reading { reading = .shardByShard(since: wallClock(), error: error) }
                tryWholeAt = wallClock() + Self.silencePace
                // VTGate names the shards it could not reach: they need not be asked a second time at once.
                let known = Set(view.shards)
                for part in ShardErrors(error).parts {
                    guard let shard = part.shard, known.contains(shard) else { continue }
                    view.fellSilent(shard, error: part.reason, at: wallClock())
                    askAgainAt[shard] = wallClock() + Self.silencePace
                }
            }
        }
        return await readShards(filter, isKept: isKept)
    }

    private enum Whole {
        case rows([MigrationRow])
        /// A shard stands in the way, or the answers do not fit together.
        case failed(String)
        /// Nobody answers at all.
        case noVTGate(String)
    }

    private var triesWhole: Bool {
        guard case .shardByShard = reading else { return true }
        if !view.isSilentSomewhere { return true }
        return tryWholeAt.map { $0 <= wallClock() } ?? true
    }

    private func readWhole(_ filter: RowFilter) async -> Whole {
        do throws(VTGateError) {
            let answer = try await readers.read(.showMigrations(.everyShard(keyspace), filter))
            do throws(UnreadableRow) { return .rows(try rowsOfAll(answer)) } catch { return .failed(error.text) }
        } catch {
            if case .connecting = error.doing { return .noVTGate(error.mysql.description) }
            return .failed(error.mysql.message)
        }
    }

    /// Asks each shard by itself, some at a time. One that is silent is asked only now and then.
    private func readShards(_ filter: RowFilter, isKept: Bool) async -> KeyspaceView {
        let now = wallClock()
        let asked = view.shards.filter { askAgainAt[$0].map { $0 <= now } ?? true }
        var new = view
        await withTaskGroup(of: (ShardName, Result<[MigrationRow], UnansweredShard>).self) { group in
            var rest = asked[...]
            func next() {
                guard let shard = rest.popFirst() else { return }
                let readers = readers
                group.addTask { (shard, await Self.read(shard, filter, readers)) }
            }
            for _ in 0..<Self.mostReads { next() }
            for await (shard, result) in group {
                next()
                switch result {
                case .success(let rows):
                    askAgainAt[shard] = nil
                    new.absorb(rows, of: [shard], asked: filter, horizon: horizon, at: wallClock())
                    if isKept { keep(new, rows) }
                case .failure(let error):
                    askAgainAt[shard] = wallClock() + Self.silencePace
                    new.fellSilent(shard, error: error.text, at: wallClock())
                    if isKept { view = new }
                }
            }
        }
        return new
    }

    private struct UnansweredShard: Error {
        let text: String
    }

    private static func read(
        _ shard: ShardName, _ filter: RowFilter, _ readers: VTGateReaders
    ) async -> Result<[MigrationRow], UnansweredShard> {
        guard let target = ShardTarget(shard) else { return .failure(UnansweredShard(text: "a shard of this name cannot be asked")) }
        do throws(VTGateError) {
            let answer = try await readers.read(.showMigrations(.one(target), filter))
            do throws(UnreadableRow) {
                return .success(try rows(answer))
            } catch {
                return .failure(UnansweredShard(text: "its rows cannot be read: \(error.text)"))
            }
        } catch {
            return .failure(UnansweredShard(text: ShardErrors.firstReason(error.mysql.message)))
        }
    }

    /// Rows that came with the last such answer too are that answer's: most rows do not change from one read to the next.
    private func rowsOfAll(_ answer: VTGateAnswer) throws(UnreadableRow) -> [MigrationRow] {
        var rows: [MigrationRow] = []
        rows.reserveCapacity(answer.rows.count)
        var known: [Int: MigrationRow] = [:]
        known.reserveCapacity(answer.rows.count)
        for row in answer.rows {
            let fingerprint = row.fingerprint
            let read: MigrationRow
            if let same = lastRows[fingerprint] { read = same } else { read = try MigrationRow(row) }
            known[fingerprint] = read
            rows.append(read)
        }
        lastRows = known
        return rows
    }

    private static func rows(_ answer: VTGateAnswer) throws(UnreadableRow) -> [MigrationRow] {
        var rows: [MigrationRow] = []
        rows.reserveCapacity(answer.rows.count)
        for row in answer.rows { rows.append(try MigrationRow(row)) }
        return rows
    }

    /// Nothing that ended before is kept.
    private var horizon: Timestamp { wallClock() + (.zero - history) }

    private func keep(_ new: KeyspaceView, _ rows: [MigrationRow]) {
        for row in rows { absentColumns[row.name] = row.absent }
        var new = new
        new.version = VersionKnowledge(stated: view.version.stated, absentColumns: Array(absentColumns.values))
        view = new
    }

    // MARK: - What surrounds the rows

    private func adoptTopology() async {
        let topology = await topologyReader.topology
        let shards = topology.shards[keyspace] ?? []
        let tablets = topology.tablets.filter { $0.name.keyspace == keyspace.text }
        let replication = topology.replication.filter { $0.name.keyspace == keyspace.text }
        let version = VersionKnowledge(stated: topology.version, absentColumns: Array(absentColumns.values))
        // A view that did not change is not read anew.
        if !shards.isEmpty || topology.readAt != nil, view.shards != shards { view.shards = shards }
        if view.tablets != tablets { view.tablets = tablets }
        if view.replication != replication { view.replication = replication }
        if view.version != version { view.version = version }
    }

    /// Throttlers and rules, while anything is pending. What cannot be read is not known: nothing is shown in its place.
    private func readThrottlers() async {
        let now = wallClock()
        guard view.hasPending, case .keyspaceWide = reading else { return }
        let isDue = throttlersReadAt.map { $0.age(at: now) >= Self.throttlerPace } ?? true
        guard isDue || (commandedAt.map { $0 >= (throttlersReadAt ?? $0) } ?? false) else { return }
        throttlersReadAt = now
        do throws(VTGateError) {
            let status = try await readers.read(.showThrottlerStatus(keyspace))
            let apps = try await readers.read(.showThrottledApps(keyspace))
            view.throttlers = Self.known(status, ThrottlerRow.init)
            view.throttledApps = Set(Self.known(apps, ThrottledAppRow.init))
        } catch {
            view.throttlers = []
            view.throttledApps = []
            throttlerErrors += 1
        }
    }

    /// How often throttlers could not be read.
    package private(set) var throttlerErrors = 0

    private static func known<Row>(_ answer: VTGateAnswer, _ read: (AnswerRow) throws(UnreadableRow) -> Row) -> [Row] {
        answer.rows.compactMap { row in
            do throws(UnreadableRow) { return try read(row) } catch { return nil }
        }
    }
}

extension KeyspaceView {
    /// A shard's last read did not succeed.
    package var isSilentSomewhere: Bool { shards.contains { reads[$0]?.silence != nil } }

    /// Vitess still has something to do.
    package var hasPending: Bool { reads.values.contains { $0.rows.contains { $0.status.isPending } } }

    /// Takes the rows a filter gave of some shards. What the filter does not cover is kept as it was, until the horizon.
    mutating func absorb(
        _ rows: [MigrationRow], of asked: [ShardName], asked filter: RowFilter, horizon: Timestamp, at now: Timestamp
    ) {
        let byShard = Dictionary(grouping: rows, by: \.name)
        for shard in asked {
            let fresh = byShard[shard] ?? []
            let known = Set(fresh.map(\.uuid))
            let kept = (reads[shard]?.rows ?? []).filter { row in
                !known.contains(row.uuid) && !filter.covers(row) && row.completedAt.map { $0 >= horizon } ?? true
            }
            took(kept + fresh, of: shard, at: now)
        }
    }
}

extension RowFilter {
    /// Whether a row like this would have come with the answer.
    func covers(_ row: MigrationRow) -> Bool {
        switch self {
        case .all: true
        case .recent(let since, let also):
            also.contains(row.uuid) || row.status.isPending || row.completedAt.map { $0 >= since } ?? false
                || row.requestedAt.map { $0 >= since } ?? false
        case .migration(let uuid): row.uuid == uuid
        case .family(let id, let reverted):
            row.context.hasPrefix(MigrationFamily.prefix(id)) || row.revertedUUID.map(reverted.contains) ?? false
        case .context(let context): row.context == context.text
        case .submitted(let since): row.requestedAt.map { $0 >= since } ?? false
        }
    }
}
