internal import Core
internal import Vitess

/// `strategy: direct`: the server's own DDL, which Vitess tracks nowhere. Its gate is that it is not sent; what became of it is read
/// off the table's definition on each shard.
struct DirectWork: Sendable {
    let driver: MigrationDriver
    let shard: ShardName
    let facts: any FactSink

    /// Ready as soon as the table is what the plan pinned.
    func run(_ run: RunID) async {
        do throws(EngineStopping) {
            switch await definition() {
            case .failure(let failure): try await facts.report(.failed(run, failure))
            case .success(let text):
                guard TableDefinition(text).fingerprint == driver.spec.pinnedFingerprint else {
                    let failure = Failure(
                        .tableChanged, "\(shard): the table is not what it was when the plan was made.",
                        now: "nothing was sent", next: "plan again")
                    return try await facts.report(.failed(run, failure))
                }
                try await facts.report(
                    .prepared(
                        run,
                        Preparation(
                            shadowTable: "", keyName: "none needed", keyColumns: [], estimatedRows: 0, server: "VTGate")))
                try await facts.report(.ready(run))
            }
        } catch { return }
    }

    func commit(_ run: RunID, _ attempt: Int) async {
        let driver = driver
        let expected = await driver.heldCount(attempt)
        let sent = await driver.gathering.together("direct \(attempt)", shard, expected: expected) { _ in await driver.sendDirect() }
        await answer(run, attempt, sent)
    }

    func ask(_ run: RunID, _ attempt: Int) async {
        let lost = Failure(
            .interrupted, "\(shard): the table is as it was; whether the statement was sent is not known.",
            next: "look at the server, then retry")
        await answer(run, attempt, lost)
    }

    private func answer(_ run: RunID, _ attempt: Int, _ sent: Failure?) async {
        let outcome: ReleaseOutcome
        switch await definition() {
        case .failure(let failure): outcome = .unknown(failure)
        case .success(let text):
            // Answered without an error it was carried out everywhere, if only to no visible effect.
            if let sent, TableDefinition(text).fingerprint == driver.spec.pinnedFingerprint {
                outcome = .notSwapped(sent)
            } else {
                outcome = .swapped(CutOverReport(swappedAt: driver.work.wallClock(), writesHeld: .zero, oldTable: nil))
            }
        }
        do throws(EngineStopping) { try await facts.report(.released(run, attempt: attempt, outcome)) } catch { return }
    }

    private func definition() async -> Result<String, Failure> {
        await driver.definition(of: shard)
    }
}

extension MigrationDriver {
    /// As the shard has it now; empty for a table that the statement is to make.
    func definition(of shard: ShardName) async -> Result<String, Failure> {
        let found = await ShardDefinition.read(spec.table, on: shard, through: work)
        if case .failure(let failure) = found, ShardDefinition.isMissing(failure), spec.statement.lowercased().hasPrefix("create") {
            return .success("")
        }
        return found
    }

    /// Sends the statement itself, to the whole keyspace: it reaches every shard or none, so none may have it already.
    func sendDirect() async -> Failure? {
        let strategy: CoordinatedStrategy
        do throws(Failure) { strategy = try CoordinatedStrategy(spec) } catch { return error }
        for shard in spec.shards {
            switch await definition(of: shard) {
            case .failure(let failure): return failure
            case .success(let text):
                if TableDefinition(text).fingerprint == spec.pinnedFingerprint { continue }
                return Failure(
                    .tableChanged, "\(shard) has another definition already, and direct DDL reaches every shard.",
                    now: "nothing was sent", next: "bring the shards to one definition by hand")
            }
        }
        do throws(Failure) {
            _ = try await work.send(.submit(strategy.statement, work.keyspace), under: strategy.flags, context: nil)
            return nil
        } catch { return error }
    }
}
