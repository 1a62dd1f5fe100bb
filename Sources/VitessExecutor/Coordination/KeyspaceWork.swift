internal import Core
internal import MySQLClient
internal import Vitess

/// One keyspace behind one VTGate, as all its migrations share it: one poll for all of them, and sessions for commands.
///
/// The polls have no task of their own: whoever waits for the next view and finds nobody reading, reads.
actor KeyspaceWork {
    nonisolated let keyspace: KeyspaceName
    nonisolated let clock: any Clock<Duration>
    nonisolated let wallClock: @Sendable () -> Timestamp
    private let endpoint: VTGateEndpoint
    private let topology: TopologyReader
    private let poller: KeyspacePoller
    private let early = Signal()
    private nonisolated let look: BlockerLook?

    private var sequence = 0
    private var isReading = false
    private var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
    private var nextWaiter = 0

    init(
        _ keyspace: KeyspaceName, at endpoint: VTGateEndpoint, clock: any Clock<Duration>,
        wallClock: @escaping @Sendable () -> Timestamp, blockers: BlockerLook? = nil
    ) {
        self.keyspace = keyspace
        self.endpoint = endpoint
        self.clock = clock
        self.wallClock = wallClock
        look = blockers
        let readers = VTGateReaders(endpoint, clock: clock)
        topology = TopologyReader(readers, wallClock: wallClock)
        poller = KeyspacePoller(keyspace, readers: readers, topology: topology, wallClock: wallClock)
    }

    // MARK: - Reading

    /// A view and its number.
    struct Numbered: Sendable {
        let number: Int
        let view: KeyspaceView
    }

    /// The next view after the one the caller has seen; `nil` when the wait was cut short by `poke` or by cancellation.
    func view(after seen: Int) async -> Numbered? {
        if sequence > seen { return Numbered(number: sequence, view: await poller.view) }
        guard !isReading else {
            await change()
            return sequence > seen ? Numbered(number: sequence, view: await poller.view) : nil
        }
        isReading = true
        if sequence > 0 { await early.wait(atMost: await poller.wait, clock: clock) }
        if !Task.isCancelled {
            await refreshTopology()
            await poller.poll()
            sequence += 1
        }
        isReading = false
        let view = await poller.view
        wakeAll()
        return sequence > seen ? Numbered(number: sequence, view: view) : nil
    }

    /// Returns after the next read, whoever makes it.
    func nextChange() async { _ = await view(after: .max) }

    /// A read that begins now, of the rows the filter asks for; the rest of the view is as old as the last poll.
    func fresh(_ filter: RowFilter) async -> KeyspaceView {
        await refreshTopology()
        return await poller.look(filter)
    }

    /// Every waiter looks up: something changed that no row tells.
    func poke() {
        wakeAll()
        early.send()
    }

    /// The shards as VTGate serves them now.
    func shards() async throws(VTGateError) -> [ShardName] {
        try await topology.refresh(withReplication: false).shards[keyspace] ?? []
    }

    /// What VTGate has said of itself so far.
    func version() async -> VersionKnowledge { await poller.view.version }

    /// One read of one shard.
    func read(_ statement: VitessStatement) async throws(VTGateError) -> VTGateAnswer {
        try await readers.read(statement)
    }

    private lazy var readers = VTGateReaders(endpoint, clock: clock)

    private func refreshTopology() async {
        // Without an answer what was known stays known; the rows' own read says that VTGate is away.
        do throws(VTGateError) { try await topology.refresh(withReplication: true) } catch { topologyErrors += 1 }
    }

    /// How often VTGate did not say which shards there are.
    private(set) var topologyErrors = 0

    private func change() async {
        let ticket = nextWaiter
        nextWaiter += 1
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                if Task.isCancelled { return continuation.resume() }
                waiting[ticket] = continuation
            }
        } onCancel: { [weak self] in
            // Resumed by the next view at the latest; a cancelled reader hands its turn on by itself.
            self?.early.send()
        }
    }

    private func wakeAll() {
        let woken = waiting
        waiting = [:]
        for (_, continuation) in woken { continuation.resume() }
    }

    // MARK: - The shard's own server

    /// Who is on the migration's table now, as the shard's own server tells; `nil` where nobody may ask it.
    nonisolated func blockers(of spec: MigrationSpec, on shard: ShardName) async throws(Failure) -> [Blocker]? {
        guard let look else { return nil }
        return try await BlockerSight.look(look, spec, shard, clock: clock)
    }

    // MARK: - Commanding

    /// Sends one statement in a session of its own, once. What became of it is for the rows to tell.
    func send(_ statement: VitessStatement) async throws(VTGateError) -> VTGateAnswer {
        let session = try await VTGateSession.open(endpoint, for: .commanding(statement.target), clock: clock)
        let result: Result<VTGateAnswer, VTGateError>
        do throws(VTGateError) { result = .success(try await session.run(statement)) } catch { result = .failure(error) }
        await session.close()
        await poller.commanded()
        early.send()
        return try result.get()
    }

    /// Sends a statement under a strategy, and a context where it takes one, each of which the session must show first: after a
    /// refused SET it would run directly.
    /// - Throws: a `Failure`; its `kind` is `connectionLost` where the statement may have been taken.
    func send(_ statement: VitessStatement, under flags: StrategyFlags, context: MigrationContext?) async throws(Failure) -> VTGateAnswer {
        do throws(VTGateError) {
            let session = try await VTGateSession.open(endpoint, for: .commanding(statement.target), clock: clock)
            let result: Result<VTGateAnswer, VTGateError>
            do throws(VTGateError) {
                _ = try await session.run(.setStrategy(flags))
                let strategy = try await session.run(.readStrategy).rows.first?["@@ddl_strategy"].text
                var isTaken = strategy == flags.description
                if let context {
                    _ = try await session.run(.setContext(context))
                    let shown = try await session.run(.readContext).rows.first?["@@migration_context"].text
                    isTaken = isTaken && shown == context.text
                }
                guard isTaken else {
                    throw VTGateError(.refused("the session did not take the strategy"), at: endpoint, doing: .running(statement))
                }
                result = .success(try await session.run(statement))
            } catch { result = .failure(error) }
            await session.close()
            await poller.commanded()
            early.send()
            return try result.get()
        } catch { throw error.failure }
    }
}
