internal import CMariaDB

/// Our options as the library's, and what is always set.
enum LibraryOptions {
    static func apply(_ options: ConnectionOptions, to mysql: UnsafeMutablePointer<MYSQL>) throws(MySQLError) {
        try checkText(options)
        try checkAuthority(options.tls)
        // Without this, the host "localhost" would mean a Unix socket.
        switch options.address {
        case .tcp: set(mysql, MYSQL_OPT_PROTOCOL, UInt32(MYSQL_PROTOCOL_TCP.rawValue))
        case .unixSocket: set(mysql, MYSQL_OPT_PROTOCOL, UInt32(MYSQL_PROTOCOL_SOCKET.rawValue))
        }
        set(mysql, MYSQL_OPT_CONNECT_TIMEOUT, wholeSeconds(options.connectTimeout))
        if let timeout = options.readTimeout { set(mysql, MYSQL_OPT_READ_TIMEOUT, wholeSeconds(timeout)) }
        if let timeout = options.writeTimeout { set(mysql, MYSQL_OPT_WRITE_TIMEOUT, wholeSeconds(timeout)) }
        set(mysql, MYSQL_SET_CHARSET_NAME, "utf8mb4")
        // A new session would have lost its locks and settings without a word.
        set(mysql, MYSQL_OPT_RECONNECT, CChar(0))
        // A server could ask for any of our files.
        set(mysql, MYSQL_OPT_LOCAL_INFILE, UInt32(0))
        // A server could ask for the password in clear text.
        set(mysql, MARIADB_OPT_RESTRICTED_AUTH, passwordKeepingPlugins)
        // Rows and row events are as large as the server lets them be: the protocol's own limit.
        set(mysql, MYSQL_OPT_MAX_ALLOWED_PACKET, UInt(1 << 30))
        mysql_options4(mysql, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", options.programName)
        if let file = options.serverPublicKeyFile { set(mysql, MYSQL_SERVER_PUBLIC_KEY, file) }
        apply(options.tls, to: mysql)
    }

    private static let passwordKeepingPlugins =
        "mysql_native_password,client_ed25519,caching_sha2_password,sha256_password"

    private static func apply(_ tls: ConnectionOptions.TLS, to mysql: UnsafeMutablePointer<MYSQL>) {
        if tls.mode == .disabled { return }
        mysql_ssl_set(mysql, tls.keyFile, tls.certificateFile, tls.caFile, nil, nil)
        if tls.mode != .preferred { set(mysql, MYSQL_OPT_SSL_ENFORCE, CChar(1)) }
        if tls.mode == .verifyIdentity { set(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, CChar(1)) }
    }

    /// The library's promise is not enough where TLS was demanded.
    static func checkTLS(_ options: ConnectionOptions, of mysql: UnsafeMutablePointer<MYSQL>) throws(MySQLError) {
        switch options.tls.mode {
        case .disabled, .preferred: return
        case .required, .verifyCA, .verifyIdentity:
            if mysql_get_ssl_cipher(mysql) == nil {
                throw MySQLError(
                    code: 2026, message: "TLS was demanded and \(options.address) does not speak it",
                    outcome: .notExecuted)
            }
        }
    }

    /// Seen with libmariadb 3.3.20: without a CA file and without the check of the host name it believes any certificate.
    private static func checkAuthority(_ tls: ConnectionOptions.TLS) throws(MySQLError) {
        if tls.mode == .verifyCA, tls.caFile == nil {
            throw MySQLError(
                code: 2026, message: "TLS mode verifyCA needs a CA file (ssl-ca); verifyIdentity can use the system's",
                outcome: .notExecuted)
        }
    }

    /// C text ends at NUL: what comes after would be dropped without a word.
    private static func checkText(_ options: ConnectionOptions) throws(MySQLError) {
        for (what, text) in [
            ("user", options.user), ("password", options.password.revealed), ("database", options.database ?? ""),
            ("address", options.address.description),
        ] where text.utf8.contains(0) {
            throw .refused("the \(what) holds a NUL character")
        }
    }

    /// The library counts in seconds; 0 would mean for ever.
    private static func wholeSeconds(_ duration: Duration) -> UInt32 {
        let (seconds, rest) = duration.components
        return UInt32(clamping: max(1, seconds + (rest > 0 ? 1 : 0)))
    }

    private static func set<T: BitwiseCopyable>(
        _ mysql: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ value: T
    ) {
        withUnsafePointer(to: value) { _ = mysql_options(mysql, option, $0) }
    }

    private static func set(_ mysql: UnsafeMutablePointer<MYSQL>, _ option: mysql_option, _ text: String) {
        text.withCString { _ = mysql_options(mysql, option, $0) }
    }
}
