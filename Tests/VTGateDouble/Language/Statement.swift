/// A statement as VTGate understands it, as far as migrations are concerned.
enum Statement {
    /// What `ALTER VITESS_MIGRATION` asks for.
    enum Verb: Equatable {
        case complete(shards: String?)
        case launch(shards: String?)
        case postponeComplete, cancel, retry, cleanup, forceCutover, unthrottle
        case cutoverThreshold(String)
        case throttle(expire: String?, ratio: String?)

        /// The verb as the tablet names it when the UUID is malformed (fact 2, transcript 20).
        var complaint: String? {
            switch self {
            case .complete: "COMPLETE"
            case .launch: "EXECUTE"
            case .postponeComplete: "POSTPONE COMPLETE"
            case .retry: "RETRY"
            case .cleanup: "CLEANUP"
            case .forceCutover, .cutoverThreshold: "FORCE_CUTOVER"
            case .cancel, .throttle, .unthrottle: nil
            }
        }
    }

    struct Assignment {
        let name: String
        let value: String
        let isGlobal: Bool
    }

    struct SelectItem {
        let tokens: [Token]
        let heading: String
    }

    case showMigrations(keyspace: String?, like: String?, condition: Condition?, conditionText: String)
    case showMigrationLogs(uuid: String)
    case showShards(like: String?), showTablets(like: String?), showReplication(like: String?)
    case showKeyspaces(like: String?)
    case showThrottlerStatus, showThrottledApps, showTarget
    case showCreateTable(keyspace: String?, table: String)
    case showTables(keyspace: String?, like: String?)
    case showNothing
    case showMetadata
    case alterMigration(uuid: String, Verb)
    case alterAll(Verb)
    case revert(uuid: String)
    case ddl(DDL)
    case set([Assignment])
    case use(String)
    case select([SelectItem])
    case begin, commit, rollback
    case prepare(String)
    case kill(isQuery: Bool, UInt32)
    case nothing
    case other
}
