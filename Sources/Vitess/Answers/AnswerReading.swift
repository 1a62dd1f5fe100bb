package import Core

/// What an answer to a statement may be taken to mean. "OK" means little and an error does not mean that nothing happened: VTGate
/// sends to all shards at once, joins what they say, and takes nothing back.
package enum AnswerReading {
    /// What is known after an answer.
    package struct Verdict: Equatable, Sendable {
        package enum Effect: Equatable, Sendable {
            /// The statement was taken. Whether it did anything is for the rows to show.
            case taken
            /// Nothing has changed anywhere.
            case none
            /// It was refused on some shards and may have been carried out on the others: only their rows tell.
            case partial
            /// Nobody knows whether it was carried out: only the rows tell. It must not be sent again before they do.
            case unknown
        }
        package let effect: Effect
        /// By shard that VTGate named: why the statement did nothing there. A shard that is not named may have carried it out.
        package let notDone: [ShardName: String]
        /// For a person. `nil` when the statement was taken.
        package let failure: Failure?
        /// It can be tried again as it is, later: a reparent is under way, or a connection was lost before it was sent.
        package let isPassing: Bool
        /// Names of shards may be missing: the client library cuts an error at 512 bytes.
        package let isCut: Bool
    }

    /// An error as the client saw it.
    package struct ServerError: Equatable, Sendable {
        /// 1105 for most of what Vitess says; 2002 to 2013 are the client's own.
        package let code: UInt32
        package let message: String
        /// Whether the statement can have left this machine.
        package let wasSent: Bool
        package init(code: UInt32, message: String, wasSent: Bool) {
            self.code = code
            self.message = message
            self.wasSent = wasSent
        }
    }

    /// Reads an OK. `rowsAffected` counts rows that were changed, in states in which the change means nothing too; an unknown
    /// migration, a wrong state and an unknown shard answer 0, and so does every THROTTLE.
    package static func ok(rowsAffected: UInt64, to statement: VitessStatement) -> (verdict: Verdict, note: String) {
        let verdict = Verdict(effect: .taken, notDone: [:], failure: nil, isPassing: false, isCut: false)
        switch statement {
        case .throttle, .unthrottle: return (verdict, "taken; Vitess never says whether it found the migration")
        case .launch, .complete, .postponeComplete, .retry, .cleanup, .forceCutOver, .cutOverThreshold, .cancel:
            return (
                verdict,
                rowsAffected == 0
                    ? "taken; no shard's row was changed by it: the rows tell why"
                    : "taken; \(rowsAffected) shard row\(rowsAffected == 1 ? "" : "s") changed"
            )
        case .submit, .revert: return (verdict, "taken; whether it can be carried out shows in the rows")
        case .showKeyspaces, .showShards, .showTablets, .showReplicationStatus, .showThrottlerStatus,
            .showThrottledApps,
            .showMigrations, .readVersion, .setStrategy, .readStrategy, .setContext, .readContext, .showCreateTable,
            .readServerVersion:
            return (verdict, "")
        }
    }

    /// Reads an error.
    package static func error(_ error: ServerError, to statement: VitessStatement) -> Verdict {
        let errors = ShardErrors(error.message)
        let kind = Kind(error, errors)
        var notDone: [ShardName: String] = [:]
        for part in errors.parts { if let shard = part.shard { notDone[shard] = part.reason } }
        let effect = effect(of: kind, notDone, statement, wasSent: error.wasSent)
        return Verdict(
            effect: effect, notDone: notDone, failure: failure(kind, error, errors, statement, effect),
            isPassing: kind.isPassing, isCut: errors.isCut)
    }

    private static func effect(
        of kind: Kind, _ notDone: [ShardName: String], _ statement: VitessStatement, wasSent: Bool
    ) -> Verdict.Effect {
        guard statement.isEffect, wasSent else { return .none }
        switch kind {
        case .lost: return .unknown
        case .syntax, .inTransaction, .badStrategy, .badContext, .denied, .unreachable, .unknownKeyspace, .unmanaged:
            // Said by VTGate before any shard was asked, unless a shard is named.
            return notDone.isEmpty ? .none : reachesOthers(statement, notDone) ? .partial : .none
        case .notServing, .disabled, .notFound, .rejected, .other:
            return notDone.isEmpty ? .unknown : reachesOthers(statement, notDone) ? .partial : .none
        }
    }

    /// Whether a shard that is not named can have carried it out.
    private static func reachesOthers(_ statement: VitessStatement, _ notDone: [ShardName: String]) -> Bool {
        switch statement.target {
        case .any, .keyspace: true
        case .shard(let target): notDone[target.name] == nil
        }
    }

    private static func failure(
        _ kind: Kind, _ error: ServerError, _ errors: ShardErrors, _ statement: VitessStatement,
        _ effect: Verdict.Effect
    ) -> Failure {
        Failure(
            kind.failureKind, kind.sentence(errors, statement),
            cause: "error \(error.code) at `\(statement.text)`: \(error.message)", now: now(effect, errors, statement),
            next: kind.next(statement, effect))
    }

    private static func now(_ effect: Verdict.Effect, _ errors: ShardErrors, _ statement: VitessStatement) -> String {
        switch effect {
        case .taken: return "it was taken"
        case .none: return "nothing was changed"
        case .unknown:
            return
                "whether it was carried out is not known: the rows are read again, and it is not sent again before they tell"
        case .partial:
            let names = errors.parts.compactMap { $0.shard?.shard }.joined(separator: " ")
            let cut = errors.isCut ? "; the error was cut, more shards may have refused" : ""
            return "not carried out on \(names); it may have been on the other shards: the rows are read again\(cut)"
        }
    }
}
