internal import CMariaDB

extension Handle {
    /// Prepares, runs and closes a statement with its values bound; all rows are decoded from the binary protocol.
    func run(_ text: [UInt8], binding values: [SQLValue]) throws(MySQLError) -> ResultSet {
        try requireOpen()
        guard let statement = mysql_stmt_init(mysql) else { throw .refused("out of memory for a statement") }
        defer { mysql_stmt_close(statement) }
        let prepared = text.withUnsafeBytes { bytes in
            mysql_stmt_prepare(statement, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt(bytes.count))
        }
        if prepared != 0 { throw Self.failure(of: statement).with(outcome: .notExecuted) }
        let wanted = Int(mysql_stmt_param_count(statement))
        guard wanted == values.count else {
            throw .refused("the statement has \(wanted) placeholders and \(values.count) values")
        }
        try execute(statement, values)
        return try collect(statement)
    }

    private func execute(_ statement: UnsafeMutablePointer<MYSQL_STMT>, _ values: [SQLValue]) throws(MySQLError) {
        var parameters = BoundParameters(values)
        let error: MySQLError? = parameters.withBinds { binds in
            if !binds.isEmpty, mysql_stmt_bind_param(statement, binds.baseAddress) != 0 {
                return Self.failure(of: statement).with(outcome: .notExecuted)
            }
            return mysql_stmt_execute(statement) != 0 ? Self.failure(of: statement) : nil
        }
        if let error { throw error }
    }

    private func collect(_ statement: UnsafeMutablePointer<MYSQL_STMT>) throws(MySQLError) -> ResultSet {
        guard let metadata = mysql_stmt_result_metadata(statement) else {
            if mysql_stmt_field_count(statement) > 0 { throw Self.failure(of: statement) }
            return ResultSet(columns: Columns([]), rows: [], status: status(of: statement, hasRows: false))
        }
        defer { mysql_free_result(metadata) }
        if mysql_stmt_store_result(statement) != 0 { throw Self.failure(of: statement) }
        let decoder = RowDecoder(columns: Columns(of: metadata))
        var rows: [Row] = []
        rows.reserveCapacity(Int(mysql_stmt_num_rows(statement)))
        var next = cm_stmt_rows(statement)
        while let row = next {
            rows.append(
                try decoder.binary(UnsafeRawBufferPointer(start: row.pointee.data, count: Int(row.pointee.length))))
            next = UnsafePointer(row.pointee.next)
        }
        let status = status(of: statement, hasRows: true)
        mysql_stmt_free_result(statement)
        var more = mysql_stmt_next_result(statement)
        while more == 0 {
            mysql_stmt_free_result(statement)
            more = mysql_stmt_next_result(statement)
        }
        // Only a CALL has further results; an error among them leaves what came before in place.
        if more > 0 { throw Self.failure(of: statement).with(outcome: .unknown) }
        return ResultSet(columns: decoder.columns, rows: rows, status: status)
    }

    private func status(of statement: UnsafeMutablePointer<MYSQL_STMT>, hasRows: Bool) -> StatementResult {
        let general = status(hasRows: hasRows)
        let affected = mysql_stmt_affected_rows(statement)
        return StatementResult(
            affectedRows: hasRows || affected == UInt64.max ? 0 : affected,
            lastInsertID: mysql_stmt_insert_id(statement), info: general.info, warningCount: general.warningCount,
            isInTransaction: general.isInTransaction)
    }

    private static func failure(of statement: UnsafeMutablePointer<MYSQL_STMT>) -> MySQLError {
        let code = mysql_stmt_errno(statement)
        return MySQLError(
            code: code, sqlState: String(cString: mysql_stmt_sqlstate(statement)),
            message: String(cString: mysql_stmt_error(statement)), outcome: MySQLError.outcomeAfterSending(code: code))
    }
}

/// The values of one execution in the library's form: one block of bytes and a bind a value that points into it.
private struct BoundParameters {
    private var arena: [UInt8] = []
    private var places: [(type: enum_field_types, offset: Int, count: Int, isUnsigned: Bool)] = []

    init(_ values: [SQLValue]) {
        for value in values { add(value) }
    }

    private mutating func add(_ value: SQLValue) {
        switch value {
        case .null: places.append((MYSQL_TYPE_NULL, 0, 0, false))
        case .int(let number): add(MYSQL_TYPE_LONGLONG, number)
        case .uint(let number), .bit(let number): add(MYSQL_TYPE_LONGLONG, number, isUnsigned: true)
        case .year(let number): add(MYSQL_TYPE_LONGLONG, Int64(number))
        case .float(let number): add(MYSQL_TYPE_FLOAT, number)
        case .double(let number): add(MYSQL_TYPE_DOUBLE, number)
        // As a string it would be compared with a DECIMAL column as a double.
        case .decimal(let text): add(MYSQL_TYPE_NEWDECIMAL, [UInt8](text.utf8))
        case .text(let bytes, _): add(MYSQL_TYPE_STRING, bytes)
        case .json(let text): add(MYSQL_TYPE_STRING, [UInt8](text.utf8))
        case .bytes(let bytes), .geometry(let bytes): add(MYSQL_TYPE_BLOB, bytes)
        case .date(let date): add { date.append(to: &$0) }
        case .dateTime(let dateTime): add { dateTime.append(to: &$0) }
        case .time(let time): add { time.append(to: &$0) }
        }
    }

    private mutating func add(_ type: enum_field_types, _ bytes: [UInt8]) {
        places.append((type, arena.count, bytes.count, false))
        arena += bytes
    }

    private mutating func add<T: BitwiseCopyable>(_ type: enum_field_types, _ number: T, isUnsigned: Bool = false) {
        // The library reads numbers in place.
        arena.append(contentsOf: repeatElement(0, count: (8 - arena.count % 8) % 8))
        places.append((type, arena.count, MemoryLayout<T>.size, isUnsigned))
        withUnsafeBytes(of: number) { arena.append(contentsOf: $0) }
    }

    /// Dates travel as text: it carries what the packed form cannot be trusted with (zero parts, days past the month).
    private mutating func add(_ write: (inout [UInt8]) -> Void) {
        let start = arena.count
        write(&arena)
        places.append((MYSQL_TYPE_STRING, start, arena.count - start, false))
    }

    mutating func withBinds<T>(_ body: (UnsafeMutableBufferPointer<MYSQL_BIND>) -> T) -> T {
        arena.append(0)
        var lengths = places.map { UInt($0.count) }
        return arena.withUnsafeMutableBytes { arena in
            lengths.withUnsafeMutableBufferPointer { lengths in
                var binds = places.enumerated().map { index, place in
                    var bind = MYSQL_BIND()
                    bind.buffer_type = place.type
                    bind.buffer = arena.baseAddress! + place.offset
                    bind.buffer_length = lengths[index]
                    bind.length = lengths.baseAddress! + index
                    bind.is_unsigned = place.isUnsigned ? 1 : 0
                    return bind
                }
                return binds.withUnsafeMutableBufferPointer { body($0) }
            }
        }
    }
}
