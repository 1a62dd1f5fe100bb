/// The capability flags that matter here.
struct Capabilities: OptionSet {
    let rawValue: UInt32

    static let longPassword = Self(rawValue: 1)
    static let foundRows = Self(rawValue: 2)
    static let longFlag = Self(rawValue: 4)
    static let connectWithDatabase = Self(rawValue: 8)
    static let protocol41 = Self(rawValue: 1 << 9)
    static let tls = Self(rawValue: 1 << 11)
    static let transactions = Self(rawValue: 1 << 13)
    static let secureConnection = Self(rawValue: 1 << 15)
    static let multiStatements = Self(rawValue: 1 << 16)
    static let multiResults = Self(rawValue: 1 << 17)
    static let pluginAuth = Self(rawValue: 1 << 19)
    static let connectAttributes = Self(rawValue: 1 << 20)
    static let pluginAuthLength = Self(rawValue: 1 << 21)
    static let deprecateEOF = Self(rawValue: 1 << 24)

    static let offered: Self = [
        .longPassword, .foundRows, .longFlag, .connectWithDatabase, .protocol41, .transactions, .secureConnection,
        .multiStatements, .multiResults, .pluginAuth, .connectAttributes, .pluginAuthLength, .deprecateEOF,
    ]
}

/// Server status flags of an OK or EOF packet.
struct ServerStatus {
    var isInTransaction: Bool
    var isAutocommit: Bool
    var value: UInt64 { (isInTransaction ? 1 : 0) | (isAutocommit ? 2 : 0) }
}
