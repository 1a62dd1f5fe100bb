internal import MySQLClient
internal import Sandbox
import Testing

@Suite struct ConnectionDumpTests {
    /// A session of the replication user that is ready to be sent the binlog.
    private func connect(_ server: ServerProcess) async throws -> Connection {
        try await Connection.open(
            server.tcpOptions(server.users.replication),
            setup: SessionSetup(["SET @master_binlog_checksum = 'CRC32', @source_binlog_checksum = 'CRC32'"]))
    }

    /// Position (4 bytes), flags (2), a server id of our own (4), file name. A server ends the older of two dumps with one id.
    private func payload(file: String, position: UInt32 = 4) -> [UInt8] {
        withUnsafeBytes(of: position.littleEndian, Array.init) + [0, 0]
            + withUnsafeBytes(of: UInt32.random(in: 1000...UInt32.max), Array.init) + [UInt8](file.utf8)
    }

    private func currentFile(_ server: ServerProcess) async throws -> String {
        let connection = try await Connection.open(server.tcpOptions(server.users.lockstep))
        let statement: SQL = server.family == .mysql ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"
        let file = try await connection.query(statement).single().string("File")
        await connection.close()
        return file
    }

    @Test("A dump sends packets, one by one and in batches, until it is aborted", arguments: ServerFamily.available)
    func dump(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        let connection = try await connect(server)
        try await connection.startDump(command: 18, payload: payload(file: try await currentFile(server)))
        #expect(await mysqlError { try await connection.query("SELECT 1") }?.code == 2014)
        // An artificial ROTATE, then the FORMAT_DESCRIPTION: byte 5 of a packet is the type of its event.
        let first = try await connection.readPacket()
        #expect(first[0] == 0 && first[5] == 4)
        let batch = try await connection.readPackets(atMost: 100)
        #expect((1...100).contains(batch.count) && batch[0][5] == 15)

        let reader = Task { () -> MySQLError? in
            await mysqlError { while true { _ = try await connection.readPackets(atMost: 100) } }
        }
        connection.abort()
        let error = await reader.value
        #expect(error?.isConnectionLost == true, "\(String(describing: error))")
        await connection.close()
    }

    @Test("A read that waits for the next event ends when its task is cancelled", arguments: ServerFamily.available)
    func cancelledRead(family: ServerFamily) async throws {
        let server = try await SandboxServers.sharedServer(family)
        let connection = try await connect(server)
        try await connection.startDump(command: 18, payload: payload(file: try await currentFile(server)))
        _ = try await connection.readPacket()
        let reader = Task { () -> MySQLError? in
            await mysqlError { while true { _ = try await connection.readPacket() } }
        }
        reader.cancel()
        #expect(await reader.value?.code == 1317)
        await connection.close()
    }

    @Test("A binlog file that is not there is the server's own error", arguments: ServerFamily.available)
    func missingFile(family: ServerFamily) async throws {
        let connection = try await connect(try await SandboxServers.sharedServer(family))
        try await connection.startDump(command: 18, payload: payload(file: "no-such-file.000001"))
        let error = await mysqlError { while true { _ = try await connection.readPacket() } }
        #expect(error?.isBinlogUnavailable == true)
        await connection.close()
    }

    @Test("Packets cannot be read where no dump was started")
    func withoutDump() async throws {
        let connection = try await connect(try await SandboxServers.sharedServer(.mariadb))
        #expect(await mysqlError { try await connection.readPacket() }?.outcome == .notExecuted)
        await connection.close()
    }
}
