extension FakeVTGate {
    /// What the fleet looks like at the beginning.
    package struct Configuration: Sendable {
        /// How the double's time passes.
        package enum Time: Sendable, Equatable {
            /// Only when a test says so.
            case virtual
            /// With the real one, `rate` times as fast.
            case realTime(rate: Double)
        }

        /// One table that exists on every shard of a keyspace at the beginning.
        package struct Table: Sendable {
            /// Its name.
            package var name: String
            /// What SHOW CREATE TABLE answers.
            package var createText: String
            /// On each shard.
            package var rows: Int

            /// From its parts.
            package init(name: String, createText: String, rows: Int) {
                self.name = name
                self.createText = createText
                self.rows = rows
            }
        }

        /// One keyspace.
        package struct Keyspace: Sendable {
            /// Its name.
            package var name: String
            /// Shard names by key range.
            package var shards: [String]
            /// On every shard.
            package var tables: [Table]

            /// With the transcript's two tables.
            package init(_ name: String, shards: [String], tables: [Table] = [.customer, .orders]) {
                self.name = name
                self.shards = shards
                self.tables = tables
            }

            /// So many shards, evenly cut; a power of two.
            package init(_ name: String, shardCount: Int, tables: [Table] = [.customer, .orders]) {
                self.init(name, shards: Self.names(shardCount), tables: tables)
            }

            /// `-40`, `40-80`, `80-c0`, `c0-` for 4; `0` for 1.
            package static func names(_ count: Int) -> [String] {
                if count <= 1 { return ["0"] }
                let digits = count <= 256 ? 2 : 4
                let whole = digits == 2 ? 256 : 65_536
                func edge(_ index: Int) -> String {
                    if index == 0 || index == count { return "" }
                    let text = String(index * whole / count, radix: 16)
                    return String(repeating: "0", count: digits - text.count) + text
                }
                return (0..<count).map { edge($0) + "-" + edge($0 + 1) }
            }
        }

        /// The keyspaces; the first is where `submit` goes.
        package var keyspaces = [Keyspace("commerce", shards: ["-40", "40-80", "80-c0", "c0-"])]
        /// Of VTGate and, at the beginning, of every tablet.
        package var version = VitessRelease.v24
        /// User and password; empty lets everybody in.
        package var users: [String: String] = [:]
        /// How time passes.
        package var clock = Time.virtual
        /// The clock's beginning, Unix seconds: 2026-11-20 23:30:00 UTC.
        package var begin = 1_795_217_400.0
        /// Between two regular ticks of a tablet.
        package var checkInterval = 60.0
        /// How fast an unthrottled copy is.
        package var copyRowsPerSecond = 12_500.0
        /// Stretches the 3.8 s of a cut-over.
        package var cutOverPace = 1.0
        /// Whether ALTER VITESS_MIGRATION waits while a cut-over lasts (fact 16). Otherwise that shard's cut-over ends at
        /// once, and the command comes behind it: the same order, without the time.
        package var commandsWaitForCutOver = false
        /// For how long the first statement is held after a primary is gone: up to 10 real seconds (transcript 23).
        package var bufferingSeconds = 0.0
        /// Whether the rows of shards come in random order (fact 33).
        package var shufflesShards = true
        /// Of shard orders, UUIDs and row estimates.
        package var seed: UInt64 = 1
        /// Whether KILL is permitted: VTGate's default is that it is not.
        package var allowsKill = false
        /// Whether clients without TLS are refused.
        package var requiresTLS = false

        /// Four shards of `commerce`, in virtual time.
        package init() {}
    }
}

extension FakeVTGate.Configuration.Table {
    /// The transcript's table of customers: 50,000 rows a shard.
    package static let customer = Self(
        name: "customer",
        createText: """
            CREATE TABLE `customer` (
              `customer_id` bigint NOT NULL,
              `email` varbinary(128) DEFAULT NULL,
              `name` varchar(64) DEFAULT NULL,
              `created` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
              PRIMARY KEY (`customer_id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            """, rows: 50_000)

    /// The transcript's table of orders.
    package static let orders = Self(
        name: "orders",
        createText: """
            CREATE TABLE `orders` (
              `order_id` bigint NOT NULL,
              `customer_id` bigint DEFAULT NULL,
              `sku` varbinary(128) DEFAULT NULL,
              `price` bigint DEFAULT NULL,
              PRIMARY KEY (`order_id`)
            ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_0900_ai_ci
            """, rows: 50_000)
}
