import Foundation
internal import MySQLClient
internal import Sandbox
import Testing

/// Certificates of an authority of its own, for `127.0.0.1` and `localhost`, made by openssl in a folder of their own.
struct Certificates {
    let folder: String
    var ca: String { folder + "/ca.pem" }
    var serverOptions: [String] {
        ["--ssl-ca=\(ca)", "--ssl-cert=\(folder)/server.pem", "--ssl-key=\(folder)/server.key"]
    }

    init(for names: String = "IP:127.0.0.1,DNS:localhost") throws {
        folder = FileManager.default.temporaryDirectory.path + "/lockstep-tls-\(UUID())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "subjectAltName=\(names)\n".write(toFile: folder + "/names", atomically: false, encoding: .utf8)
        try openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=Authority-\(UUID()) -keyout ca.key -out ca.pem")
        try openssl("req -newkey rsa:2048 -nodes -subj /CN=server -keyout server.key -out server.csr")
        try openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem")
    }

    private func openssl(_ arguments: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments.split(separator: " ").map(String.init)
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }

    func remove() throws { try FileManager.default.removeItem(atPath: folder) }
}

@Suite struct ConnectionTLSTests {
    private func open(_ server: ServerProcess, host: String? = nil, _ tls: ConnectionOptions.TLS) async throws
        -> String?
    {
        var options = server.tcpOptions(server.users.application)
        options.tls = tls
        if let host { options.address = .tcp(host: host, port: server.port) }
        let connection = try await Connection.open(options)
        let cipher = connection.tlsCipher
        await connection.close()
        return cipher
    }

    @Test("Each TLS mode accepts what it promises and refuses the rest", arguments: ServerFamily.available)
    func modes(family: ServerFamily) async throws {
        let (mine, others) = (try Certificates(), try Certificates())
        let server = try await ServerProcess.start(
            family, name: "tls", options: ServerOptions(extra: mine.serverOptions))
        #expect(try await open(server, .init(mode: .disabled)) == nil)
        for mode in [ConnectionOptions.TLSMode.preferred, .required] {
            #expect(try await open(server, .init(mode: mode)) != nil, "\(mode)")
        }
        for mode in [ConnectionOptions.TLSMode.verifyCA, .verifyIdentity] {
            #expect(try await open(server, .init(mode: mode, caFile: mine.ca)) != nil, "\(mode)")
            let wrong = await mysqlError { try await open(server, .init(mode: mode, caFile: others.ca)) }
            #expect(wrong?.code == 2026 && wrong?.outcome == .notExecuted, "\(mode): \(String(describing: wrong))")
            let system = await mysqlError { try await open(server, .init(mode: mode)) }
            #expect(system?.code == 2026, "\(mode) with the system's authorities: \(String(describing: system))")
        }
        let missing = await mysqlError { try await open(server, .init(mode: .verifyCA, caFile: "/nonexistent.pem")) }
        #expect(missing?.code == 2026)
        await server.stop()
        try mine.remove()
        try others.remove()
    }

    @Test("A certificate for another host passes verifyCA and not verifyIdentity", arguments: ServerFamily.available)
    func otherHost(family: ServerFamily) async throws {
        let certificates = try Certificates(for: "DNS:db.example")
        let options = ServerOptions(extra: certificates.serverOptions)
        let server = try await ServerProcess.start(family, name: "tls-host", options: options)
        #expect(try await open(server, .init(mode: .verifyCA, caFile: certificates.ca)) != nil)
        let error = await mysqlError { try await open(server, .init(mode: .verifyIdentity, caFile: certificates.ca)) }
        #expect(error?.code == 2026 && error?.outcome == .notExecuted)
        await server.stop()
        try certificates.remove()
    }

    @Test("Without TLS on the server, preferred goes on without and required refuses")
    func serverWithout() async throws {
        let server = try await ServerProcess.start(
            .mariadb, name: "no-tls", options: ServerOptions(extra: ["--skip-ssl"]))
        #expect(try await open(server, .init(mode: .preferred)) == nil)
        for mode in [ConnectionOptions.TLSMode.required, .verifyCA, .verifyIdentity] {
            #expect(await mysqlError { try await open(server, .init(mode: mode)) }?.code == 2026, "\(mode)")
        }
        await server.stop()
    }

    @Test("Cancellation reaches the server over TLS too", arguments: ServerFamily.available)
    func cancelOverTLS(family: ServerFamily) async throws {
        let certificates = try Certificates()
        let server = try await ServerProcess.start(
            family, name: "tls-kill", options: ServerOptions(extra: certificates.serverOptions))
        var options = server.tcpOptions(server.users.application)
        options.tls = .init(mode: .verifyIdentity, caFile: certificates.ca)
        let connection = try await Connection.open(options)
        let clock = ContinuousClock()
        let error = await mysqlError {
            try await connection.query("SELECT SLEEP(60)", timeout: .milliseconds(50), clock: clock)
        }
        #expect(error?.isInterrupted == true)
        #expect(try await connection.query("SELECT 1").count == 1)
        await connection.close()
        await server.stop()
        try certificates.remove()
    }
}
