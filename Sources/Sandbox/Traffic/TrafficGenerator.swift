package import MySQLClient

/// Live traffic on one table over some shards, with its own ledger of what the table must hold.
///
/// Each writer owns rows nobody else touches and enters a change only when it is known to be committed; `verify` compares every
/// row of a table with the ledger. Run it with `during`; cancelling a run leaves the ledger unsure, ending it does not.
package final class TrafficGenerator: Sendable {
    /// The table and its rows.
    package let shape: TableShape
    /// Where it runs, in the order of `verify(shard:)`.
    package let shards: [TrafficShard]
    /// How much of it.
    package let options: TrafficOptions

    private let gate = TrafficGate()
    private let writers: [[TrafficWriter]]
    private let readers: [[TrafficReader]]
    private let stopwatches: [Stopwatch]
    private let statements: [Statements]

    /// Nothing is connected yet.
    /// - Throws: a refusal for a database name that cannot be one.
    package init(shape: TableShape, shards: [TrafficShard], options: TrafficOptions = TrafficOptions())
        throws(MySQLError)
    {
        self.shape = shape
        self.shards = shards
        self.options = options
        var writers: [[TrafficWriter]] = []
        var readers: [[TrafficReader]] = []
        var stopwatches: [Stopwatch] = []
        var all: [Statements] = []
        for (index, shard) in shards.enumerated() {
            let statements = try Statements(shape: shape, database: shard.database)
            all.append(statements)
            func stopwatch(_ isWriter: Bool) -> Stopwatch {
                let stopwatch = Stopwatch(isWriter: isWriter, shard: index)
                stopwatches.append(stopwatch)
                return stopwatch
            }
            writers.append(
                (0..<options.writersPerShard).map {
                    TrafficWriter(
                        shard: shard, number: index * options.writersPerShard + $0, options: options,
                        statements: statements, stopwatch: stopwatch(true))
                })
            readers.append(
                (0..<options.readersPerShard).map {
                    TrafficReader(
                        shard: shard, number: index * options.readersPerShard + $0, options: options,
                        statements: statements, stopwatch: stopwatch(false))
                })
        }
        self.writers = writers
        self.readers = readers
        self.stopwatches = stopwatches
        statements = all
    }

    /// Makes the table on every shard; it must not be there.
    package func createTables() async throws {
        for shard in shards {
            let connection = try await Connection.open(shard.connection)
            try await connection.execute(try shape.createStatement(in: shard.database))
            await connection.close()
        }
    }

    /// Inserts so many rows on every shard, all writers at the same time.
    package func load(rowsPerShard: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in writers.joined() {
                let share = options.writersPerShard
                let place = writer.number % share
                let rows = rowsPerShard / share + (place < rowsPerShard % share ? 1 : 0)
                group.addTask { try await writer.load(rows: rows) }
            }
            try await group.waitForAll()
        }
    }

    // MARK: Running

    /// Runs the traffic while `body` runs, then ends it in an orderly way, whether `body` throws or not.
    package func during<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        await gate.begin(members: stopwatches.count)
        async let traffic: Void = runAll()
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        await finish()
        await traffic
        return try result.get()
    }

    /// Runs until `finish` is called. One run at a time.
    package func run() async {
        await gate.begin(members: stopwatches.count)
        await runAll()
    }

    /// Ends the run after the operations under way.
    package func finish() async { await gate.finish() }

    /// Holds the traffic between operations; returns when none is under way.
    package func pause() async { await gate.close() }

    /// Lets it go on.
    package func resume() async { await gate.open() }

    private func runAll() async {
        let gate = gate
        await withTaskGroup(of: Void.self) { group in
            for (writers, readers) in zip(writers, readers) {
                for writer in writers {
                    group.addTask {
                        await writer.run(gate: gate)
                        await gate.leave()
                    }
                }
                for reader in readers {
                    group.addTask {
                        await reader.run(gate: gate, writers: writers)
                        await gate.leave()
                    }
                }
            }
        }
    }

    // MARK: What it saw

    /// What has happened so far, on one shard (by place) or on all.
    package func report(shard: Int? = nil) -> TrafficReport {
        let chosen = stopwatches.filter { shard == nil || $0.shard == shard }
        let contents = chosen.map { (isWriter: $0.isWriter, content: $0.snapshot) }
        return TrafficReport(
            operations: contents.reduce(0) { $0 + $1.content.operations },
            errors: contents.flatMap(\.content.errors), errorCount: contents.reduce(0) { $0 + $1.content.errorCount },
            deadlocks: contents.reduce(0) { $0 + $1.content.deadlocks },
            connectionLosses: contents.reduce(0) { $0 + $1.content.losses },
            tableMissing: contents.reduce(0) { $0 + $1.content.tableMissing },
            writes: LatencySummary(contents.filter(\.isWriter).map(\.content)),
            reads: LatencySummary(contents.filter { !$0.isWriter }.map(\.content)))
    }

    /// The longest any statement has taken since `resetStall`, on one shard or on all: those still waiting count with the time
    /// they have waited.
    package func longestStall(shard: Int? = nil) -> Duration {
        let now = ContinuousClock.now
        return stopwatches.filter { shard == nil || $0.shard == shard }.map { $0.longestStall(now: now) }.max() ?? .zero
    }

    /// How long the writers' statements have taken that ended since `resetStall`, on one shard or on all.
    package func recentWrites(shard: Int? = nil) -> LatencySummary {
        LatencySummary(
            stopwatches.filter { $0.isWriter && (shard == nil || $0.shard == shard) }.map(\.snapshot), recent: true)
    }

    /// Starts a new measurement of `longestStall` and `recentWrites`. A statement under way counts with its whole time when it ends.
    package func resetStall() {
        stopwatches.forEach { $0.resetStall() }
    }

    // MARK: Is it all there?

    /// How many rows the ledger has for a shard.
    package func expectedRows(shard: Int) -> Int { writers[shard].reduce(0) { $0 + $1.liveCount } }

    /// Compares every row of a table with the ledger. The traffic must be paused or ended.
    ///
    /// - Parameter table: the table to compare, in the shard's database; by default the shape's own.
    /// - Parameter altered: whether the table has gone through the shape's schema change.
    /// - Parameter options: how to connect; by default as the traffic does.
    /// - Throws: what the server answered; nothing is said about the rows then.
    package func verify(
        shard: Int, table: String? = nil, altered: Bool, through options: ConnectionOptions? = nil
    ) async throws(MySQLError) -> Verification {
        let connection = try await Connection.open(options ?? shards[shard].connection)
        let name = try QualifiedName(database: shards[shard].database, table: table ?? shape.table)
        let verification = try await Verification.compare(
            name, over: connection, shape: shape, altered: altered, ledgers: writers[shard].map(\.ledger))
        await connection.close()
        return verification
    }
}
