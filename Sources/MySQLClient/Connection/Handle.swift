internal import CMariaDB

/// One `MYSQL` of the library, and every call on it. Touched on the connection's thread alone; who reads an error reads it in
/// the method of the failing call.
final class Handle: @unchecked Sendable {
    let mysql: UnsafeMutablePointer<MYSQL>
    let socket: SocketGuard
    private var isClosed = false
    /// Packets of an answer that could not be read are still to come: the next statement would find them instead of its own.
    private var isOutOfStep = false

    private init(_ mysql: UnsafeMutablePointer<MYSQL>, _ socket: SocketGuard) {
        self.mysql = mysql
        self.socket = socket
    }

    deinit { close() }

    /// Logs in. Blocks at most about as long as the options' connect timeout, name resolution aside.
    static func connect(_ options: ConnectionOptions) throws(MySQLError) -> Handle {
        guard isLibraryReady, let mysql = mysql_init(nil) else {
            throw .refused("the MariaDB client library cannot start: out of memory")
        }
        do throws(MySQLError) {
            try LibraryOptions.apply(options, to: mysql)
            let answer: UnsafeMutablePointer<MYSQL>?
            switch options.address {
            case .tcp(let host, let port):
                answer = mysql_real_connect(
                    mysql, host, options.user, options.password.revealed, options.database, UInt32(port), nil, 0)
            case .unixSocket(let path):
                answer = mysql_real_connect(
                    mysql, nil, options.user, options.password.revealed, options.database, 0, path, 0)
            }
            if answer == nil { throw error(of: mysql, outcome: { _ in .notExecuted }) }
            try LibraryOptions.checkTLS(options, of: mysql)
            return Handle(mysql, try SocketGuard(duplicating: mysql_get_socket(mysql)))
        } catch {
            mysql_close(mysql)
            throw error
        }
    }

    /// Says goodbye and frees everything. Without effect when done before.
    func close() {
        if isClosed { return }
        isClosed = true
        mysql_close(mysql)
        socket.close()
    }

    /// Whether a statement can still be sent. The library drops its socket by itself after a fatal error.
    var isOpen: Bool { !isClosed && !isOutOfStep && cm_has_socket(mysql) != 0 }

    func requireOpen() throws(MySQLError) {
        if !isOpen {
            throw MySQLError(code: 2006, message: "the connection was closed or lost before", outcome: .notExecuted)
        }
    }

    // MARK: Statements over the text protocol

    /// Runs one statement and reads all it answers; further results (of a CALL) are read and dropped.
    func run(_ text: [UInt8]) throws(MySQLError) -> ResultSet {
        try send(text)
        do throws(MySQLError) {
            let result = try collect()
            try dropFurtherResults()
            return result
        } catch {
            dropUnread()
            throw error
        }
    }

    /// After a result that could not be decoded: reads what is left of the answer, so that the next statement finds its own.
    func dropUnread() {
        while isOpen, mysql_more_results(mysql) != 0, mysql_next_result(mysql) == 0 {
            if let result = mysql_use_result(mysql) { mysql_free_result(result) }
        }
    }

    /// Hands a statement over and reads the head of its answer.
    func send(_ text: [UInt8]) throws(MySQLError) {
        try requireOpen()
        let answer = text.withUnsafeBytes { bytes in
            mysql_real_query(mysql, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(bytes.count))
        }
        if answer != 0 { throw failure() }
    }

    /// Reads the result at hand: rows decoded one by one as they arrive.
    func collect() throws(MySQLError) -> ResultSet {
        guard let result = mysql_use_result(mysql) else {
            if mysql_field_count(mysql) > 0 { throw failure() }
            return ResultSet(columns: Columns([]), rows: [], status: status(hasRows: false))
        }
        // Freeing reads what was not read: the connection stays usable when a row cannot be decoded.
        defer { mysql_free_result(result) }
        let decoder = RowDecoder(columns: Columns(of: result))
        var rows: [Row] = []
        while let row = try nextRow(of: result, decoder) { rows.append(row) }
        return ResultSet(columns: decoder.columns, rows: rows, status: status(hasRows: true))
    }

    func nextRow(of result: UnsafeMutablePointer<MYSQL_RES>, _ decoder: RowDecoder) throws(MySQLError) -> Row? {
        guard let fields = mysql_fetch_row(result) else {
            if mysql_errno(mysql) != 0 { throw rowFailure() }
            return nil
        }
        let lengths = mysql_fetch_lengths(result)!
        return try decoder.text { position in
            fields[position].map { UnsafeRawBufferPointer(start: $0, count: Int(lengths[position])) }
        }
    }

