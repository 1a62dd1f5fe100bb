/// What to read, from where, and how patiently.
package struct BinlogStreamOptions: Sendable {
    /// Where to begin.
    package enum Start: Sendable, Equatable {
        /// A border: behind a transaction's commit, as `currentPosition` and `BinlogTransaction.end` give it.
        case position(BinlogPosition)
        /// Everything that is not in the set, or comes after the list.
        case gtid(GTIDPosition)
    }

    /// The server. Its read timeout is replaced by `silenceLimit`.
    package var connection: ConnectionOptions
    /// Our `server_id`: unique among the server's replicas and every other reader, or the two throw each other out.
    package var serverID: UInt32
    /// Where to begin.
    package var start: Start
    /// The tables wanted, by the names the server stores, with their columns as they are at the start.
    package var tables: [QualifiedName: [ColumnInfo]]
    /// How often the server says that nothing happened.
    package var heartbeat: Duration = .seconds(1)
    /// Silence after which the connection counts as lost; several heartbeats.
    package var silenceLimit: Duration = .seconds(10)
    /// How long the server waits for a consumer that does not read, before it gives the connection up (then we reconnect).
    package var patienceSeconds: UInt32 = 3600
    /// Bounds of memory and parts.
    package var limits = TransactionAssembler.Limits()
    /// Attempts to reconnect, without one event in between, before the stream fails.
    package var reconnectAttempts = 10
    /// The wait before the second attempt; doubled for each further one, at most `longestBackoff`.
    package var firstBackoff: Duration = .milliseconds(100)
    /// The longest wait between two attempts.
    package var longestBackoff: Duration = .seconds(5)
    /// Take an XA COMMIT of a transaction prepared before the start as harmless: for a resumed stream, whose predecessor would
    /// have refused the PREPARE, or after XA RECOVER listed nothing.
    package var trustsUnknownXA = false

    /// Options with everything else defaulted.
    package init(
        connection: ConnectionOptions, serverID: UInt32, start: Start, tables: [QualifiedName: [ColumnInfo]]
    ) {
        self.connection = connection
        self.serverID = serverID
        self.start = start
        self.tables = tables
    }
}

/// Why a stream ended.
package enum BinlogStreamError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Something that cannot be carried; what to do is in it.
    case refused(BinlogRefusal)
    /// The server's answer to opening or setting up, not worth another attempt.
    case server(MySQLError)
    /// The connection was lost and could not be had again; the last error.
    case lost(MySQLError, attempts: Int)
    /// The task was cancelled, or the stream was closed.
    case cancelled

    package var description: String {
        switch self {
        case .refused(let refusal): refusal.description
        case .server(let error): "the server does not serve its binlog: \(error)"
        case .lost(let error, let attempts): "the binlog connection is lost after \(attempts) attempts: \(error)"
        case .cancelled: "reading the binlog was cancelled"
        }
    }
}
