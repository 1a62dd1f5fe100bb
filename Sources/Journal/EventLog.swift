internal import Foundation
internal import GRDB

/// The append-only log under the engine: records in one SQLite file (WAL, `synchronous=FULL`), tied by a hash chain.
///
/// What `append` returned for is on disk. The chain and the newest record are checked whenever the log is opened, so a
/// changed, missing or torn record is found then and named. Knows nothing of migrations.
package actor EventLog {
    /// The file's format; a file with a higher one is refused.
    package static let formatVersion = 1
    /// `Lock` in ASCII: SQLite's application id of our files.
    private static let applicationID = 0x4C6F_636B

    private let executor: QueueExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var database: DatabaseQueue?
    private var lock: OwnershipLock?
    private let isReadOnly: Bool
    private var lastSequence: Int64
    private var lastHash: [UInt8]

    /// Blocks: only the opener's queue calls it.
    private init(path: String, readOnly: Bool, pageLimit: Int?, executor: QueueExecutor) throws(JournalError) {
        self.executor = executor
        isReadOnly = readOnly
        var isNew = false
        do {
            if readOnly {
                guard JournalFile.exists(path) else { throw JournalError.missing(path: path) }
            } else {
                try JournalFile.makeDirectory(of: path)
                lock = try OwnershipLock(path: path + ".lock")
                isNew = try JournalFile.prepare(path)
            }
            let database = try DatabaseQueue(path: path, configuration: Self.configuration(readOnly, pageLimit))
            self.database = database
            if !readOnly { try database.write { try Self.migrate($0, path) } }
            (lastSequence, lastHash) = try database.read { database in
                try Self.checkVersion(database, path)
                return try Self.verify(database)
            }
        } catch {
            let reason = JournalFile.error(error)
            guard isNew, !JournalFile.remove(path) else { throw reason }
            throw .unavailable("\(reason.text); the unfinished file \(path) could not be removed")
        }
    }

    /// Opens the log for writing, and makes it if there is none.
    /// - Parameter pageLimit: the most pages of 4 KiB the file may grow to; `nil` leaves that to the disk.
    /// - Throws: `owned` when another engine has it; `brokenChain`, `corrupt`, `newerVersion` when it must not be trusted.
    ///   The file is as it was then.
    package static func open(at path: String, pageLimit: Int?) async throws(JournalError) -> EventLog {
        try await Opener().open(path, readOnly: false, pageLimit: pageLimit)
    }

    /// Opens the log to read it, also while an engine writes it.
    /// - Throws: `missing` when there is none.
    package static func openReadOnly(at path: String) async throws(JournalError) -> EventLog {
        try await Opener().open(path, readOnly: true, pageLimit: nil)
    }

    /// Appends all entries in one transaction; when this returns they are on disk, in this order.
    /// - Throws: `full` and others; none of the entries is in the log then, and a later append may be tried.
    @discardableResult
    package func append(_ entries: [Entry]) throws(JournalError) -> [Record] {
        guard !isReadOnly else { throw .readOnly }
        guard let database else { throw .closed }
        guard !entries.isEmpty else { return [] }
        var records: [Record] = []
        var sequence = lastSequence
        var hash = lastHash
        for entry in entries {
            sequence += 1
            hash = HashChain.hash(after: hash, sequence: sequence, entry)
            records.append(Record(sequence: sequence, entry: entry, hash: hash))
        }
        do {
            try database.write { [records] in try Self.insert(records, into: $0) }
        } catch {
            throw JournalFile.error(error)
        }
        lastSequence = sequence
        lastHash = hash
        return records
    }

    /// Every record, oldest first, checked against its hash.
    package func read() throws(JournalError) -> [Record] {
        guard let database else { throw .closed }
        do {
            return try database.read { database in
                var records: [Record] = []
                _ = try Self.verify(database) { records.append($0) }
                return records
            }
        } catch {
            throw JournalFile.error(error)
        }
    }

    /// Gives the file and its ownership back. Reading and appending throw `closed` from now on.
    package func close() throws(JournalError) {
        guard let database else { return }
        self.database = nil
        defer { lock = nil }
        do { try database.close() } catch { throw JournalFile.error(error) }
    }

    /// Opening blocks, too: it happens on a queue of its own.
    private actor Opener {
        private let executor = QueueExecutor(label: "lockstep.journal.open")
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        func open(_ path: String, readOnly: Bool, pageLimit: Int?) throws(JournalError) -> EventLog {
            try EventLog(
                path: path, readOnly: readOnly, pageLimit: pageLimit,
                executor: QueueExecutor(label: "lockstep.journal"))
        }
    }

    // MARK: - The file

    private static func configuration(_ readOnly: Bool, _ pageLimit: Int?) -> Configuration {
        var configuration = Configuration()
        configuration.label = "lockstep.journal"
        configuration.readonly = readOnly
        configuration.busyMode = .timeout(5)
        if !readOnly { configuration.journalMode = .wal }
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA synchronous = FULL")
            if let pageLimit { try database.execute(sql: "PRAGMA max_page_count = \(pageLimit)") }
        }
        return configuration
    }

    private static func migrate(_ database: Database, _ path: String) throws {
        let tables = try Int.fetchOne(database, sql: "SELECT count(*) FROM sqlite_master") ?? 0
        guard tables == 0 else { return try checkVersion(database, path) }
        try database.execute(
            sql: """
                CREATE TABLE record (
                  sequence INTEGER PRIMARY KEY, time INTEGER NOT NULL, stream TEXT NOT NULL, kind TEXT NOT NULL,
                  payload BLOB NOT NULL, hash BLOB NOT NULL) STRICT;
                CREATE TABLE head (
                  one INTEGER PRIMARY KEY CHECK (one = 1), sequence INTEGER NOT NULL, hash BLOB NOT NULL) STRICT;
                """)
        try database.execute(
            sql: "INSERT INTO head (one, sequence, hash) VALUES (1, 0, ?)", arguments: [Data(HashChain.seed)])
        try database.execute(sql: "PRAGMA application_id = \(applicationID)")
        try database.execute(sql: "PRAGMA user_version = \(formatVersion)")
    }

    private static func checkVersion(_ database: Database, _ path: String) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA application_id") ?? 0
        guard found == applicationID else { throw JournalError.foreignFile(path: path) }
        let version = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard version <= formatVersion else { throw JournalError.newerVersion(found: version, known: formatVersion) }
    }

    private static func insert(_ records: [Record], into database: Database) throws {
        let statement = try database.cachedStatement(
            sql: "INSERT INTO record (sequence, time, stream, kind, payload, hash) VALUES (?, ?, ?, ?, ?, ?)")
        for record in records {
            let entry = record.entry
            try statement.execute(arguments: [
                record.sequence, entry.timeMilliseconds, entry.stream, entry.kind, Data(entry.payload),
                Data(record.hash),
            ])
        }
        guard let last = records.last else { return }
        try database.cachedStatement(sql: "UPDATE head SET sequence = ?, hash = ? WHERE one = 1")
            .execute(arguments: [last.sequence, Data(last.hash)])
    }

    /// Walks the chain from the first record to the head.
    /// - Returns: the newest record's sequence and hash.
    private static func verify(
        _ database: Database, each: (Record) -> Void = { _ in }
    ) throws -> (sequence: Int64, hash: [UInt8]) {
        var sequence: Int64 = 0
        var hash = HashChain.seed
        let rows = try Row.fetchCursor(database, sql: "SELECT * FROM record ORDER BY sequence")
        while let row = try rows.next() {
            let found: Int64 = row["sequence"]
            guard found == sequence + 1 else {
                throw JournalError.brokenChain(sequence: sequence + 1, reason: "it is missing")
            }
            let payload: Data = row["payload"]
            let entry = Entry(
                timeMilliseconds: row["time"], stream: row["stream"], kind: row["kind"], payload: Array(payload))
            let stored: Data = row["hash"]
            sequence = found
            hash = HashChain.hash(after: hash, sequence: sequence, entry)
            guard hash == Array(stored) else {
                throw JournalError.brokenChain(sequence: sequence, reason: "its content does not match its hash")
            }
            each(Record(sequence: sequence, entry: entry, hash: hash))
        }
        guard let head = try Row.fetchOne(database, sql: "SELECT sequence, hash FROM head WHERE one = 1") else {
            throw JournalError.corrupt("the head is missing")
        }
        let newest: Int64 = head["sequence"]
        let newestHash: Data = head["hash"]
        guard newest == sequence, Array(newestHash) == hash else {
            throw JournalError.brokenChain(
                sequence: min(newest, sequence) + 1, reason: "the log ends at \(sequence), its head says \(newest)")
        }
        return (sequence, hash)
    }
}
