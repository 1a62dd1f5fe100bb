/// Committed changes of the subscribed tables, in the order of one server's binary log, without end.
///
/// - It is pulled: nothing is read that nobody asked for. TCP holds the server back when the consumer is slow, so memory is
///   bounded by one batch of packets (1 MiB and the last packet) and `TransactionAssembler.Limits`. Packets are read on the
///   connection's own thread.
/// - A lost or silent connection is opened again and reading resumes at the last border: no transaction is delivered twice or
///   missed by that, also when it had left in part.
/// - The first thing that cannot be carried ends the stream with a `BinlogRefusal`; everything before it was delivered.
/// - One consumer at a time. A second `nextBatch` while one is waiting is a programmer's error.
package actor BinlogStream {
    private let options: BinlogStreamOptions
    private let clock: any Clock<Duration>
    private var session: DumpSession
    private let identity: String
    private var decoder: EventDecoder
    private var assembler: TransactionAssembler
    private var packets: ArraySlice<[UInt8]> = []
    private var payload: (reader: PayloadReader, header: BinlogEventHeader)?
    private var reported: BinlogPosition
    private var failure: BinlogStreamError?
    private var attempts = 0
    private var isReading = false

    /// How often the connection was opened again.
    package private(set) var reconnects = 0
    /// Everything before it was handed out.
    package var border: BinlogPosition { reported }

    private init(_ options: BinlogStreamOptions, _ clock: any Clock<Duration>, _ session: DumpSession) {
        self.options = options
        self.clock = clock
        self.session = session
        identity = session.identity
        decoder = EventDecoder(hasChecksums: session.hasChecksums)
        let start: BinlogPosition
        var excluded: GTIDPosition?
        switch options.start {
        case .position(let position): start = position
        case .gtid(let gtid):
            // The server names the file in its first event.
            start = BinlogPosition(file: "", offset: 4)
            excluded = gtid
        }
        reported = start
        assembler = TransactionAssembler(
            start: start, tables: options.tables, limits: options.limits, excluded: excluded,
            trustsUnknownXA: options.trustsUnknownXA)
    }

    /// Connects and asks for the log. A position the server does not have shows itself at the first batch.
    /// - Throws: `.server` or, for a position beyond 4 GiB, `.refused`; nothing is left open then.
    package static func open(
        _ options: BinlogStreamOptions, clock: any Clock<Duration>
    ) async throws(BinlogStreamError) -> BinlogStream {
        do throws(MySQLError) {
            let session = try await DumpSession.open(options)
            let stream = BinlogStream(options, clock, session)
            try await stream.request()
            return stream
        } catch {
            throw error.code == 1317 ? .cancelled : error.code == unreachable ? unreachableRefusal : .server(error)
        }
    }

    /// The next items, at least one; waits for them. Cancelling the task ends the stream at once.
    /// - Throws: why the stream ended, again at each call.
    package func nextBatch() async throws(BinlogStreamError) -> [BinlogItem] {
        precondition(!isReading, "two consumers of one binlog stream")
        isReading = true
        defer { isReading = false }
        while true {
            if let failure { throw failure }
            let items = drain()
            if !items.isEmpty { return items }
            if failure != nil { continue }
            do throws(MySQLError) {
                if needsRestart {
                    try await restart()
                } else {
                    try await read()
                }
            } catch {
                try await recover(from: error)
            }
        }
    }

    /// Ends the stream: a waiting `nextBatch` throws `.cancelled`.
    package func close() async {
        failure = .cancelled
        await session.connection.close()
    }

    /// Where the server's log ends now, for both families.
    package static func currentPosition(on connection: Connection) async throws(MySQLError) -> ServerLogPosition {
        let info = connection.serverInfo
        switch info.family {
        case .mysql:
            let renamed = info.version >= ServerInfo.Version(8, 2)
            let rows = try await connection.query(renamed ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS")
            guard let row = rows.first else { throw .unusableAnswer("the server writes no binary log") }
            let text = try row.optionalString("Executed_Gtid_Set") ?? ""
            guard let set = MySQLGTIDSet(text) else { throw .unusableAnswer("GTID set '\(text)'") }
            return ServerLogPosition(position: try position(row), gtid: .mysql(set))
        case .mariadb:
            let text =
                try await connection.query("SELECT @@gtid_binlog_pos AS gtid").single().optionalString("gtid") ?? ""
            guard let list = MariaDBGTIDList(text) else { throw .unusableAnswer("GTID list '\(text)'") }
            guard let row = try await connection.query("SHOW MASTER STATUS").first else {
                throw .unusableAnswer("the server writes no binary log")
            }
            return ServerLogPosition(position: try position(row), gtid: .mariadb(list))
        }
    }

    private static func position(_ row: Row) throws(MySQLError) -> BinlogPosition {
        BinlogPosition(file: try row.string("File"), offset: try row.uint("Position"))
    }

    // MARK: Reading

    private var needsRestart = false
    private var isRereading = false
    private var hasEnded = false
    private static let packetsAtOnce = 512
    private static let changesAtOnce = 4096

    private func read() async throws(MySQLError) {
        if hasEnded {
            throw MySQLError(code: 2013, message: "the server ended the stream", outcome: .notExecuted)
        }
        packets = try await session.connection.readPackets(atMost: Self.packetsAtOnce)[...]
    }

    /// Decodes what was read until a batch is full or there is nothing left; a failure waits until the items before it left.
    private func drain() -> [BinlogItem] {
        var items: [BinlogItem] = []
        var changes = 0
        do throws(BinlogRefusal) {
            while changes < Self.changesAtOnce {
                if let item = try assembler.next() {
                    if case .transaction(let transaction) = item { changes += transaction.changes.count + 1 }
                    items.append(item)
                } else if try !step() {
                    break
                }
            }
        } catch {
            var refusal = error
            refusal.position = refusal.position ?? assembler.readPosition
            failure = .refused(refusal)
        }
        let last: BinlogPosition? =
            switch items.last {
            case .transaction(let transaction): transaction.isLastPart ? transaction.end : nil
            case .ddl(let ddl): ddl.end
            case .progress(let position): position
            case nil: reported
            }
        if changes < Self.changesAtOnce, failure == nil, let last, assembler.border > last {
            items.append(.progress(assembler.border))
            reported = assembler.border
        } else if let last {
            reported = last
        }
        return items
    }

    /// Gives the assembler one event; `false` when another read is needed first.
    private func step() throws(BinlogRefusal) -> Bool {
        if needsRestart { return false }
        if let (reader, header) = payload {
            guard let bytes = try reader.next() else {
                payload = nil
                return true
            }
            try assembler.consume(try decoder.decodeInner(bytes), in: header)
            noteReread()
            return true
        }
        guard let packet = packets.popFirst() else { return false }
        if packet.first != 0 || packet.count < EventDecoder.headerSize + 1 {
            // End of stream (the server shuts down, or the dump was killed): as good as a lost connection.
            packets = []
            hasEnded = true
            return false
        }
        let event = try decoder.decode(Array(packet.dropFirst()))
        let before = assembler.border
        try assembler.consume(event)
        // Only what brings us further, or says that there is nothing to bring, makes a connection count as good.
        if case .heartbeat = event.body { attempts = 0 } else if assembler.border > before { attempts = 0 }
        noteReread()
        if case .transactionPayload(let content) = event.body { payload = (content.events(), event.header) }
        return true
    }

    /// A large transaction turned out to be committed: what was read behind it is read again after it.
    private func noteReread() {
        guard assembler.reread != nil, !isRereading else {
            if assembler.reread == nil { isRereading = false }
            return
        }
        needsRestart = true
        packets = []
        payload = nil
    }

    // MARK: Connecting

    private static let unreachable: UInt32 = 0
    private static let unreachableRefusal = BinlogStreamError.refused(BinlogRefusal(.unreachablePosition))

    private func request() async throws(MySQLError) {
        let place = assembler.restart()
        if case .gtid(let gtid) = options.start, place.file.isEmpty {
            try await session.start(after: gtid, serverID: options.serverID)
            return
        }
        guard place.offset <= UInt64(UInt32.max) else {
            throw MySQLError(code: Self.unreachable, message: "position \(place)", outcome: .notExecuted)
        }
        try await session.start(at: place, serverID: options.serverID)
    }

    private func restart() async throws(MySQLError) {
        await session.connection.close()
        packets = []
        payload = nil
        hasEnded = false
        if failure != nil { return }
        let next = try await DumpSession.open(options)
        session = next
        if failure != nil { return await next.connection.close() }
        if next.identity != identity {
            failure = .refused(
                BinlogRefusal(.serverChanged(was: identity, now: next.identity), position: assembler.border))
            return
        }
        decoder = EventDecoder(hasChecksums: next.hasChecksums)
        needsRestart = false
        isRereading = assembler.reread != nil
        try await request()
    }

    /// Opens the connection again, or says why not.
    private func recover(from first: MySQLError) async throws(BinlogStreamError) {
        var error = first
        while true {
            if let failure { throw failure }
            if error.code == 1317 || Task.isCancelled { return failure = .cancelled }
            if error.code == Self.unreachable { return failure = Self.unreachableRefusal }
            if error.isBinlogUnavailable {
                return failure = .refused(BinlogRefusal(.purged(error.message), position: assembler.border))
            }
            guard Self.isWorthAnotherAttempt(error) else { return failure = .server(error) }
            if attempts >= options.reconnectAttempts { return failure = .lost(error, attempts: attempts) }
            attempts += 1
            if attempts > 1 {
                do { try await clock.sleep(for: backoff) } catch { return failure = .cancelled }
            }
            reconnects += 1
            do throws(MySQLError) { return try await restart() } catch let next { error = next }
        }
    }

    /// 2026: a connection that dies in the TLS handshake; the first one of this stream got through it.
    private static func isWorthAnotherAttempt(_ error: MySQLError) -> Bool {
        error.isConnectionLost || error.isTooManyConnections || error.code == 2026
    }

    /// The wait before the current attempt.
    private var backoff: Duration {
        var wait = options.firstBackoff
        for _ in 2..<Swift.max(attempts, 3) where attempts > 2 && wait < options.longestBackoff { wait *= 2 }
        return Swift.min(wait, options.longestBackoff)
    }
}

extension BinlogStream: AsyncSequence {
    package typealias Element = BinlogItem
    package typealias Failure = BinlogStreamError

    /// Hands out a stream's items one by one.
    package struct AsyncIterator: AsyncIteratorProtocol {
        let stream: BinlogStream
        private var batch: ArraySlice<BinlogItem> = []

        init(stream: BinlogStream) { self.stream = stream }

        /// The next item; never `nil`.
        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(BinlogStreamError) -> BinlogItem? {
            if batch.isEmpty { batch = try await stream.nextBatch()[...] }
            return batch.popFirst()
        }
    }

    /// The one iterator.
    package nonisolated func makeAsyncIterator() -> AsyncIterator { AsyncIterator(stream: self) }
}
