internal import Core

extension AnswerReading {
    /// What kind of error it is, by VTGate's words: nearly all of them carry the number 1105.
    enum Kind: Equatable {
        /// The connection died after the statement was sent.
        case lost
        case unreachable
        case denied
        case syntax
        case inTransaction
        case badStrategy
        case badContext
        case unknownKeyspace
        /// A statement that no online strategy manages: RENAME, foreign keys.
        case unmanaged
        case notServing
        case disabled
        case notFound
        /// A tablet would not have it: singleton, a threshold out of range.
        case rejected
        case other

        init(_ error: ServerError, _ errors: ShardErrors) {
            let text = error.message
            switch error.code {
            case 2013, 2006, 2055: self = error.wasSent ? .lost : .unreachable
            case 2000..<3000: self = error.wasSent ? .lost : .unreachable
            case 1044, 1045, 1142, 1143, 1227: self = .denied
            case 1815: self = .inTransaction
            case 1049: self = .unknownKeyspace
            case 1317 where errors.parts.allSatisfy({ $0.shard == nil }): self = .unmanaged
            case 1231: self = text.contains("migration_context") ? .badContext : .badStrategy
            case 1064: self = .syntax
            default:
                if text.contains("syntax error at position") {
                    self = .syntax
                } else if text.contains("migration not found") {
                    self = .notFound
                } else if text.contains("primary is not serving") || text.contains("no healthy tablet") {
                    self = .notServing
                } else if text.contains("online DDL is disabled") {
                    self = .disabled
                } else if text.contains("code = FailedPrecondition") || text.contains("code = InvalidArgument") {
                    self = .rejected
                } else {
                    self = .other
                }
            }
        }

        var isPassing: Bool {
            switch self {
            case .unreachable, .notServing, .disabled: true
            case .lost, .denied, .syntax, .inTransaction, .badStrategy, .badContext, .unknownKeyspace, .unmanaged,
                .notFound,
                .rejected, .other:
                false
            }
        }

        var failureKind: Failure.Kind {
            switch self {
            case .lost: .connectionLost
            case .unreachable, .notServing, .disabled: .serverUnreachable
            case .denied: .accessDenied
            case .inTransaction: .internalError
            case .syntax, .badStrategy, .badContext, .unknownKeyspace, .unmanaged, .notFound, .rejected, .other:
                .alterRejected
            }
        }

        func sentence(_ errors: ShardErrors, _ statement: VitessStatement) -> String {
            let names = errors.parts.compactMap { $0.shard?.shard }
            let who =
                names.isEmpty ? "VTGate" : names.prefix(3).joined(separator: " ") + (names.count > 3 ? " ..." : "")
            let reason = errors.parts.first?.reason ?? "no reason given"
            switch self {
            case .lost: return "The connection to VTGate was lost before it answered."
            case .unreachable: return "VTGate was not reached: \(reason)."
            case .denied: return "VTGate's user may not do this: \(reason)."
            case .syntax: return "\(who) does not know the statement: it is of a version that lacks it."
            case .inTransaction:
                return "The session is not in autocommit: Vitess takes no migration command in a transaction."
            case .badStrategy: return "VTGate refused the strategy: \(reason). The session keeps the old one."
            case .badContext: return "VTGate refused the migration context: \(reason)."
            case .unknownKeyspace: return "VTGate knows no such keyspace: \(reason)."
            case .unmanaged: return "No online strategy takes this statement: \(reason)."
            case .notServing: return "\(who) has no serving primary."
            case .disabled: return "\(who) takes no migration command now: online DDL is disabled."
            case .notFound: return "\(who) knows no such migration."
            case .rejected, .other: return "\(who) refused: \(reason)."
            }
        }

        func next(_ statement: VitessStatement, _ effect: Verdict.Effect) -> String? {
            switch self {
            case .lost:
                if case .submit = statement { return "the submission is looked for by its context" }
                return statement.isEffect ? "the rows tell whether it took hold" : "it is asked again"
            case .unreachable: return "try again"
            case .notServing:
                if case .submit = statement {
                    return "other shards may have begun: they are looked for by the context, under a uuid not told"
                }
                return "a reparent may be under way: try again for these shards when the primary serves"
            case .disabled:
                return "a reparent may be under way, or the tablet was started without online DDL: try again"
            case .syntax: return "upgrade, or do without"
            case .denied: return "give the user rights on the keyspace in VTGate's access control"
            case .inTransaction: return "report this: the session should never be in one"
            case .notFound:
                return effect == .partial ? "the shards that know it carried it out: compare their rows" : nil
            case .badStrategy:
                return "nothing may be submitted in this session until its strategy is read back as wanted"
            case .rejected:
                if case .submit = statement, effect == .partial {
                    return "other shards may have begun: they are looked for by the context"
                }
                return nil
            case .badContext, .unknownKeyspace, .unmanaged, .other: return nil
            }
        }
    }
}
