internal import Core
internal import Engine
internal import Foundation
internal import Glibc
internal import Journal
internal import Manifests
internal import MySQLClient
internal import OnlineSchemaChange
internal import Schema
internal import VitessExecutor

/// The composition root: what the files say becomes the values the targets are built from.
struct Wiring {
    let cluster: ClusterFile
    let sites: [ShardName: ShardSite]
    /// By keyspace, of those behind a VTGate.
    let vtgates: [String: VTGateEndpoint]

    /// Reads a cluster file and the credentials it names. Contacts no server.
    init(
        clusters path: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(Ending) {
        let text = try InputFile.text(path)
        do throws(ManifestError) { cluster = try ClusterFile(text, file: path) } catch { throw Ending(error) }
        sites = try Self.sites(cluster, file: path, environment)
        vtgates = try Self.vtgates(cluster, file: path, environment)
    }

    /// Carries out effects on the cluster file's keyspaces.
    var executor: FleetExecutor {
        let plain = plain
        let known = Set(sites.keys)
        return FleetExecutor(
            plain: plain,
            vitess: VitessExecutor(
                vtgates, clock: ContinuousClock(), wallClock: Self.now,
                blockers: { spec, shard throws(Failure) in
                    known.contains(shard) ? try await plain.blockers(of: spec, on: shard) : nil
                }),
            vitessKeyspaces: Set(vtgates.keys), shards: plainShards)
    }

    private var plainShards: [String: [ShardName]] {
        Dictionary(uniqueKeysWithValues: cluster.keyspaces.map { ($0.name, $0.shards.map(\.name)) })
    }

    private var plain: OnlineSchemaChangeExecutor {
        OnlineSchemaChangeExecutor(
            sites: sites,
            environment: ExecutorEnvironment(
                clock: ContinuousClock(), wallClock: Self.now,
                // Servers drop an older reader of the same id: drawn from a range that people do not give to replicas.
                replicaID: { UInt32.random(in: 0x8000_0000...0xFFFF_FFF0) }))
    }

    /// The engine over a journal.
    func engine(_ journal: EventLog) async throws(Ending) -> Engine {
        let executor = executor
        let settings = EngineSettings(
            environment: cluster.environment,
            shards: { keyspace async throws(Failure) in try await executor.shards(of: keyspace) },
            differences: FleetExecutor.differences,
            clock: ContinuousClock(), wallClock: Self.now, askLimit: .seconds(30), stopLimit: .seconds(60))
        do throws(EngineError) {
            return try await Engine(journal: journal, executor: executor, settings: settings)
        } catch { throw Ending(error) }
    }

    /// The wall clock.
    static func now() -> Timestamp {
        Timestamp(milliseconds: Int64((Date().timeIntervalSince1970 * 1000).rounded(.down)))
    }

    // MARK: - Servers

    private static func sites(
        _ cluster: ClusterFile, file: String, _ environment: [String: String]
    ) throws(Ending) -> [ShardName: ShardSite] {
        let base = try login(cluster, file: file, environment)
        var sites: [ShardName: ShardSite] = [:]
        for keyspace in cluster.keyspaces {
            for shard in keyspace.shards + keyspace.servers {
                sites[shard.name] = ShardSite(
                    shard: shard.name, database: shard.database, primary: options(base, shard.primary),
                    replicas: shard.replicas.map { .init(name: $0.description, options: options(base, $0)) })
            }
        }
        return sites
    }

    private static func vtgates(
        _ cluster: ClusterFile, file: String, _ environment: [String: String]
    ) throws(Ending) -> [String: VTGateEndpoint] {
        var vtgates: [String: VTGateEndpoint] = [:]
        for keyspace in cluster.keyspaces {
            guard let address = keyspace.vtgate else { continue }
            var options = options(try login(cluster, file: file, environment), address)
            if let user = environment["LOCKSTEP_VTGATE_USER"], !user.isEmpty { options.user = user }
            if let password = environment["LOCKSTEP_VTGATE_PASSWORD"] { options.password = Secret(password) }
            vtgates[keyspace.name] = VTGateEndpoint(options)
        }
        return vtgates
    }

    private static func options(_ base: ConnectionOptions, _ address: ClusterFile.Address) -> ConnectionOptions {
        var options = base
        switch address {
        case .tcp(let host, let port): options.address = .tcp(host: host, port: port)
        case .socket(let path): options.address = .unixSocket(path: path)
        }
        return options
    }

    /// Who logs in, for every server of the file: what the cluster file says itself wins over `LOCKSTEP_MYSQL_USER` and
    /// `LOCKSTEP_MYSQL_PASSWORD`, and these over the option file. TLS in the cluster file wins over the option file's.
    private static func login(
        _ cluster: ClusterFile, file: String, _ environment: [String: String]
    ) throws(Ending) -> ConnectionOptions {
        let credentials = cluster.credentials
        var options = ConnectionOptions(address: .tcp(host: "127.0.0.1", port: 3306), user: "")
        options.tls = tls(cluster.tls)
        if let path = credentials.optionFile {
            do throws(OptionFileError) {
                try options.apply(try OptionFile(path: expanded(path, environment), groups: credentials.groups))
            } catch { throw Ending(error) }
            if says(cluster.tls) { options.tls = tls(cluster.tls) }
        }
        options.apply(environment: environment)
        if let user = credentials.user { options.user = user }
        if let variable = credentials.passwordVariable {
            guard let password = environment[variable] else {
                throw Ending(
                    Ending.Code.configuration,
                    [
                        "\(file): credentials.passwordEnv names \(variable), and the environment has no such variable.",
                        "  next    set it to the password of \(options.user.isEmpty ? "the user" : options.user)",
                    ])
            }
            options.password = Secret(password)
        }
        guard !options.user.isEmpty else {
            throw Ending(
                Ending.Code.configuration,
                [
                    "\(file): nothing says which user to log in as.",
                    "  next    give credentials.user or credentials.optionFile, or set LOCKSTEP_MYSQL_USER",
                ])
        }
        options.database = nil
        return options
    }

    private static func expanded(_ path: String, _ environment: [String: String]) -> String {
        path.hasPrefix("~/") ? (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst(1) : path
    }

    /// Whether the file asks for more than the default.
    private static func says(_ tls: ClusterFile.TLS) -> Bool {
        tls.mode != "preferred" || tls.ca != nil || tls.certificate != nil || tls.key != nil
    }

    /// A mode as `ClusterFile.tlsModes` spells it.
    static func mode(_ word: String) -> ConnectionOptions.TLSMode {
        switch word {
        case "disabled": .disabled
        case "required": .required
        case "verify-ca": .verifyCA
        case "verify-identity": .verifyIdentity
        default: .preferred
        }
    }

    private static func tls(_ tls: ClusterFile.TLS) -> ConnectionOptions.TLS {
        ConnectionOptions.TLS(mode: mode(tls.mode), caFile: tls.ca, certificateFile: tls.certificate, keyFile: tls.key)
    }
}

/// Files that people wrote.
enum InputFile {
    /// More is no manifest and no cluster file.
    private static let longest = 4 << 20

    static func text(_ path: String) throws(Ending) -> String {
        let data: Data
        do {
            data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : try Data(contentsOf: URL(fileURLWithPath: path))
        } catch {
            let reason = access(path, R_OK) == 0 ? error.localizedDescription : String(cString: strerror(errno))
            throw Ending(Ending.Code.configuration, "\(path): cannot be read: \(reason)")
        }
        guard data.count <= longest else { throw Ending(Ending.Code.configuration, "\(path): longer than 4 MiB") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Ending(Ending.Code.configuration, "\(path): not UTF-8")
        }
        return text
    }
}
