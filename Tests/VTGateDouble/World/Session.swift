internal import Foundation

/// One client's session: what VTGate remembers between statements.
final class Session {
    let connectionID: UInt32
    let user: String
    var keyspace: String?
    var shard: String?
    var tabletType = "primary"
    var strategy: String
    var context = ""
    var isAutocommit = true
    var isInTransaction = false { didSet { hasOpenedTransaction = false } }
    /// A statement of the transaction has reached a shard.
    var hasOpenedTransaction = false
    /// The default migration context is `vtgate:<this>`.
    let uuid: String
    var variables: [String: String] = [:]

    var isGone = false
    /// A KILL QUERY is waiting for its statement to notice.
    var isKilled = false
    let stream: PacketStream?

    init(connectionID: UInt32, user: String, strategy: String, uuid: String, stream: PacketStream?) {
        self.connectionID = connectionID
        self.user = user
        self.strategy = strategy
        self.uuid = uuid
        self.stream = stream
    }

    /// `commerce`, `commerce:-40`, `commerce@replica` or nothing, as SHOW VITESS_TARGET says it.
    var target: String {
        guard let keyspace else { return "" }
        return keyspace + (shard.map { ":\($0)" } ?? "") + (tabletType == "primary" ? "" : "@\(tabletType)")
    }

    func noticeHangUp() { if let stream, stream.isHungUp { isGone = true } }

    /// Takes a target apart: `ks`, `ks:shard`, `ks/shard`, `ks[shard]`, each with `@type`.
    func select(_ text: String) {
        var rest = text[...]
        if let at = rest.lastIndex(of: "@") {
            tabletType = rest[rest.index(after: at)...].lowercased()
            rest = rest[..<at]
        } else {
            tabletType = "primary"
        }
        if rest.hasSuffix("]"), let open = rest.firstIndex(of: "[") {
            shard = String(rest[rest.index(after: open)...].dropLast())
            rest = rest[..<open]
        } else if let colon = rest.firstIndex(where: { $0 == ":" || $0 == "/" }) {
            shard = String(rest[rest.index(after: colon)...])
            rest = rest[..<colon]
        } else {
            shard = nil
        }
        keyspace = rest.isEmpty ? nil : String(rest)
    }
}
