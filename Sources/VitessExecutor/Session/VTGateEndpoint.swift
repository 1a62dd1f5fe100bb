package import MySQLClient

/// A VTGate, how to log in to it, and how long it may take to answer.
package struct VTGateEndpoint: Sendable {
    /// Address, user, password and TLS. A default database would be a target nobody chose: it is not used.
    package let options: ConnectionOptions
    package let limits: Limits

    /// How long one answer may take. Beyond it the connection is cut, and whether the statement took effect is not known.
    package struct Limits: Equatable, Sendable {
        /// From the first packet to the end of the login.
        package var connect: Duration
        /// Of a read over a whole keyspace. While one primary is down VTGate holds it for 10 s before it fails; the caller has
        /// other ways to read and need not wait for that.
        package var keyspaceRead: Duration
        /// Of a read of one shard.
        package var shardRead: Duration
        /// Of a statement that changes something: it waits for a cut-over in progress on any shard it reaches.
        package var effect: Duration

        package init(
            connect: Duration = .seconds(5), keyspaceRead: Duration = .seconds(6), shardRead: Duration = .seconds(4),
            effect: Duration = .seconds(90)
        ) {
            self.connect = connect
            self.keyspaceRead = keyspaceRead
            self.shardRead = shardRead
            self.effect = effect
        }
    }

    package init(_ options: ConnectionOptions, limits: Limits = Limits()) {
        var options = options
        options.database = nil
        options.connectTimeout = limits.connect
        // The limits are kept by the session; this one only frees a thread should a cut not reach it.
        options.readTimeout = limits.effect + .seconds(30)
        options.writeTimeout = .seconds(30)
        options.endsStatementsByKill = false
        self.options = options
        self.limits = limits
    }

    /// `HOST:PORT`, as screens and messages name it.
    package var name: String { options.address.description }
}
