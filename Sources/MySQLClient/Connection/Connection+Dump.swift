extension Connection {
    /// Sends a command that the server answers with packets without end: COM_BINLOG_DUMP (18), COM_BINLOG_DUMP_GTID (30).
    ///
    /// From here the connection reads packets and nothing else: every statement is refused (2014). End it with `abort` or
    /// `close`; cancelling a read aborts it.
    /// - Parameter payload: what follows the command byte.
    package func startDump(command: UInt8, payload: [UInt8]) async throws(MySQLError) {
        try requireFree()
        try handle.sendCommand(command, payload)
        use = .dumping
    }

    /// The next packet, waiting for it: its first byte is 0 before an event, 0xFE with fewer than 9 bytes at the end of the
    /// stream.
    /// - Throws: 1236 and the like as the server says it; 2013 the connection was lost or aborted, or nothing came within the
    ///   read timeout; 1317 the task was cancelled. The connection is of no use then.
    package func readPacket() async throws(MySQLError) -> [UInt8] {
        try await readPackets(atMost: 1)[0]
    }

    /// Waits for one packet, then takes those that have arrived already: fewer thread changes than one by one.
    /// - Parameters:
    ///   - count: the most packets to take, at least 1.
    ///   - bytes: no further packet is taken beyond this many bytes.
    /// - Throws: as `readPacket`. Packets that arrived just before an error are dropped with it: resume behind the last event
    ///   that was handed out.
    package func readPackets(atMost count: Int, bytes: Int = 1 << 20) async throws(MySQLError) -> [[UInt8]] {
        guard use == .dumping else { throw .refused("no dump was started on this connection") }
        if Task.isCancelled { throw Self.interrupted(.notExecuted, "cancelled") }
        let handle = handle
        // The closure must name the actor: one that does not is no part of it, and would block a thread of Swift's shared pool.
        let result = await withTaskCancellationHandler {
            self.takePackets(atMost: count, bytes: bytes)
        } onCancel: {
            handle.socket.shutDown()
        }
        if Task.isCancelled { throw Self.interrupted(.notExecuted, "cancelled") }
        return try result.get()
    }

    private func takePackets(atMost count: Int, bytes: Int) -> Result<[[UInt8]], MySQLError> {
        do throws(MySQLError) {
            var packets = [[UInt8](try handle.readPacket())]
            var taken = packets[0].count
            while packets.count < count, taken < bytes, handle.hasArrived {
                let packet = try handle.readPacket()
                packets.append([UInt8](packet))
                taken += packet.count
            }
            return .success(packets)
        } catch {
            return .failure(error)
        }
    }
}
