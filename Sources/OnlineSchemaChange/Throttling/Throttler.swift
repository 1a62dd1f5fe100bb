package import Core
package import MySQLClient
internal import Synchronization

/// Holds one shard's copy while its servers are under pressure, or while nobody can tell.
///
/// `run` samples every server over a session of its own, reconnecting as needed, until it is cancelled. Copy workers call
/// `waitUntilAllowed` before each chunk: it returns at once or when a sample, or a person, clears the way.
package final class Throttler: Sendable {
    /// A server and how to reach it.
    package struct Server: Sendable {
        /// As the cluster file names it; replicas are reported under this name.
        package let name: String
        /// How to reach it.
        package let options: ConnectionOptions
        /// From its parts.
        package init(name: String, options: ConnectionOptions) {
            self.name = name
            self.options = options
        }
    }

    private struct Waiting {
        let number: UInt64
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var samples: [ThrottleGauge: ThrottleSample] = [:]
        var person: ManualThrottle?
        var verdict: ThrottleVerdict?
        /// On the stopwatch: when the present hold began, and how long earlier ones lasted together.
        var heldSince: Duration?
        var heldBefore = Duration.zero
        var waiting: [Waiting] = []
        var nextNumber: UInt64 = 0
        var sessions: Set<UInt64> = []
    }

    private let primary: Server
    private let replicas: [Server]
    private let policy: ThrottlePolicy
    private let gauges: [ThrottleGauge]
    private let interval: Duration
    private let clock: any Clock<Duration>
    private let stopwatch: @Sendable () -> Duration
    private let wallClock: @Sendable () -> Timestamp
    private let state = Mutex(State())

    /// - Parameters:
    ///   - replicas: every replica of the shard, in the cluster file's order.
    ///   - interval: between two samples of a gauge; a sample older than three of them holds the copy.
    ///   - wallClock: for the time a hold began.
    package init(
        primary: Server, replicas: [Server], policy: ThrottlePolicy, person: ManualThrottle? = nil,
        interval: Duration = .seconds(1), clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.primary = primary
        self.replicas = replicas
        self.policy = policy
        self.interval = interval
        self.clock = clock
        self.wallClock = wallClock
        stopwatch = Self.stopwatch(clock)
        gauges = ThrottleDecision.gauges(policy, primary: primary.name, replicas: replicas.map(\.name))
        state.withLock { $0.person = person }
        refresh()
    }

    // MARK: What it says

    /// Who holds the copy now, by how much and since when; `nil` when nobody does. Decided now, so that silence counts.
    package var verdict: ThrottleVerdict? {
        refresh()
        return state.withLock { $0.verdict }
    }

    /// How long the copy has been held, all holds together.
    package var throttledFor: Duration {
        let now = stopwatch()
        return state.withLock { $0.heldBefore + ($0.heldSince.map { now - $0 } ?? .zero) }
    }

    /// Every replica's lag, in the cluster file's order; `nil` where it is not known or the last sample is too old. Known also where
    /// the policy sets no limit.
    package var replicaLags: [ReplicaLag] {
        let now = stopwatch()
        return state.withLock { state in
            replicas.map { replica in
                let sample = state.samples[ThrottleGauge(.replicaLag, on: replica.name)]
                guard let sample, now - sample.at <= staleAfter, case .lag(let lag) = sample.reading else {
                    return ReplicaLag(host: replica.name, lag: nil)
                }
                return ReplicaLag(host: replica.name, lag: lag)
            }
        }
    }

    /// The sessions it has open on the primary, for a look for blockers to leave out.
    package var primarySessions: Set<UInt64> { state.withLock { $0.sessions } }

    /// Holds the copy by hand, or lets go with `nil`. Takes effect at once.
    package func hold(by person: ManualThrottle?) {
        state.withLock { $0.person = person }
        refresh()
    }

    /// Returns when the copy may go on.
    /// - Throws: `CancellationError`, also when it may go on.
    package func waitUntilAllowed() async throws {
        while true {
            try Task.checkCancellation()
            if verdict == nil { return }
            await wait()
        }
    }

    // MARK: Sampling

    /// Samples until it is cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for replica in replicas {
                group.addTask { await self.watch(replica, [ThrottleGauge(.replicaLag, on: replica.name)], setup: []) }
            }
            let own = gauges.filter { $0.source != .replicaLag && $0.source != .query }
            if !own.isEmpty { group.addTask { await self.watch(self.primary, own, setup: []) } }
            // Alone, so that a slow query does not make the other gauges look dead; and it may only read.
            if policy.query != nil {
                group.addTask {
                    await self.watch(
                        self.primary, [ThrottleGauge(.query, on: self.primary.name)],
                        setup: ["SET SESSION TRANSACTION READ ONLY"])
                }
            }
            // Silence makes no sample: something has to notice it.
            group.addTask { await self.everyInterval { self.refresh() } }
        }
    }

    /// Reads the gauges of one server at each interval, over one session as long as it lasts.
    private func watch(_ server: Server, _ gauges: [ThrottleGauge], setup: [SQL]) async {
        var connection: Connection?
        await everyInterval {
            do throws(MySQLError) {
                let session: Connection
                if let connection, await connection.isOpen {
                    session = connection
                } else {
                    session = try await self.open(server, setup)
                    connection = session
                }
                for gauge in gauges { self.take(try await self.read(gauge, session), of: gauge) }
            } catch {
                // Not read is not fine: every gauge of this server says so, and the next round tries again.
                let why = error.isConnectionLost || connection == nil ? "no answer" : error.message
                for gauge in gauges { self.take(.unknown(why), of: gauge) }
                await self.close(connection)
                connection = nil
            }
        }
        await close(connection)
    }

    private func open(_ server: Server, _ setup: [SQL]) async throws(MySQLError) -> Connection {
        var options = server.options
        options.connectTimeout = .seconds(3)
        // A server that is frozen answers nothing; then the session is given up.
        options.readTimeout = .seconds(5)
        let connection = try await Connection.open(options, setup: .standard.adding(setup))
        if server.name == primary.name { state.withLock { _ = $0.sessions.insert(connection.connectionID) } }
        return connection
    }

    private func close(_ connection: Connection?) async {
        guard let connection else { return }
        state.withLock { _ = $0.sessions.remove(connection.connectionID) }
        await connection.close()
    }

    private func read(_ gauge: ThrottleGauge, _ connection: Connection) async throws(MySQLError) -> ThrottleReading {
        switch gauge.source {
        case .replicaLag: try await GaugeReader.replicaLag(connection)
        case .threadsRunning: try await GaugeReader.threadsRunning(connection)
        case .historyLength: try await GaugeReader.historyLength(connection)
        case .query: try await GaugeReader.query(policy.query ?? "", connection)
        case .person: .unknown("not a gauge")
        }
    }

    private func everyInterval(_ body: () async -> Void) async {
        while !Task.isCancelled {
            await body()
            do {
                try await clock.sleep(for: interval)
            } catch {
                return
            }
        }
    }

    // MARK: Deciding

    private var staleAfter: Duration { interval * 3 }

    func take(_ reading: ThrottleReading, of gauge: ThrottleGauge) {
        let now = stopwatch()
        state.withLock { $0.samples[gauge] = ThrottleSample(reading, at: now) }
        refresh()
    }

    /// Decides anew and lets the waiting go when the way is free.
    private func refresh() {
        let now = stopwatch()
        let time = wallClock()
        let free = state.withLock { state -> [Waiting] in
            let hold = ThrottleDecision.decide(
                gauges: gauges, samples: state.samples, policy: policy, person: state.person, staleAfter: staleAfter,
                now: now)
            guard let hold else {
                state.heldBefore += state.heldSince.map { now - $0 } ?? .zero
                state.heldSince = nil
                state.verdict = nil
                defer { state.waiting = [] }
                return state.waiting
            }
            let last = state.verdict
            let goesOn = last?.source == hold.source && last?.by == hold.by
            state.verdict = ThrottleVerdict(
                source: hold.source, by: hold.by, value: hold.value, limit: hold.limit,
                since: state.person?.since ?? (goesOn ? last?.since ?? time : time))
            if state.heldSince == nil { state.heldSince = now }
            return []
        }
        for waiting in free { waiting.continuation.resume() }
    }

    /// Until something lets the waiting go, or this task is cancelled.
    private func wait() async {
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isQueued = state.withLock { state in
                    // A cancellation before this line found nothing to resume, so it is asked for here.
                    if state.verdict == nil || Task.isCancelled { return false }
                    state.waiting.append(Waiting(number: number, continuation: continuation))
                    return true
                }
                if !isQueued { continuation.resume() }
            }
        } onCancel: {
            let waiting = state.withLock { state in
                state.waiting.firstIndex { $0.number == number }.map { state.waiting.remove(at: $0) }
            }
            waiting?.continuation.resume()
        }
    }

    private static func stopwatch<C: Clock>(_ clock: C) -> @Sendable () -> Duration where C.Duration == Duration {
        let start = clock.now
        return { start.duration(to: clock.now) }
    }
}
