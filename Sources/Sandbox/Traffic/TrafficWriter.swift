internal import MySQLClient
internal import Synchronization

/// One connection that changes rows of its own and keeps the ledger of them.
///
/// Nobody else touches its rows, so what it knows is exact; where a connection was lost and the outcome is unknown, it asks the
/// table before it goes on.
final class TrafficWriter: Sendable {
    private enum Ending { case auto, commit, rollback }
    private struct Operation {
        var changes: [Change]
        var ending: Ending
    }

    let shard: TrafficShard
    let number: Int
    private let options: TrafficOptions
    private let statements: Statements
    private let stopwatch: Stopwatch
    private let book: Mutex<Ledger>

    init(shard: TrafficShard, number: Int, options: TrafficOptions, statements: Statements, stopwatch: Stopwatch) {
        self.shard = shard
        self.number = number
        self.options = options
        self.statements = statements
        self.stopwatch = stopwatch
        book = Mutex(Ledger(shape: statements.shape, writer: number, seed: options.seed))
    }

    /// What the table must hold of this writer; exact while the writer is between two operations.
    var ledger: Ledger { book.withLock { $0 } }

    /// The first content of a row that exists now, for its key; `nil` when there is none. Takes no copy of the ledger, which
    /// would make the writer's next change copy it too.
    func anyRow(_ random: inout SeededRandom) -> [SQLValue]? {
        book.withLock { ledger in
            ledger.live.isEmpty ? nil : ledger.pristine(Int(random.pick(ledger.live)))
        }
    }

    /// How many rows exist.
    var liveCount: Int { book.withLock { $0.live.count } }

    /// Inserts the first rows, a thousand a statement.
    func load(rows: Int) async throws(MySQLError) {
        let session = TrafficSession(shard, stopwatch)
        var left = rows
        while left > 0 {
            let count = min(left, 1000)
            let numbers = book.withLock { ledger in (0..<count).map { _ in ledger.nextNumber() } }
            let shape = statements.shape
            let batch = numbers.map { shape.row(writer: number, number: $0, seed: options.seed) }
            _ = try await session.ask(statements.insert(batch))
            book.withLock { ledger in
                for number in numbers { ledger.enter(.insert(number, new: [])) }
            }
            left -= count
        }
        await session.close()
    }

    /// Works until the gate says stop.
    func run(gate: TrafficGate) async {
        let session = TrafficSession(shard, stopwatch)
        var random = SeededRandom(seed: options.seed &+ 77, writer: number, number: book.withLock { $0.live.count })
        let target = max(20, book.withLock { $0.live.count })
        var pace = Pace(rate: options.rate)
        while await gate.pass() {
            let operation = book.withLock { Self.next(&$0, &random, target: target, options) }
            await perform(operation, session)
            await pace.wait()
        }
        await session.close()
    }

    private func perform(_ operation: Operation, _ session: TrafficSession) async {
        while true {
            var current: SQL = "START TRANSACTION"
            do throws(MySQLError) {
                if operation.ending != .auto { _ = try await session.run(current) }
                for change in operation.changes {
                    current = statements.statement(change)
                    let affected = try await session.run(current).status.affectedRows
                    if affected != 1 { note(current, nil, "\(affected) rows affected instead of 1") }
                }
                if operation.ending == .rollback {
                    current = "ROLLBACK"
                    _ = try await session.run(current)
                } else {
                    if operation.ending == .commit {
                        current = "COMMIT"
                        _ = try await session.run(current)
                    }
                    enter(operation)
                }
                stopwatch.countOperation()
                return
            } catch {
                switch await recover(from: error, at: current, operation, session) {
                case .again: continue
                case .done: return
                }
            }
        }
    }

    private enum Recovery { case again, done }

    private func recover(
        from error: MySQLError, at statement: SQL, _ operation: Operation, _ session: TrafficSession
    ) async -> Recovery {
        do throws(MySQLError) {
            if error.isDeadlock {
                stopwatch.countDeadlock()
                return .again
            }
            if error.endsSession {
                stopwatch.countLoss()
                while true {
                    do throws(MySQLError) {
                        try await session.reconnect()
                        if operation.ending != .rollback, try await happened(operation, session) { enter(operation) }
                        return .done
                    } catch  where error.endsSession && !session.isOutOfTime {
                        stopwatch.countLoss()
                    }
                }
            }
            note(statement, error, "error \(error.code): \(error.message)")
            if operation.ending != .auto { _ = try await session.ask("ROLLBACK") }
        } catch {
            note(statement, error, "not resolved: \(error)")
        }
        _ = await poll(within: .milliseconds(20)) { false }
        return .done
    }

    /// Asks the table whether all or none of the changes are there.
    private func happened(_ operation: Operation, _ session: TrafficSession) async throws(MySQLError) -> Bool {
        var yes = 0
        var no = 0
        for change in operation.changes {
            if try await holds(change.after, insteadOf: change.before, session) {
                yes += 1
            } else if try await holds(change.before, insteadOf: change.after, session) {
                no += 1
            }
        }
        if yes == operation.changes.count { return true }
        if no != operation.changes.count {
            note("COMMIT", nil, "\(yes) changes of a lost transaction are there, \(no) are not")
        }
        return false
    }

