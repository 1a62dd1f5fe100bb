/// Handshake v10 and `mysql_native_password`, the only method VTGate offers (fact 37).
struct Handshake {
    let connectionID: UInt32
    let serverVersion: String
    let challenge: [UInt8]

    struct Reply {
        var capabilities: Capabilities
        var user: String
        var response: [UInt8]
        var database: String
        var plugin: String
    }

    init(connectionID: UInt32, serverVersion: String) {
        self.connectionID = connectionID
        self.serverVersion = serverVersion
        // No zero byte: the protocol ends the challenge with one.
        challenge = (0..<20).map { _ in UInt8.random(in: 1...127) }
    }

    var greeting: [UInt8] {
        var bytes: [UInt8] = [10]
        bytes.appendZeroTerminated(serverVersion)
        bytes.appendInteger(UInt64(connectionID), bytes: 4)
        bytes.append(contentsOf: challenge[..<8])
        bytes.append(0)
        let offered = UInt64(Capabilities.offered.rawValue)
        bytes.appendInteger(offered, bytes: 2)
        bytes.append(255)
        bytes.appendInteger(2, bytes: 2)
        bytes.appendInteger(offered >> 16, bytes: 2)
        bytes.append(21)
        bytes.append(contentsOf: [UInt8](repeating: 0, count: 10))
        bytes.append(contentsOf: challenge[8...])
        bytes.append(0)
        bytes.appendZeroTerminated("mysql_native_password")
        return bytes
    }

    static func reply(_ payload: [UInt8]) -> Reply? {
        var reader = ByteReader(payload)
        let capabilities = Capabilities(rawValue: UInt32(reader.integer(4)))
        // A request for TLS is 32 bytes and nothing else: nobody offered it.
        guard payload.count > 32, capabilities.contains(.protocol41) else { return nil }
        reader.position = 32
        let user = reader.zeroTerminated()
        let response: [UInt8]
        if capabilities.contains(.pluginAuthLength) {
            response = reader.take(reader.length() ?? 0)
        } else {
            response = reader.take(Int(reader.integer(1)))
        }
        let database = capabilities.contains(.connectWithDatabase) ? reader.zeroTerminated() : ""
        let plugin = capabilities.contains(.pluginAuth) ? reader.zeroTerminated() : "mysql_native_password"
        return Reply(capabilities: capabilities, user: user, response: response, database: database, plugin: plugin)
    }

    /// Asks a client that answered by another method to use this one.
    var switchRequest: [UInt8] {
        var bytes: [UInt8] = [0xFE]
        bytes.appendZeroTerminated("mysql_native_password")
        bytes.append(contentsOf: challenge)
        bytes.append(0)
        return bytes
    }
}
