package import Core

/// One tablet, from `SHOW VITESS_TABLETS`.
package struct TabletRow: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case primary, replica, rdonly
        case other(String)
    }
    package let cell: String
    package let name: ShardName
    package let kind: Kind
    /// `SERVING`, `NOT_SERVING`, as VTGate sees it.
    package let state: String
    /// `zone1-0000000100`.
    package let alias: String
    package let hostname: String
    /// Since when it has been the primary; `nil` for others.
    package let primarySince: Timestamp?
    package var isServing: Bool { state == "SERVING" }

    /// - Throws: `UnreadableRow` when keyspace, shard or alias is missing.
    package init(_ row: AnswerRow) throws(UnreadableRow) {
        let read = ColumnReader(row: row)
        cell = read.text("Cell")
        name = ShardName(keyspace: try read.required("Keyspace"), shard: try read.required("Shard"))
        switch read.text("TabletType").uppercased() {
        case "PRIMARY": kind = .primary
        case "REPLICA": kind = .replica
        case "RDONLY": kind = .rdonly
        case let other: kind = .other(other)
        }
        state = read.text("State").uppercased()
        alias = try read.required("Alias")
        hostname = read.text("Hostname")
        primarySince = try read.time("PrimaryTermStartTime")
    }
}

/// One replica, from `SHOW VITESS_REPLICATION_STATUS`. Primaries are not listed.
///
/// Its `ThrottlerStatus` says "threshold exceeded" on healthy clusters (it is the host's load, not what a migration is checked
/// against) and is therefore not read.
package struct ReplicationRow: Equatable, Sendable {
    package let name: ShardName
    package let tabletType: String
    package let alias: String
    package let hostname: String
    /// `127.0.0.1:30100`.
    package let source: String
    /// Both of its threads run; `nil` when the answer did not say.
    package let isRunning: Bool?
    package let lastError: String
    /// `nil` when it is not known: never 0 then.
    package let lag: Duration?

    /// - Throws: `UnreadableRow` when keyspace, shard or alias is missing.
    package init(_ row: AnswerRow) throws(UnreadableRow) {
        let read = ColumnReader(row: row)
        name = ShardName(keyspace: try read.required("Keyspace"), shard: try read.required("Shard"))
        tabletType = read.text("TabletType")
        alias = try read.required("Alias")
        hostname = read.text("Hostname")
        source = read.text("ReplicationSource")
        let health = read.text("ReplicationHealth")
        let stream = JSONText.string("EventStreamRunning", in: health)
        let applier = JSONText.string("EventApplierRunning", in: health)
        isRunning = stream == nil && applier == nil ? nil : stream == "Yes" && applier == "Yes"
        lastError = JSONText.string("LastError", in: health) ?? ""
        lag = read.optionalText("ReplicationLag").flatMap(Int64.init).flatMap { $0 < 0 ? nil : .seconds($0) }
    }
}

/// One shard's throttler, from `SHOW VITESS_THROTTLER STATUS`: its settings, not what it measures.
package struct ThrottlerRow: Equatable, Sendable {
    package let shard: String
    /// Disabled, every check passes: also those of apps that a person throttled.
    package let isEnabled: Bool
    /// Of the default metric; seconds while that is the lag.
    package let threshold: Double?
    package let query: String

    /// - Throws: `UnreadableRow` when the shard is missing or `enabled` is no number.
    package init(_ row: AnswerRow) throws(UnreadableRow) {
        let read = ColumnReader(row: row)
        shard = try read.required("shard")
        isEnabled = try read.flag("enabled")
        threshold = try read.float("threshold")
        query = read.text("query")
    }
}

/// One rule of a person, from `SHOW VITESS_THROTTLED_APPS`: keyspace-wide, and listed once a shard, without saying which.
package struct ThrottledAppRow: Hashable, Sendable {
    /// A UUID, `online-ddl` for every migration, or any text.
    package let app: String
    package let expiresAt: Timestamp?
    /// 0 to 1: the share of its checks that is refused. 0 stays listed and refuses none.
    package let ratio: Double

    /// - Throws: `UnreadableRow` when the app is missing or a value is not of its type.
    package init(_ row: AnswerRow) throws(UnreadableRow) {
        let read = ColumnReader(row: row)
        app = try read.required("app")
        expiresAt = try read.time("expire_at")
        ratio = try read.float("ratio") ?? 0
    }
}

/// The little JSON that VTGate puts into a column: one flat object of strings.
enum JSONText {
    /// The string under a name; `nil` when there is none. Escapes other than `\"` and `\\` are left as they are.
    static func string(_ name: String, in text: String) -> String? {
        guard let key = text.firstRange(of: "\"\(name)\"") else { return nil }
        var rest = text[key.upperBound...].drop { $0 == " " || $0 == ":" }
        guard rest.first == "\"" else { return nil }
        rest = rest.dropFirst()
        var value = ""
        while let character = rest.first {
            rest = rest.dropFirst()
            if character == "\"" { return value }
            if character == "\\", let next = rest.first, next == "\"" || next == "\\" {
                value.append(next)
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        return nil
    }
}
