package import Core

/// A keyspace's name, checked: letters, digits, `_`, `-` and `.`, never empty. A `:`, `/`, `@` or `[` would name a shard or a
/// tablet type inside `USE`.
package struct KeyspaceName: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    package init?(_ text: String) {
        let allowed = text.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
            default: false
            }
        }
        guard !text.isEmpty, allowed else { return nil }
        self.text = text
    }

    package var description: String { text }
    package static func < (left: KeyspaceName, right: KeyspaceName) -> Bool { left.text < right.text }
}

/// One shard, checked: its name is a key range (`-40`, `40-80`, `c0-`, `-`) or a bare name like `0`; never empty, because a
/// session `USE commerce:` would reach every shard.
package struct ShardTarget: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let keyspace: KeyspaceName
    /// The shard's name in its keyspace.
    package let shard: String

    package init?(_ name: ShardName) {
        guard let keyspace = KeyspaceName(name.keyspace), Self.isShard(name.shard) else { return nil }
        self.keyspace = keyspace
        shard = name.shard
    }

    package var name: ShardName { ShardName(keyspace: keyspace.text, shard: shard) }
    package var description: String { "\(keyspace)/\(shard)" }
    package static func < (left: ShardTarget, right: ShardTarget) -> Bool { left.name < right.name }

    /// No quote, blank or comma: a list with one would reach other shards than it names.
    private static func isShard(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}

/// Some shards of one keyspace, for `VITESS_SHARDS '…'`: never empty, because an empty list reaches every shard.
package struct ShardList: Hashable, Sendable, CustomStringConvertible {
    package let keyspace: KeyspaceName
    /// In the order given, each once.
    package let targets: [ShardTarget]

    /// `nil` when the list is empty, names two keyspaces, or holds a name that is none.
    package init?(_ names: [ShardName]) {
        let targets = names.compactMap(ShardTarget.init)
        guard targets.count == names.count, let first = targets.first,
            targets.allSatisfy({ $0.keyspace == first.keyspace })
        else { return nil }
        keyspace = first.keyspace
        var seen: Set<ShardTarget> = []
        self.targets = targets.filter { seen.insert($0).inserted }
    }

    package var names: [ShardName] { targets.map(\.name) }
    /// `40-80,80-c0`, as `VITESS_SHARDS` wants it: no blank after the comma.
    package var description: String { targets.map(\.shard).joined(separator: ",") }
}
