internal import CMariaDB

extension Connection {
    /// Runs a SELECT and hands its rows over in batches as they arrive; memory holds one batch, however large the result.
    ///
    /// Until it returns the connection takes no other statement (2014). The server holds what the SELECT holds (a snapshot,
    /// locks) and drops the connection when nobody reads for `net_write_timeout`. Values travel as literals, rows over the text
    /// protocol: a FLOAT is rounded to six digits.
    ///
    /// - Parameters:
    ///   - batchSize: the most rows in one call of `body`, at least 1.
    ///   - body: never called with an empty batch. What it throws ends the statement on the server and comes out of here.
    package nonisolated func forEachBatch(
        _ sql: SQL, batchSize: Int = 1000, _ body: ([Row]) async throws -> Void
    ) async throws {
        try await openCursor(sql)
        do {
            while let rows = try await nextRows(batchSize) { try await body(rows) }
        } catch {
            await closeCursor()
            throw error
        }
        await closeCursor()
    }

    /// Starts a SELECT whose rows `nextRows` reads; end with `closeCursor`. `forEachBatch` is these three.
    package func openCursor(_ sql: SQL) async throws(MySQLError) {
        let text = try sql.literalText()
        let cursor = try await cancellable { handle throws(MySQLError) in
            try handle.send(text)
            guard let result = mysql_use_result(handle.mysql) else {
                if mysql_field_count(handle.mysql) > 0 { throw handle.failure() }
                throw .unusableAnswer("the statement has no rows to read")
            }
            return Cursor(result: result, decoder: RowDecoder(columns: Columns(of: result)))
        }
        self.cursor = cursor
        use = .streaming
    }

    /// The next rows, at most `count`, waiting for them; `nil` after the last.
    package func nextRows(_ count: Int) async throws(MySQLError) -> [Row]? {
        guard let cursor else { return nil }
        use = .statements
        defer { use = .streaming }
        let rows = try await cancellable { handle throws(MySQLError) in
            var rows: [Row] = []
            while rows.count < max(1, count), let row = try handle.nextRow(of: cursor.result, cursor.decoder) {
                rows.append(row)
            }
            return rows
        }
        return rows.isEmpty ? nil : rows
    }

    /// Ends the statement if it has not ended, and gives the connection back for others.
    package func closeCursor() {
        guard let cursor else { return }
        self.cursor = nil
        use = .statements
        if handle.isOpen, cursor.result.pointee.eof == 0 {
            // Freeing reads all that is left; a killed SELECT has little left.
            let kill = StatementKill(options, connectionID: connectionID, socket: handle.socket)
            kill.fire()
            mysql_free_result(cursor.result)
            if kill.finish() { absorbLateKill() }
        } else {
            mysql_free_result(cursor.result)
        }
    }

    /// A result that is being read. Used on the connection's thread alone.
    struct Cursor: @unchecked Sendable {
        let result: UnsafeMutablePointer<MYSQL_RES>
        let decoder: RowDecoder

        /// Lets go of a result together with its connection: nothing left of it is read.
        func discard(_ handle: Handle) {
            handle.socket.shutDown()
            mysql_free_result(result)
        }
    }
}
