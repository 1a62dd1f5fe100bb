/// A migration row and what the tablet keeps about it elsewhere.
final class MigrationRecord {
    var row: MigrationValues { didSet { payload = nil } }
    /// What the statement was, `nil` for a REVERT.
    let ddl: DDL?
    /// The row as it goes over the wire, until it changes: a fleet of a thousand shards is asked again and again.
    private var payload: [UInt8]?
    /// The copy or catch-up in progress.
    var stream: CopyStream?
    /// The cut-over in progress.
    var cutOver: CutOverRun?
    /// The tables as they were before, by name; what a REVERT brings back. `nil` inside: there was none.
    var before: [String: TableState?] = [:]
    /// Whether a REVERT can find its stream or artifact.
    var isRevertible = false
    /// When it was started in the current life.
    var startedTick = 0.0

    init(_ row: MigrationValues, ddl: DDL?) {
        self.row = row
        self.ddl = ddl
    }

    func forgetPayload() { payload = nil }

    func payload(_ columns: [MigrationColumn]) -> [UInt8] {
        if let payload { return payload }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(700)
        for column in columns { bytes.appendText(column.text(row)) }
        payload = bytes
        return bytes
    }
}

/// One table of one shard.
struct TableState: Equatable {
    var createText: String
    var rows: Int
    var isView = false
}
