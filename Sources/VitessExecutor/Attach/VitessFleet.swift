package import Core
internal import Synchronization
internal import Vitess

/// The migrations of a Vitess cluster, through VTGate alone: nothing is installed and nothing is kept on the cluster.
///
/// Whoever wants a stream of snapshots runs `run` beside it: that is what polls. A single `snapshot` reads by itself.
package actor VitessFleet: OperatorService {
    let settings: AttachSettings
    let readers: VTGateReaders
    private let topologyReader: TopologyReader
    private var pollers: [KeyspaceName: KeyspacePoller] = [:]
    private var listeners: [Int: AsyncStream<FleetSnapshot>.Continuation] = [:]
    private var lastListener = 0
    /// `run` polls.
    private var isRunning = false
    /// Wakes the poll of a keyspace early.
    private var wakes: [KeyspaceName: Signal] = [:]
    /// What was sent from here, by migration.
    private var sent: [MigrationID: [EventLine]] = [:]
    /// What the topology could not be read for.
    private var trouble: VTGateError?

    /// A snapshot is sent at least this often, so that a silent program is not taken for a quiet fleet.
    private static let heartbeat = Duration.seconds(1)
    /// How often it is looked whether the topology is due again.
    private static let discovery = Duration.seconds(3)
    /// A one-time snapshot counts what was read this lately as now.
    private static let freshness = Duration.seconds(1)
    /// Own lines kept a migration.
    private static let mostLines = 100

    package init(_ settings: AttachSettings) {
        self.settings = settings
        readers = VTGateReaders(settings.endpoint, clock: settings.clock)
        topologyReader = TopologyReader(readers, wallClock: settings.wallClock)
    }

    /// Statements handed to VTGate for reading since the start.
    package var statementsSent: Int { get async { await readers.statementsSent } }

    /// Says goodbye to VTGate.
    package func close() async { await readers.closeIdle() }

    // MARK: - Polling

    /// Polls every keyspace until cancelled, and tells the listeners.
    package func run() async {
        isRunning = true
        defer { isRunning = false }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.beat() }
            var polled: Set<KeyspaceName> = []
            while !Task.isCancelled {
                await discover()
                for (keyspace, poller) in pollers where polled.insert(keyspace).inserted {
                    let wake = Signal()
                    wakes[keyspace] = wake
                    group.addTask { await self.follow(poller, wake) }
                }
                do { try await settings.clock.sleep(for: Self.discovery) } catch { break }
            }
            group.cancelAll()
        }
        await close()
    }

    private func follow(_ poller: KeyspacePoller, _ wake: Signal) async {
        while !Task.isCancelled {
            await poller.poll()
            await tell()
            await wake.wait(atMost: await poller.wait, clock: settings.clock)
        }
    }

    private func beat() async {
        while !Task.isCancelled {
            await tell()
            do { try await settings.clock.sleep(for: Self.heartbeat) } catch { return }
        }
    }

    private func tell() async {
        guard !listeners.isEmpty, await isKnown else { return }
        let snapshot = await assemble()
        for listener in listeners.values { listener.yield(snapshot) }
    }

    /// Something was read of every keyspace.
    private var isKnown: Bool {
        get async {
            for poller in pollers.values where await poller.polledAt == nil { return false }
            return !pollers.isEmpty
        }
    }

    /// Reads which keyspaces there are, and makes a poller for each that has none yet.
    private func discover() async {
        var isRunning = false
        for poller in pollers.values where await poller.view.hasPending { isRunning = true }
        do throws(VTGateError) {
            let topology = try await topologyReader.refresh(withReplication: isRunning)
            trouble = nil
            let wanted =
                settings.keyspaces.isEmpty
                ? topology.keyspaces.filter { topology.shards[$0] != nil } : settings.keyspaces
            for keyspace in wanted where pollers[keyspace] == nil {
                pollers[keyspace] = KeyspacePoller(
                    keyspace, readers: readers, topology: topologyReader, history: settings.history, sought: settings.sought,
                    wallClock: settings.wallClock)
            }
        } catch {
            trouble = error
        }
    }

    // MARK: - Snapshots

    package func snapshot() async throws(ServiceError) -> FleetSnapshot {
        // Who asks whether it still lives causes no read: the polls have their own pace.
        if isRunning, await isKnown { return await assemble() }
        try await ready()
        let now = settings.wallClock()
        await withDiscardingTaskGroup { group in
            for poller in pollers.values {
                group.addTask {
                    if let polledAt = await poller.polledAt, polledAt.age(at: now) < Self.freshness { return }
                    await poller.poll()
                }
            }
        }
        return await assemble()
    }

    package func snapshots() async throws(ServiceError) -> AsyncStream<FleetSnapshot> {
        try await ready()
        let (stream, continuation) = AsyncStream.makeStream(of: FleetSnapshot.self, bufferingPolicy: .bufferingNewest(1))
        lastListener += 1
        let number = lastListener
        listeners[number] = continuation
        let ended = ended
        continuation.onTermination = { _ in ended.add(number) }
        if await isKnown { continuation.yield(await assemble()) }
        return stream
    }

    /// Listeners that went away, to be forgotten at the next chance.
    private let ended = EndedListeners()

    private func assemble() async -> FleetSnapshot {
        for number in ended.take() { listeners[number] = nil }
        var views: [KeyspaceView] = []
        var changes = notes
        for poller in pollers.values {
            views.append(await poller.view)
            changes += await poller.changes
        }
        let now = settings.wallClock()
        if let read, read.changes == changes, now - read.at < Self.readingLife {
            return FleetSnapshot(at: now, environment: settings.environment, migrations: read.migrations)
        }
        let migrations = FleetReading.migrations(in: views, at: now).map { migration in
            sent[migration.spec.id].map { migration.adding($0) } ?? migration
        }
        read = (changes, now, migrations)
        return FleetSnapshot(at: now, environment: settings.environment, migrations: migrations)
    }

    /// What the views were last read as. While nothing has changed it holds for a moment: times in sentences grow old.
    private var read: (changes: Int, at: Timestamp, migrations: [MigrationSnapshot])?
    private static let readingLife = Duration.seconds(4)
    /// Lines noted so far.
    private var notes = 0

    /// Makes sure that the keyspaces are known.
    /// - Throws: VTGate does not answer or does not let us in; a keyspace that was named does not exist or has no shards.
    private func ready() async throws(ServiceError) {
        await discover()
        if let trouble, pollers.isEmpty { throw .failed(trouble.failure) }
        let topology = await topologyReader.topology
        guard topology.readAt != nil else { return }
        for keyspace in settings.keyspaces {
            guard topology.keyspaces.contains(keyspace) else {
                let known = topology.keyspaces.map(\.text).joined(separator: ", ")
                throw .failed(
                    Failure(
                        .preflightRefused, "VTGate at \(settings.endpoint.name) has no keyspace \(keyspace) for this user.",
                        cause: known.isEmpty ? "it names no keyspace at all" : "it names \(known)",
                        now: "nothing was changed", next: "name one of these with --keyspace"))
            }
            guard topology.shards[keyspace] != nil else {
                throw .failed(
                    Failure(
                        .preflightRefused, "The keyspace \(keyspace) has no serving shard.",
                        cause: "SHOW VITESS_SHARDS lists none of it", now: "nothing was changed",
                        next: "there is nothing to show before a shard serves"))
            }
        }
        if pollers.isEmpty {
            throw .failed(
                Failure(
                    .preflightRefused, "VTGate at \(settings.endpoint.name) names no keyspace with a serving shard to this user.",
                    now: "nothing was changed", next: "check the user's rights, and `SHOW VITESS_SHARDS`"))
        }
    }

    // MARK: - For commands

    /// The poller of the keyspace that has the migration, and everything about it, read now.
    func look(for uuid: VitessUUID) async throws(ServiceError) -> (poller: KeyspacePoller, view: KeyspaceView)? {
        try await ready()
        var holders: [KeyspacePoller] = []
        for poller in pollers.values where await poller.view.knows(uuid) { holders.append(poller) }
        // One that no poll has brought: it may have ended long ago, in any of them.
        if holders.isEmpty { holders = pollers.keys.sorted().compactMap { pollers[$0] } }
        for poller in holders {
            let view = await poller.look(at: uuid)
            if view.knows(uuid) { return (poller, view) }
            if let read = view.shards.first.flatMap({ view.reads[$0] }), let silence = read.silence, view.isSilentEverywhere {
                throw .unreachable("VTGate at \(settings.endpoint.name): \(silence.error)", sent: false)
            }
        }
        return nil
    }

    /// A command is about to be sent, or was: its keyspace is read at once.
    func hurry(_ poller: KeyspacePoller) async {
        await poller.commanded()
        wakes[poller.keyspace]?.send()
    }

    /// Adds a line to a migration's events.
    func note(_ line: EventLine, of migration: MigrationID) {
        notes += 1
        sent[migration, default: []].append(line)
        if sent[migration, default: []].count > Self.mostLines { sent[migration]?.removeFirst() }
    }
}

/// Filled from any thread, emptied by the fleet.
final class EndedListeners: Sendable {
    private let numbers = Mutex<[Int]>([])
    func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    func take() -> [Int] {
        numbers.withLock { numbers in
            defer { numbers = [] }
            return numbers
        }
    }
}

extension KeyspaceView {
    func knows(_ uuid: VitessUUID) -> Bool { shards.contains { row(uuid, on: $0) != nil } }

    /// No shard answers: VTGate itself, most likely.
    var isSilentEverywhere: Bool { !shards.isEmpty && shards.allSatisfy { reads[$0]?.silence != nil } }
}

extension MigrationSnapshot {
    /// With further lines among its events.
    func adding(_ lines: [EventLine]) -> MigrationSnapshot {
        let all = (events + lines).enumerated().sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return MigrationSnapshot(
            spec: spec, state: state, submittedBy: submittedBy, submittedAt: submittedAt, endedAt: endedAt, barrier: barrier,
            completion: completion, attempts: attempts, heldBecause: heldBecause, shards: shards, events: Array(all.suffix(200)),
            refusals: refusals, fleet: fleet, splitSince: splitSince, isAttached: isAttached)
    }
}
