internal import MySQLClient

/// One connection that reads by key, and so sees at once when the table is missing.
final class TrafficReader: Sendable {
    private let shard: TrafficShard
    private let number: Int
    private let options: TrafficOptions
    private let statements: Statements
    private let stopwatch: Stopwatch

    init(shard: TrafficShard, number: Int, options: TrafficOptions, statements: Statements, stopwatch: Stopwatch) {
        self.shard = shard
        self.number = number
        self.options = options
        self.statements = statements
        self.stopwatch = stopwatch
    }

    /// Reads rows of `writers`, which may come and go meanwhile, until the gate says stop.
    func run(gate: TrafficGate, writers: [TrafficWriter]) async {
        let session = TrafficSession(shard, stopwatch)
        var random = SeededRandom(seed: options.seed &+ 99, writer: number, number: 0)
        var pace = Pace(rate: options.rate)
        while await gate.pass() {
            let row = writers.isEmpty ? nil : random.pick(writers).anyRow(&random)
            let sql: SQL = row.map { statements.read($0) } ?? "SELECT 1 FROM \(statements.table) LIMIT 1"
            do throws(MySQLError) {
                _ = try await session.run(sql)
                stopwatch.countOperation()
            } catch {
                await recover(from: error, at: sql, session)
            }
            await pace.wait()
        }
        await session.close()
    }

    private func recover(from error: MySQLError, at sql: SQL, _ session: TrafficSession) async {
        do throws(MySQLError) {
            if error.endsSession {
                stopwatch.countLoss()
                return try await session.reconnect()
            }
            stopwatch.note(
                TrafficError(
                    shard: shard.name, statement: sql.description, error: error,
                    what: "error \(error.code): \(error.message)"))
        } catch {
            stopwatch.note(
                TrafficError(
                    shard: shard.name, statement: sql.description, error: error, what: "not resolved: \(error)"))
        }
    }
}