    /// The library gives up on a row that does not fit its columns (VTGate joins shards of different versions into such answers),
    /// calls that "unknown error", and leaves the rest of the answer unread.
    private func rowFailure() -> MySQLError {
        let error = failure()
        guard error.code == 2000 || error.code == 2027 else { return error }
        isOutOfStep = true
        return MySQLError(
            code: 2027, message: "a row came that does not fit the columns of its answer", outcome: .executed)
    }

    func status(hasRows: Bool) -> StatementResult {
        let affected = mysql_affected_rows(mysql)
        return StatementResult(
            affectedRows: hasRows || affected == UInt64.max ? 0 : affected,
            lastInsertID: mysql_insert_id(mysql),
            info: mysql_info(mysql).map { String(cString: $0) } ?? "",
            warningCount: UInt32(mysql_warning_count(mysql)),
            isInTransaction: mysql.pointee.server_status & UInt32(SERVER_STATUS_IN_TRANS) != 0)
    }

    /// The answer to a further statement of a multi-statement, `nil` when there is none.
    func nextResult() throws(MySQLError) -> ResultSet? {
        let answer = mysql_next_result(mysql)
        if answer > 0 { throw failure() }
        return answer < 0 ? nil : try collect()
    }

    /// Only a CALL has further results here; an error among them leaves what came before in place.
    private func dropFurtherResults() throws(MySQLError) {
        do throws(MySQLError) {
            while try nextResult() != nil {}
        } catch {
            throw error.with(outcome: .unknown)
        }
    }

    /// Lets the server take several statements in one packet, or not.
    func setMultiStatements(_ isOn: Bool) throws(MySQLError) {
        try requireOpen()
        let option = isOn ? MYSQL_OPTION_MULTI_STATEMENTS_ON : MYSQL_OPTION_MULTI_STATEMENTS_OFF
        if mysql_set_server_option(mysql, option) != 0 { throw failure().with(outcome: .notExecuted) }
    }

    // MARK: Raw packets

    func sendCommand(_ command: UInt8, _ payload: [UInt8]) throws(MySQLError) {
        try requireOpen()
        let answer = payload.withUnsafeBufferPointer {
            cm_send_command(mysql, command, $0.baseAddress, $0.count)
        }
        if answer != 0 { throw failure() }
    }

    /// The next packet; valid until the next read.
    func readPacket() throws(MySQLError) -> UnsafeRawBufferPointer {
        try requireOpen()
        let length = cm_read_packet(mysql)
        if length < 0 { throw failure() }
        return UnsafeRawBufferPointer(start: cm_packet(mysql), count: Int(length))
    }

    var hasArrived: Bool { isOpen && cm_has_arrived(mysql) != 0 }

    // MARK: Errors

    /// The error of the call that failed just now, for a statement handed over whole.
    func failure() -> MySQLError { Self.error(of: mysql, outcome: MySQLError.outcomeAfterSending) }

    private static func error(
        of mysql: UnsafeMutablePointer<MYSQL>, outcome: (UInt32) -> MySQLError.Outcome
    ) -> MySQLError {
        let code = mysql_errno(mysql)
        return MySQLError(
            code: code, sqlState: String(cString: mysql_sqlstate(mysql)), message: String(cString: mysql_error(mysql)),
            outcome: outcome(code))
    }

    /// Once a process; a static is started under a lock.
    private static let isLibraryReady = cm_library_init() == 0
}

extension Columns {
    convenience init(of result: UnsafeMutablePointer<MYSQL_RES>) {
        let count = Int(mysql_num_fields(result))
        let fields = mysql_fetch_fields(result)
        self.init((0..<count).map { Column(fields![$0]) })
    }
}

extension Column {
    fileprivate init(_ field: MYSQL_FIELD) {
        func text(_ start: UnsafeMutablePointer<CChar>?, _ count: UInt32) -> String {
            start.map { String(decoding: UnsafeRawBufferPointer(start: $0, count: Int(count)), as: UTF8.self) } ?? ""
        }
        name = text(field.name, field.name_length)
        originalName = text(field.org_name, field.org_name_length)
        table = text(field.table, field.table_length)
        originalTable = text(field.org_table, field.org_table_length)
        database = text(field.db, field.db_length)
        kind = Kind(rawValue: field.type.rawValue)
        flags = Flags(rawValue: field.flags)
        collationID = field.charsetnr
        charset = Self.charset(ofCollation: field.charsetnr)
        length = UInt64(field.length)
        decimals = field.decimals
    }

    /// 63 is binary. A collation newer than the library is utf8mb4: that is what our sessions ask answers to be in.
    private static func charset(ofCollation id: UInt32) -> Charset {
        if id == 63 { return .binary }
        guard let known = mariadb_get_charset_by_nr(id), let name = known.pointee.csname else { return .utf8mb4 }
        return Charset(String(cString: name)) ?? .utf8mb4
    }
}
