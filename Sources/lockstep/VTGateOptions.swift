internal import ArgumentParser
internal import Core
internal import Foundation
internal import Manifests
internal import MySQLClient
internal import Vitess
internal import VitessExecutor

/// `--vtgate` and what belongs to it: the migrations of a Vitess cluster instead of an engine's.
struct VTGateOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Look at a Vitess cluster through this VTGate, and give it the orders; no engine is needed.",
            valueName: "host:port"))
    var vtgate: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Only this keyspace; may be repeated. Default: every one the user may see.", valueName: "name"))
    var keyspace: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Who logs in to VTGate. Default: the option file's user, else this program's. The password comes from the "
                + "environment, LOCKSTEP_VTGATE_PASSWORD, or from the option file.", valueName: "user"))
    var vtgateUser: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A MySQL option file; its groups client, lockstep and vtgate are read.", valueName: "file"))
    var vtgateOptionFile: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "TLS to VTGate: \(ClusterFile.tlsModes.joined(separator: ", ")). Default: preferred.", valueName: "mode"))
    var tls: String?

    @Option(name: .long, help: ArgumentHelp("The authorities that VTGate's certificate may come from.", valueName: "file"))
    var tlsCa: String?

    @Option(name: .long, help: ArgumentHelp("Our certificate, where VTGate wants one.", valueName: "file"))
    var tlsCert: String?

    @Option(name: .long, help: ArgumentHelp("The key of --tls-cert.", valueName: "file"))
    var tlsKey: String?

    @Flag(name: .long, help: "This cluster is no production: the badge says TEST and long lists are not counted out.")
    var notProduction = false

    func validate() throws {
        guard let vtgate else {
            let given = [
                keyspace.isEmpty ? nil : "--keyspace", vtgateUser.map { _ in "--vtgate-user" },
                vtgateOptionFile.map { _ in "--vtgate-option-file" }, tls.map { _ in "--tls" }, tlsCa.map { _ in "--tls-ca" },
                tlsCert.map { _ in "--tls-cert" }, tlsKey.map { _ in "--tls-key" }, notProduction ? "--not-production" : nil,
            ].compactMap(\.self)
            if let first = given.first { throw ValidationError("\(first) needs --vtgate") }
            return
        }
        guard VTGateAddress(vtgate) != nil else { throw ValidationError("--vtgate must be HOST:PORT, as 127.0.0.1:15306") }
        for name in keyspace where KeyspaceName(name) == nil {
            throw ValidationError("--keyspace \"\(name)\" is no keyspace's name: letters, digits, _, - and .")
        }
        if let tls, !ClusterFile.tlsModes.contains(tls) {
            throw ValidationError("--tls must be one of \(ClusterFile.tlsModes.joined(separator: ", "))")
        }
    }

    /// `nil` without `--vtgate`. Contacts nobody.
    /// - Parameter seeking: a migration to look for however long ago it ended.
    func link(
        _ directory: StateDirectory, seeking id: String?, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Ending) -> FleetLink? {
        guard let vtgate, let address = VTGateAddress(vtgate) else { return nil }
        try directory.prepare()
        let endpoint = VTGateEndpoint(try login(address, environment))
        let sought = id.flatMap(MigrationID.init).map { [VitessUUID($0)] } ?? []
        let fleet = VitessFleet(
            AttachSettings(
                endpoint: endpoint, keyspaces: keyspace.compactMap(KeyspaceName.init), sought: Set(sought),
                environment: Environment(name: address.description, isProduction: !notProduction),
                audit: CommandAudit(path: directory.path + "/vtgate-commands.jsonl"), clock: ContinuousClock(),
                wallClock: Wiring.now))
        return FleetLink(vtgate: fleet, named: address.description, directory: directory)
    }

    /// The command line wins over the environment, and that over the option file.
    private func login(
        _ address: VTGateAddress, _ environment: [String: String]
    ) throws(Ending) -> ConnectionOptions {
        var options = ConnectionOptions(address: .tcp(host: address.host, port: address.port), user: "")
        if let vtgateOptionFile {
            do throws(OptionFileError) {
                try options.apply(try OptionFile(path: vtgateOptionFile, groups: ["client", "lockstep", "vtgate"]))
            } catch { throw Ending(error) }
        }
        options.address = .tcp(host: address.host, port: address.port)
        if let user = environment["LOCKSTEP_VTGATE_USER"], !user.isEmpty { options.user = user }
        if let password = environment["LOCKSTEP_VTGATE_PASSWORD"] { options.password = Secret(password) }
        if let vtgateUser { options.user = vtgateUser }
        if options.user.isEmpty { options.user = Person.current.user }
        if let tls { options.tls.mode = Wiring.mode(tls) }
        if let tlsCa { options.tls.caFile = tlsCa }
        if let tlsCert { options.tls.certificateFile = tlsCert }
        if let tlsKey { options.tls.keyFile = tlsKey }
        return options
    }
}

/// Which fleet a command is about: an engine's, or a Vitess cluster's.
struct FleetOptions: ParsableArguments {
    @OptionGroup var engine: EngineOptions
    @OptionGroup var vtgate: VTGateOptions

    /// Nothing is connected until the link is asked.
    /// - Parameter seeking: a migration to look for however long ago it ended.
    func link(seeking id: String? = nil) throws(Ending) -> FleetLink {
        try vtgate.link(engine.directory, seeking: id) ?? engine.link
    }
}
