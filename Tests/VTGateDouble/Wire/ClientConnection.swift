internal import Foundation

/// One client: logs in, then one command after the other.
final class ClientConnection {
    private enum Command {
        static let quit: UInt8 = 1, initDB: UInt8 = 2, query: UInt8 = 3, ping: UInt8 = 14, setOption: UInt8 = 27
        static let prepare: UInt8 = 22, statementClose: UInt8 = 25, resetConnection: UInt8 = 31
    }

    private let world: World
    private let stream: PacketStream
    private var capabilities: Capabilities = []

    init(_ world: World, _ stream: PacketStream) {
        self.world = world
        self.stream = stream
    }

    private func locked<T>(_ body: () -> T) -> T {
        world.gate.lock()
        defer { world.gate.unlock() }
        return body()
    }

    func run() {
        guard let session = logIn() else { return }
        while let packet = stream.read(), let command = packet.first, command != Command.quit {
            guard let answer = answer(command, Array(packet.dropFirst()), session) else { continue }
            if case .dropped = answer { break }
            let status = ServerStatus(isInTransaction: session.isInTransaction, isAutocommit: session.isAutocommit)
            let writer = ResultWriter(capabilities: capabilities, status: status)
            if !stream.write(writer.bytes(of: answer, sequence: &stream.sequence)) { break }
            if locked({ session.isGone }) { break }
        }
        locked { world.sessions[session.connectionID] = nil }
    }

    private func logIn() -> Session? {
        let (number, version) = locked {
            defer { world.nextConnection += 1 }
            return (world.nextConnection, world.version)
        }
        let handshake = Handshake(connectionID: number, serverVersion: version.mysqlVersion)
        stream.sequence = 0
        guard stream.write(packet: handshake.greeting), let packet = stream.read(),
            var reply = Handshake.reply(packet)
        else { return nil }
        if reply.plugin != "mysql_native_password" {
            guard stream.write(packet: handshake.switchRequest), let answer = stream.read() else { return nil }
            reply.response = answer
        }
        capabilities = reply.capabilities.intersection(.offered)
        if let error = refusal(reply, handshake) {
            _ = stream.write(packet: ResultWriter.payload(of: error))
            return nil
        }
        let session = locked {
            let session = Session(
                connectionID: number, user: reply.user, strategy: "direct",
                uuid: world.newUUID().replacing("_", with: "-"), stream: stream)
            if !reply.database.isEmpty { session.select(reply.database) }
            world.sessions[number] = session
            return session
        }
        let writer = ResultWriter(
            capabilities: capabilities, status: ServerStatus(isInTransaction: false, isAutocommit: true))
        guard stream.write(writer.bytes(of: .ok(affected: 0), sequence: &stream.sequence)) else { return nil }
        return session
    }

    private func refusal(_ reply: Handshake.Reply, _ handshake: Handshake) -> ErrorAnswer? {
        if world.configuration.requiresTLS {
            return ErrorAnswer(message: "server does not allow insecure connections, client must use SSL/TLS")
        }
        let users = world.configuration.users
        if !users.isEmpty {
            let isKnown =
                users[reply.user].map {
                    SHA1.nativePassword($0, challenge: handshake.challenge) == reply.response
                } ?? false
            if !isKnown {
                return ErrorAnswer(code: 1045, state: "28000", message: "Access denied for user '\(reply.user)'")
            }
        }
        if reply.database.isEmpty { return nil }
        return locked {
            let probe = Session(connectionID: 0, user: "", strategy: "", uuid: "", stream: nil)
            probe.select(reply.database)
            guard let name = probe.keyspace, world.keyspace(name) == nil else { return nil }
            return World.unknownKeyspace(name)
        }
    }

    /// `nil`: the command has no answer.
    private func answer(_ command: UInt8, _ payload: [UInt8], _ session: Session) -> Answer? {
        let text = String(decoding: payload, as: UTF8.self)
        switch command {
        case Command.query: return locked { world.answer(text, session) }
        case Command.initDB:
            return locked {
                do throws(ErrorAnswer) {
                    try world.use(text, session)
                    return .ok(affected: 0)
                } catch {
                    return .error(error)
                }
            }
        case Command.ping: return .ok(affected: 0)
        case Command.prepare: return locked { world.answer(text, session, isPrepare: true) }
        case Command.setOption: return setOption()
        case Command.resetConnection: return .ok(affected: 0)
        case Command.statementClose: return nil
        default: return .fail(1105, "HY000", "unsupported command: \(command)")
        }
    }

    /// An EOF packet, which a client that has done away with EOF takes as well.
    private func setOption() -> Answer? {
        _ = stream.write(packet: [0xFE, 0, 0, 2, 0])
        return nil
    }
}
