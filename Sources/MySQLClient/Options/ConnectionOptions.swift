/// How to reach a server and as whom.
package struct ConnectionOptions: Sendable, Equatable {
    /// Where the server listens.
    package enum Address: Sendable, Hashable, CustomStringConvertible {
        /// Host name or address, and port. "localhost" is TCP here too, unlike in MySQL's own clients.
        case tcp(host: String, port: UInt16)
        /// Path of the server's Unix socket.
        case unixSocket(path: String)

        /// `host:port`, `[v6]:port` or the path.
        package var description: String {
            switch self {
            case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
            case .unixSocket(let path): path
            }
        }
    }

    /// What is asked of TLS, as MySQL's own clients name it.
    package enum TLSMode: String, Sendable, CaseIterable {
        /// Never.
        case disabled
        /// Where the server offers it; whoever answers is believed. A man in the middle can strip it.
        case preferred
        /// Always; whoever answers is believed.
        case required
        /// Always, and the certificate must come from a known authority.
        case verifyCA
        /// Always, from a known authority, and for the host name asked for.
        case verifyIdentity
    }

    /// TLS and its files, all PEM.
    package struct TLS: Sendable, Hashable {
        /// What is asked.
        package var mode: TLSMode
        /// Authorities to trust; `nil` means the system's, which only `.verifyIdentity` can use.
        package var caFile: String?
        /// Our certificate, where the server wants one.
        package var certificateFile: String?
        /// The key to it.
        package var keyFile: String?

        /// `.preferred` without files, as MySQL's own clients do.
        package init(
            mode: TLSMode = .preferred, caFile: String? = nil, certificateFile: String? = nil, keyFile: String? = nil
        ) {
            self.mode = mode
            self.caFile = caFile
            self.certificateFile = certificateFile
            self.keyFile = keyFile
        }
    }

    /// Where.
    package var address: Address
    /// As whom.
    package var user: String
    /// The password; never printed.
    package var password: Secret
    /// The default database, where there is one.
    package var database: String?
    /// TLS.
    package var tls: TLS
    /// The server's RSA public key (PEM), so that a first caching_sha2 login without TLS cannot be listened to.
    package var serverPublicKeyFile: String?
    /// From the first packet to the end of the login. Rounded up to whole seconds.
    package var connectTimeout: Duration
    /// The longest silence while waiting for an answer; `nil` waits for ever, as a long ALTER needs. Then the connection is
    /// lost and the outcome unknown. Rounded up to whole seconds.
    package var readTimeout: Duration?
    /// The longest wait for the server to take our bytes. Rounded up to whole seconds.
    package var writeTimeout: Duration?
    /// What the server shows in its process list attributes as `program_name`.
    package var programName: String
    /// Whether a cancelled statement is ended by KILL QUERY on a second connection. Without it the connection is cut: behind a
    /// balancer the second connection may reach another server, where the number is somebody else's.
    package var endsStatementsByKill: Bool

    /// Options with everything but the address defaulted.
    package init(
        address: Address, user: String, password: Secret = Secret(""), database: String? = nil, tls: TLS = TLS(),
        connectTimeout: Duration = .seconds(10), readTimeout: Duration? = nil, writeTimeout: Duration? = .seconds(60)
    ) {
        self.address = address
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
        self.serverPublicKeyFile = nil
        self.connectTimeout = connectTimeout
        self.readTimeout = readTimeout
        self.writeTimeout = writeTimeout
        self.programName = "lockstep"
        self.endsStatementsByKill = true
    }
}
