internal import Core
internal import Vitess

/// One shard's table as it is now, read in a session that is aimed at it and carries nothing but this question.
enum ShardDefinition {
    /// The shard has no such table.
    static func isMissing(_ failure: Failure) -> Bool {
        failure.cause.map { $0.contains("1146") || $0.contains("not found") } ?? false
    }

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

    /// The version of the shard's own server; the error, or what else was answered, when it could not be had.
    static func release(on shard: ShardName, through work: KeyspaceWork) async -> Result<MySQLRelease, Failure> {
        guard let target = ShardTarget(shard) else {
            return .failure(Failure(.preflightRefused, "\(shard) is no shard's name."))
        }
        do throws(VTGateError) {
            let text = try await work.read(.readServerVersion(target)).rows.first?["version"].text
            guard let text, let release = MySQLRelease(text) else {
                return .failure(Failure(.preflightRefused, "\(shard) says `\(text ?? "nothing")` of its version."))
            }
            return .success(release)
        } catch {
            return .failure(error.failure)
        }
    }
}
