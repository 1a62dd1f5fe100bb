internal import Core
internal import MySQLClient
internal import Schema

/// Errors of a run as a person reads them.
enum RunFailure {
    static func of(_ error: any Error, _ site: ShardSite) -> Failure {
        switch error {
        case let failure as Failure: failure
        case BinlogStreamError.refused(let refusal): of(refusal)
        case BinlogStreamError.server(let error): of(error, site)
        case BinlogStreamError.lost(let error, _): of(error, site)
        case let error as MySQLError where error.isDiskFull: diskFull(error, site)
        case let error as MySQLError:
            ServerFailure.from(
                error, .internalError, "\(site.shard) answered with an error.", now: "the original table is in place",
                next: "mend the cause, then retry the shard")
        case is CancellationError: Failure(.interrupted, "The run on \(site.shard) was stopped.")
        default: Failure(.internalError, "The run on \(site.shard) ended unexpectedly.", cause: "\(error)")
        }
    }

    /// The run ends and gives its space back, before the application needs it.
    private static func diskFull(_ error: MySQLError, _ site: ShardSite) -> Failure {
        Failure(
            .diskFull, "The disk of \(site.shard) is full.", cause: "\(error)",
            now: "the original table is in place and in use; the run has ended",
            next: "make room, then retry the shard: it begins anew")
    }

    /// The same, before the server has to say so.
    static func diskNearlyFull(_ site: ShardSite, free: ByteCount) -> Failure {
        Failure(
            .diskFull, "The disk of \(site.shard) is nearly full.",
            cause: "free \(Figures.bytes(free)); the copy leaves \(Figures.bytes(DiskSpace.reserve)), for without space the server may "
                + "end or let every commit wait", now: "the original table is in place and in use; the run has ended",
            next: "make room, then retry the shard: it begins anew")
    }

    /// The same, with what became of the shadow table.
    static func diskFull(_ failure: Failure, shadow: String, dropError: String?) -> Failure {
        Failure(
            failure.kind, failure.what, cause: failure.cause,
            now: "the original table is in place and in use; "
                + (dropError.map { "the shadow table \(shadow) still takes its space: \($0)" }
                    ?? "the shadow table was dropped, and its space given back"),
            next: failure.next)
    }

    /// Somebody altered the table while it was being changed: what the shadow was made from is not there any more.
    static func of(_ ddl: BinlogDDL) -> Failure {
        Failure(
            .tableChanged, "The table was changed by another statement while this migration ran.",
            cause: "\(ddl.statement.prefix(200)), at \(ddl.start)", now: "nothing was swapped",
            next: "cancel the migration, and plan again on the table as it is now")
    }

    /// A change the binlog cannot tell us whole. Going on would lose it.
    private static func of(_ refusal: BinlogRefusal) -> Failure {
        Failure(
            .binlogRefused, "The binlog holds something that cannot be carried over without loss.", cause: "\(refusal)",
            now: "the original table is in place and complete; nothing was swapped",
            next: "remove the cause, then retry the shard: it begins anew")
    }
}

/// The three names of a migration on one database, quoted and checked.
struct ArtifactNaming: Sendable {
    let original: QualifiedName
    let shadow: QualifiedName
    let old: QualifiedName

    static func names(of spec: MigrationSpec, in database: String) throws -> ArtifactNaming {
        let names: ArtifactNames
        do { names = try ArtifactNames(table: spec.table, migrationID: spec.id.hex) } catch {
            throw Failure(.preflightRefused, error.message, now: "nothing was changed")
        }
        return ArtifactNaming(
            original: try QualifiedName(database: database, table: spec.table),
            shadow: try QualifiedName(database: database, table: names.shadow),
            old: try QualifiedName(database: database, table: names.old))
    }
}