    /// Whether `row` is in the table as it stands here and `other` is not. Compares the columns that INSERT and UPDATE write,
    /// which exist before and after the schema change (a renamed column is never changed by an UPDATE, and its key tells).
    private func holds(
        _ row: [SQLValue]?, insteadOf other: [SQLValue]?, _ session: TrafficSession
    ) async throws(MySQLError) -> Bool {
        if let row {
            let shape = statements.shape
            let differing = shape.writtenPlaces.filter { place in
                shape.columns[place].isKey || other.map { $0[place] != row[place] } ?? false
            }
            var names: [Identifier] = []
            for place in differing { names.append(try Identifier(shape.columns[place].name)) }
            let found = try await session.ask(
                "SELECT \(names) FROM \(statements.table) WHERE \(statements.key(of: row))")
            guard found.count == 1 else { return false }
            // A widened column shows more digits than were written; equal numbers are equal.
            return zip(found[0].values, differing).allSatisfy { value, place in Self.same(value, row[place]) }
        }
        guard let other else { return true }
        return try await session.ask(statements.read(other)).isEmpty
    }

    private static func same(_ left: SQLValue, _ right: SQLValue) -> Bool {
        if case .decimal = left, let left = left.double, let right = right.double { return left == right }
        return left.comparable == right.comparable
    }

    private func enter(_ operation: Operation) {
        book.withLock { ledger in
            for change in operation.changes { ledger.enter(change) }
        }
    }

    private func note(_ statement: SQL, _ error: MySQLError?, _ what: String) {
        stopwatch.note(TrafficError(shard: shard.name, statement: statement.description, error: error, what: what))
    }

    // MARK: What to do next

    private static func next(
        _ ledger: inout Ledger, _ random: inout SeededRandom, target: Int, _ options: TrafficOptions
    ) -> Operation {
        let isTransaction = random.once(in: 6)
        var used: Set<Int> = []
        let count = isTransaction ? random.int(2..<6) : 1
        let changes = (0..<count).map { _ in change(&ledger, &random, &used, target: target, options) }
        let ending: Ending =
            if random.once(in: 16) { .rollback } else if isTransaction { .commit } else { .auto }
        return Operation(changes: changes, ending: ending)
    }

    private static func change(
        _ ledger: inout Ledger, _ random: inout SeededRandom, _ used: inout Set<Int>, target: Int,
        _ options: TrafficOptions
    ) -> Change {
        let shape = ledger.shape
        let number = ledger.live.isEmpty ? -1 : Int(random.pick(ledger.live))
        // A row appears once in a transaction: its ledger entry is the one from before.
        guard number >= 0, used.insert(number).inserted else { return insert(&ledger) }
        let old = ledger.row(number)
        switch random.int(0..<20) {
        case 0..<4:
            return ledger.live.count > target * 11 / 10 ? .delete(number, old: old) : insert(&ledger)
        case 4..<8:
            return ledger.live.count < target * 9 / 10 ? insert(&ledger) : .delete(number, old: old)
        case 8..<11 where shape.allowsKeyChange && options.changesKeys:
            if shape.recasesKey, random.once(in: 2) {
                var new = old
                for place in shape.keyPlaces { new[place] = recased(new[place]) }
                if new != old { return .update(number, old: old, new: new) }
            }
            let to = ledger.nextNumber()
            var new = old
            let fresh = ledger.pristine(to)
            for place in shape.keyPlaces { new[place] = fresh[place] }
            shape.derive(&new)
            return .rekey(from: number, to: to, old: old, new: new)
        default:
            // The server counts an UPDATE that changes nothing as no row affected, so make one that does.
            for _ in 0..<20 {
                var new = old
                shape.mutate(&new, &random)
                shape.derive(&new)
                if new != old { return .update(number, old: old, new: new) }
            }
            return insert(&ledger)
        }
    }

    private static func insert(_ ledger: inout Ledger) -> Change {
        let number = ledger.nextNumber()
        return .insert(number, new: ledger.pristine(number))
    }

    private static func recased(_ value: SQLValue) -> SQLValue {
        guard let text = value.string else { return value }
        let upper = text.uppercased()
        return .string(upper == text ? text.lowercased() : upper)
    }
}

/// Keeps to a rate without drifting: a late operation does not delay those after it.
struct Pace {
    private let interval: Duration?
    private var next = ContinuousClock.now

    init(rate: Double?) {
        interval = rate.map { .nanoseconds(Int64(1_000_000_000 / max($0, 0.001))) }
    }

    mutating func wait() async {
        guard let interval else { return }
        let now = ContinuousClock.now
        next = max(next + interval, now - .seconds(1))
        guard next > now else { return }
        // Cancelled: the gate ends the loop; there is nothing to clean up here.
        do { try await Task.sleep(until: next, clock: .continuous) } catch { return }
    }
}
