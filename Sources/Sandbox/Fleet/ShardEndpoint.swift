/// Where one shard's servers are and how to log in: what a cluster file needs, as plain values.
package struct ShardEndpoint: Sendable, Equatable {
    /// One server.
    package struct Server: Sendable, Equatable {
        /// `127.0.0.1`.
        package let host: String
        /// Its TCP port.
        package let port: UInt16
        /// The path of its Unix socket.
        package let socketPath: String
        /// Lockstep's user on this server.
        package let lockstep: Credentials
        /// The application's user on this server.
        package let application: Credentials

        init(_ server: ServerProcess, users: ServerUsers) {
            host = server.host
            port = server.port
            socketPath = server.socketPath
            lockstep = users.lockstep
            application = users.application
        }
    }

    /// The shard's name, as in `ShardServers.name`.
    package let name: String
    /// The server that takes writes.
    package let primary: Server
    /// Those that follow it.
    package let replicas: [Server]
}
