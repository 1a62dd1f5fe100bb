/// How far a server has come, in its family's own global terms.
package enum GTIDPosition: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The set of executed transactions, as `@@gtid_executed` shows it.
    case mysql(MySQLGTIDSet)
    /// The last transaction of each domain, as `@@gtid_current_pos` shows it.
    case mariadb(MariaDBGTIDList)

    /// The family's text form.
    package var description: String {
        switch self {
        case .mysql(let set): set.description
        case .mariadb(let list): list.description
        }
    }
}

/// One MariaDB GTID: `domain-server-sequence`.
package struct MariaDBGTID: Hashable, Sendable, CustomStringConvertible {
    /// Replication domain; order holds inside one domain only.
    package let domain: UInt32
    /// `server_id` of the server that wrote it.
    package let server: UInt32
    /// Number inside the domain.
    package let sequence: UInt64

    /// A GTID from its three numbers.
    package init(domain: UInt32, server: UInt32, sequence: UInt64) {
        self.domain = domain
        self.server = server
        self.sequence = sequence
    }

    /// Reads `0-1-100`; `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let domain = UInt32(parts[0]), let server = UInt32(parts[1]),
            let sequence = UInt64(parts[2])
        else { return nil }
        self.init(domain: domain, server: server, sequence: sequence)
    }

    package var description: String { "\(domain)-\(server)-\(sequence)" }
}

/// MariaDB's position: the last GTID of each domain, `0-1-100,7-2-5`, ordered by domain.
package struct MariaDBGTIDList: Hashable, Sendable, Codable, CustomStringConvertible {
    /// The last GTID by domain.
    package private(set) var last: [UInt32: MariaDBGTID] = [:]

    /// The empty position: before everything.
    package init() {}

    /// Reads a comma-separated list; `nil` when a part is no GTID or a domain comes twice. Empty text is the empty position.
    package init?(_ text: String) {
        for part in text.filter({ !$0.isWhitespace }).split(separator: ",") {
            guard let gtid = MariaDBGTID(part), last[gtid.domain] == nil else { return nil }
            last[gtid.domain] = gtid
        }
    }

    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let list = MariaDBGTIDList(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "not a GTID list"))
        }
        self = list
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// Moves the GTID's domain to it.
    package mutating func advance(to gtid: MariaDBGTID) { last[gtid.domain] = gtid }

    package var description: String {
        last.values.sorted { $0.domain < $1.domain }.map(\.description).joined(separator: ",")
    }
}

/// The GTID of one transaction in the log.
package enum TransactionGTID: Hashable, Sendable, CustomStringConvertible {
    /// MySQL with GTIDs on.
    case mysql(MySQLGTIDSet.Source, number: Int64)
    /// MariaDB: always there.
    case mariadb(MariaDBGTID)
    /// MySQL with GTIDs off.
    case anonymous

    package var description: String {
        switch self {
        case .mysql(let source, let number):
            ([source.uuid, source.tag].filter { !$0.isEmpty } + ["\(number)"]).joined(separator: ":")
        case .mariadb(let gtid): gtid.description
        case .anonymous: "anonymous"
        }
    }
}

extension GTIDPosition {
    /// Adds one delivered transaction; an anonymous one, or one of the other family, changes nothing.
    package mutating func advance(by gtid: TransactionGTID) {
        switch (self, gtid) {
        case (.mysql(var set), .mysql(let source, let number)):
            set.insert(number...number, from: source)
            self = .mysql(set)
        case (.mariadb(var list), .mariadb(let next)):
            list.advance(to: next)
            self = .mariadb(list)
        case (.mysql, .mariadb), (.mysql, .anonymous), (.mariadb, .mysql), (.mariadb, .anonymous): return
        }
    }
}
