extension ConnectionOptions {
    /// Groups read from an option file, in no order: the order of the file decides.
    package static let optionGroups = ["client", "lockstep"]

    /// Options as an option file says; what it does not say has its default, and the server is 127.0.0.1:3306.
    /// - Throws: `OptionFileError` with file and line: unreadable, malformed, a value that is none, an option of the group
    ///   `lockstep` that we do not know (the group `client` is shared with programs that know others).
    package init(optionFile path: String, groups: [String] = optionGroups) throws(OptionFileError) {
        self.init(address: .tcp(host: "127.0.0.1", port: 3306), user: "")
        try apply(try OptionFile(path: path, groups: groups))
    }

    /// Lays what an option file says over what is set.
    ///
    /// `protocol` decides between TCP and socket; without it a `host` means TCP ("localhost" too), and a `socket` without a
    /// host means the socket.
    package mutating func apply(_ file: OptionFile) throws(OptionFileError) {
        var place = AddressParts()
        for setting in file.settings { try apply(setting, &place) }
        if let address = try place.address(over: address) { self.address = address }
    }

    /// Lays the environment over what is set: `LOCKSTEP_MYSQL_USER` and `LOCKSTEP_MYSQL_PASSWORD` win over option files;
    /// `MYSQL_PWD`, as with MySQL's own clients, counts only where no password is known.
    package mutating func apply(environment: [String: String]) {
        if let user = environment["LOCKSTEP_MYSQL_USER"] { self.user = user }
        if let password = environment["LOCKSTEP_MYSQL_PASSWORD"] {
            self.password = Secret(password)
        } else if password.isEmpty, let password = environment["MYSQL_PWD"] {
            self.password = Secret(password)
        }
    }

    private struct AddressParts {
        var host: String?
        var port: UInt16?
        var socket: String?
        var wantsSocket: Bool?
        var last: OptionFile.Setting?

        /// `nil` when nothing about it was said.
        func address(over known: Address) throws(OptionFileError) -> Address? {
            guard let last else { return nil }
            if wantsSocket ?? (host == nil && socket != nil) {
                if let socket { return .unixSocket(path: socket) }
                if case .unixSocket = known { return known }
                throw OptionFileError(
                    file: last.file, line: last.line, message: "protocol=socket without a socket path")
            }
            if case .tcp(let knownHost, let knownPort) = known {
                return .tcp(host: host ?? knownHost, port: port ?? knownPort)
            }
            return .tcp(host: host ?? "127.0.0.1", port: port ?? 3306)
        }
    }

    private mutating func apply(
        _ setting: OptionFile.Setting, _ place: inout AddressParts
    ) throws(OptionFileError) {
        switch setting.name {
        case "host": place.host = try setting.text()
        case "port": place.port = try setting.number(1...65535)
        case "socket": place.socket = try setting.text()
        case "protocol": place.wantsSocket = try setting.choice(["tcp": false, "socket": true])
        case "user": user = try setting.text()
        case "password": password = Secret(setting.value ?? "")
        case "database": database = try setting.text()
        case "ssl-mode": tls.mode = try setting.choice(Self.tlsModes)
        case "ssl": tls.mode = try setting.isOn() ? max(tls.mode, .required) : .disabled
        case "skip-ssl", "disable-ssl": tls.mode = .disabled
        case "ssl-verify-server-cert": if try setting.isOn() { tls.mode = .verifyIdentity }
        case "ssl-ca": tls.caFile = try setting.text()
        case "ssl-cert": tls.certificateFile = try setting.text()
        case "ssl-key": tls.keyFile = try setting.text()
        case "server-public-key-path": serverPublicKeyFile = try setting.text()
        case "connect-timeout": connectTimeout = .seconds(try setting.number(1...86400) as Int)
        default:
            if setting.group == "lockstep" { throw setting.error("unknown option '\(setting.name)'") }
        }
        if ["host", "port", "socket", "protocol"].contains(setting.name) { place.last = setting }
    }

    private static let tlsModes: [String: TLSMode] = [
        "disabled": .disabled, "preferred": .preferred, "required": .required, "verify_ca": .verifyCA,
        "verify_identity": .verifyIdentity,
    ]

    private func max(_ mode: TLSMode, _ other: TLSMode) -> TLSMode {
        let order = TLSMode.allCases
        return order.firstIndex(of: mode)! > order.firstIndex(of: other)! ? mode : other
    }
}

extension OptionFile.Setting {
    fileprivate func error(_ message: String) -> OptionFileError {
        OptionFileError(file: file, line: line, message: message)
    }

    fileprivate func text() throws(OptionFileError) -> String {
        guard let value, !value.isEmpty else { throw error("'\(name)' needs a value") }
        return value
    }

    fileprivate func number<T: FixedWidthInteger>(_ range: ClosedRange<T>) throws(OptionFileError) -> T {
        guard let number = T(try text()), range.contains(number) else {
            throw error("'\(name)' must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    fileprivate func choice<T>(_ choices: [String: T]) throws(OptionFileError) -> T {
        guard let choice = choices[try text().lowercased()] else {
            throw error("'\(name)' must be one of \(choices.keys.sorted().joined(separator: ", "))")
        }
        return choice
    }

    /// An option without a value is on.
    fileprivate func isOn() throws(OptionFileError) -> Bool {
        guard value != nil else { return true }
        return try choice(["1": true, "on": true, "true": true, "0": false, "off": false, "false": false])
    }
}
