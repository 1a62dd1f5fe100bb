internal import MySQLClient
internal import VTGateDouble

extension FakeVTGate {
    func options(user: String = "operator", password: String = "", database: String? = "commerce") -> ConnectionOptions
    {
        ConnectionOptions(
            address: .tcp(host: "127.0.0.1", port: port), user: user, password: Secret(password), database: database,
            tls: .init(mode: .disabled))
    }

    func connect(database: String? = "commerce") async throws -> Connection {
        try await Connection.open(options(database: database), setup: .none)
    }

    /// Every shard's status, in shard order.
    func statuses(_ uuid: String) -> [String] { rows(uuid).map(\.status.rawValue) }

    /// A migration that is ready everywhere and waits for COMPLETE.
    func ready(
        _ statement: String = "alter table customer add column phone varchar(32) not null default ''",
        strategy: String = "vitess --postpone-completion", context: String = ""
    ) throws -> String {
        let uuid = try submit(statement, strategy: strategy, context: context)
        _ = advance(upTo: 60) { rows(uuid).allSatisfy(\.readyToComplete) }
        return uuid
    }

    func run(_ statement: String, on target: String? = nil) -> Answer { execute(statement, on: target) }
}

let shards = ["-40", "40-80", "80-c0", "c0-"]

/// One error a shard, as VTGate joins them.
func joined(_ text: String) -> String {
    shards.map {
        "target: commerce.\($0).primary: vttablet: rpc error: code = Unknown desc = \(text) (CallerID: userData1)"
    }
    .joined(separator: "\n")
}

/// The error of an operation that must fail.
func mysqlError(_ operation: () async throws -> some Any) async -> MySQLError? {
    do {
        _ = try await operation()
        return nil
    } catch {
        return error as? MySQLError
    }
}

/// Polls until a condition holds; the limit only ends a test that would hang.
func eventually(_ condition: () -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(2))
    }
    return false
}
