internal import Core
internal import Vitess

/// One shard's table as it is now, read in a session that is aimed at it and carries nothing but this question.
enum ShardDefinition {
    static func read(_ table: String, on shard: ShardName, through work: KeyspaceWork) async -> Result<String, Failure> {
        guard let target = ShardTarget(shard) else {
            return .failure(Failure(.preflightRefused, "\(shard) is no shard's name."))
        }
        do throws(VTGateError) {
            let answer = try await work.read(.showCreateTable(table, target))
            guard let text = answer.rows.first.flatMap({ $0["Create Table"].text ?? $0["Create View"].text }) else {
                return .failure(Failure(.internalError, "\(shard) did not show the definition of \(table)."))
            }
            return .success(text)
        } catch {
            return .failure(error.failure)
        }
    }
}
