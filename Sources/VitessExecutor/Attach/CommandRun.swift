internal import Core
internal import MySQLClient
internal import Vitess

/// Sends the statements of one command, each once.
///
/// Every target has a session of its own. Once something went wrong in a session nothing more is sent to its target: what follows
/// may rest on what failed.
struct CommandRun {
    /// What came of one statement.
    struct Outcome: Sendable {
        let statement: VitessStatement
        let target: VitessStatement.Target
        let result: Result<VTGateAnswer, VTGateError>

        var error: VTGateError? { if case .failure(let error) = result { error } else { nil } }
        /// Handed over to VTGate.
        var wasSent: Bool { error?.wasSent ?? true }
    }

    let endpoint: VTGateEndpoint
    let clock: any Clock<Duration>

    /// Sessions open at the same time.
    private static let mostSessions = 8

    /// One after the other; those of a step at the same time, a few at once.
    func send(_ steps: [[VitessStatement]]) async -> [Outcome] {
        var lines: [VitessStatement.Target: [VitessStatement]] = [:]
        var order: [VitessStatement.Target] = []
        var pending: [VitessStatement] = []
        for statement in steps.flatMap(\.self) {
            // What needs no target belongs into the session of what follows it.
            pending.append(statement)
            guard statement.target != .any else { continue }
            if lines[statement.target] == nil { order.append(statement.target) }
            lines[statement.target, default: []] += pending
            pending = []
        }
        // The steps keep their order within a target; between targets nothing depends on it.
        var outcomes: [Int: [Outcome]] = [:]
        await withTaskGroup(of: (Int, [Outcome]).self) { group in
            var next = 0
            func add() {
                guard next < order.count else { return }
                let (index, target) = (next, order[next])
                let statements = lines[target] ?? []
                next += 1
                group.addTask { (index, await send(statements, to: target)) }
            }
            for _ in 0..<Self.mostSessions { add() }
            for await (index, sent) in group {
                outcomes[index] = sent
                add()
            }
        }
        return order.indices.flatMap { outcomes[$0] ?? [] }
    }

    private func send(_ statements: [VitessStatement], to target: VitessStatement.Target) async -> [Outcome] {
        let session: VTGateSession
        do throws(VTGateError) {
            session = try await VTGateSession.open(endpoint, for: .commanding(target), clock: clock)
        } catch {
            return statements.prefix(1).map { Outcome(statement: $0, target: target, result: .failure(error)) }
        }
        var outcomes: [Outcome] = []
        var strategy: StrategyFlags?
        for statement in statements {
            if case .setStrategy(let flags) = statement { strategy = flags }
            do throws(VTGateError) {
                let answer = try await session.run(statement)
                if statement == .readStrategy, let strategy { try check(answer, strategy) }
                outcomes.append(Outcome(statement: statement, target: target, result: .success(answer)))
            } catch {
                outcomes.append(Outcome(statement: statement, target: target, result: .failure(error)))
                break
            }
        }
        await session.close()
        return outcomes
    }

    /// A refused SET leaves the old strategy, and the session would go on with it.
    private func check(_ answer: VTGateAnswer, _ wanted: StrategyFlags) throws(VTGateError) {
        let found = answer.rows.first?.only ?? ""
        guard found == wanted.description else {
            throw VTGateError(
                .refused("the session's strategy is '\(found)', not '\(wanted.description)'"), at: endpoint,
                doing: .running(.readStrategy))
        }
    }
}

extension AnswerRow {
    /// The value of an answer with one column.
    var only: String? { columns.count == 1 ? columns.first.flatMap { self[$0].text } : nil }
}
