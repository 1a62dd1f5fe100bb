package import Core

/// The fleet as an operator writes it down: keyspaces, shards, where their servers are and how to log in. See `docs/clusters.md`.
package struct ClusterFile: Equatable, Sendable {
    /// Where a server listens.
    package enum Address: Equatable, Hashable, Sendable, CustomStringConvertible {
        case tcp(host: String, port: UInt16)
        case socket(path: String)

        package var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .socket(let path): path
            }
        }
    }

    /// Where user and password come from. No password stands in a cluster file.
    package struct Credentials: Equatable, Sendable {
        /// The user; `nil` leaves it to the option file.
        package var user: String?
        /// The environment variable that holds the password.
        package var passwordVariable: String?
        /// A MySQL option file and the groups read from it.
        package var optionFile: String?
        package var groups: [String]
    }

    /// TLS as MySQL's own clients name it: `disabled`, `preferred`, `required`, `verify-ca`, `verify-identity`.
    package struct TLS: Equatable, Sendable {
        package var mode: String
        package var ca: String?
        package var certificate: String?
        package var key: String?
    }

    package struct Shard: Equatable, Sendable {
        package let name: ShardName
        /// The database on that server: the keyspace's, unless the shard names its own.
        package let database: String
        package let primary: Address
        /// In the file's order.
        package let replicas: [Address]
    }

    package struct Keyspace: Equatable, Sendable {
        package let name: String
        /// The database that holds the keyspace on each shard; the keyspace's own name unless the file says otherwise.
        package let database: String
        /// In the file's order, which is the order of every list and screen. Empty behind a VTGate, which knows them itself.
        package let shards: [Shard]
        /// Where the keyspace's VTGate listens; `nil` for plain servers.
        package let vtgate: Address?
        /// Of a keyspace behind a VTGate, the primaries that may be looked at for who is in the way; as many as the file gives.
        package let servers: [Shard]
    }

    package let environment: Environment
    package let credentials: Credentials
    package let tls: TLS
    package let keyspaces: [Keyspace]

    /// The modes a file may name.
    package static let tlsModes = ["disabled", "preferred", "required", "verify-ca", "verify-identity"]

    /// Reads the text of a cluster file. Contacts nothing.
    package init(_ text: String, file: String) throws(ManifestError) {
        let document = try YAMLReader.document(text, file: file)
            .fields(["apiVersion", "kind", "metadata", "credentials", "tls", "keyspaces"])
        try document.header(kind: "Cluster")
        let metadata = try document.required("metadata").fields(["name", "production"])
        environment = Environment(
            name: try metadata.required("name").text(), isProduction: try metadata["production"]?.flag() ?? false)
        credentials = try Self.credentials(document["credentials"])
        tls = try Self.tls(document["tls"])
        keyspaces = try Self.keyspaces(try document.required("keyspaces"))
    }

    /// The keyspace of that name; `nil` when the file has none.
    package func keyspace(_ name: String) -> Keyspace? { keyspaces.first { $0.name == name } }

    private static func credentials(_ reader: YAMLReader?) throws(ManifestError) -> Credentials {
        guard let fields = try reader?.fields(["user", "passwordEnv", "optionFile", "groups"]) else {
            return Credentials(user: nil, passwordVariable: nil, optionFile: nil, groups: ["client", "lockstep"])
        }
        var groups: [String] = []
        if let field = fields["groups"] { for item in try field.items() { groups.append(try item.text()) } }
        return Credentials(
            user: try fields["user"]?.text(), passwordVariable: try fields["passwordEnv"]?.text(),
            optionFile: try fields["optionFile"]?.text(), groups: groups.isEmpty ? ["client", "lockstep"] : groups)
    }

    private static func tls(_ reader: YAMLReader?) throws(ManifestError) -> TLS {
        guard let fields = try reader?.fields(["mode", "ca", "cert", "key"]) else {
            return TLS(mode: "preferred", ca: nil, certificate: nil, key: nil)
        }
        return TLS(
            mode: try fields["mode"]?.choice(tlsModes) ?? "preferred", ca: try fields["ca"]?.text(),
            certificate: try fields["cert"]?.text(), key: try fields["key"]?.text())
    }

    private static func keyspaces(_ reader: YAMLReader) throws(ManifestError) -> [Keyspace] {
        var keyspaces: [Keyspace] = []
        var primaries: [String: ShardName] = [:]
        for item in try reader.items() {
            let fields = try item.fields(["name", "database", "shards", "vtgate", "servers"])
            let name = try fields.required("name").text()
            if keyspaces.contains(where: { $0.name == name }) { throw item.fail("keyspace \(name) is given twice") }
            if let field = fields["vtgate"] {
                for other in ["shards", "database"] {
                    if let given = fields[other] { throw given.fail("\(given.path) is VTGate's to tell", allowed: "name, vtgate, servers") }
                }
                keyspaces.append(
                    Keyspace(
                        name: name, database: name, shards: [], vtgate: try address(field),
                        servers: try servers(fields["servers"], keyspace: name)))
                continue
            }
            if let servers = fields["servers"] {
                throw servers.fail("\(servers.path) is for a keyspace behind a VTGate", allowed: "shards")
            }
            let database = try fields["database"]?.text() ?? name
            var shards: [Shard] = []
            for entry in try fields.required("shards").items() {
                let shard = try shard(entry, keyspace: name, database: database)
                if shards.contains(where: { $0.name == shard.name }) { throw entry.fail("shard \(shard.name) is given twice") }
                let place = "\(shard.primary)/\(shard.database)"
                if let other = primaries.updateValue(shard.name, forKey: place) {
                    throw entry.fail("\(shard.name) and \(other) are the same database on the same primary, \(place)")
                }
                shards.append(shard)
            }
            guard !shards.isEmpty else { throw item.fail("keyspace \(name) has no shards") }
            keyspaces.append(Keyspace(name: name, database: database, shards: shards, vtgate: nil, servers: []))
        }
        guard !keyspaces.isEmpty else { throw reader.fail("no keyspace is given") }
        return keyspaces
    }

    /// `servers` of a keyspace behind a VTGate: Vitess names a keyspace's database `vt_<keyspace>` unless it is told otherwise.
    private static func servers(_ reader: YAMLReader?, keyspace: String) throws(ManifestError) -> [Shard] {
        var servers: [Shard] = []
        for item in try reader?.items() ?? [] {
            let fields = try item.fields(["shard", "primary", "database"])
            let name = ShardName(keyspace: keyspace, shard: try fields.required("shard").text())
            if servers.contains(where: { $0.name == name }) { throw item.fail("shard \(name) is given twice") }
            servers.append(
                Shard(
                    name: name, database: try fields["database"]?.text() ?? "vt_\(keyspace)",
                    primary: try address(try fields.required("primary")), replicas: []))
        }
        return servers
    }

    private static func shard(
        _ reader: YAMLReader, keyspace: String, database: String
    ) throws(ManifestError) -> Shard {
        let fields = try reader.fields(["name", "database", "primary", "replicas"])
        var replicas: [Address] = []
        if let field = fields["replicas"] { for item in try field.items() { replicas.append(try address(item)) } }
        return Shard(
            name: ShardName(keyspace: keyspace, shard: try fields.required("name").text()),
            database: try fields["database"]?.text() ?? database,
            primary: try address(try fields.required("primary")), replicas: replicas)
    }

    private static func address(_ reader: YAMLReader) throws(ManifestError) -> Address {
        let text = try reader.text()
        if text.hasPrefix("/") { return .socket(path: text) }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            throw reader.fail("\(reader.path) is no address", allowed: "host:port, [v6]:port, or the path of a socket")
        }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        guard !host.isEmpty else { throw reader.fail("\(reader.path) has no host", allowed: "host:port") }
        return .tcp(host: host, port: port)
    }
}
