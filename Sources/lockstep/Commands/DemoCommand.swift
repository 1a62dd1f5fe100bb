internal import ArgumentParser
internal import Core
internal import Foundation
internal import Glibc
internal import Sandbox

/// `lockstep demo`: real servers, live traffic, and one migration from its manifest to its last table dropped.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo", abstract: "Run a real migration on private servers under live traffic.",
        discussion: """
            Starts shards of a primary and a replica each on loopback, loads a table, keeps traffic on it, starts an engine, \
            submits a manifest and opens the console: type demo and Enter to allow orders, press C when every shard waits at the \
            barrier, q to leave. Afterwards every row is compared with what the traffic knows to have written. \
            Everything it started is gone when it ends.
            """)

    @Flag(
        name: .long,
        help: "No console: complete, verify and clean up without a person. Exits 0 only if all of it holds.")
    var headless = false

    @Option(name: .long, help: ArgumentHelp("Shards, each a primary and a replica.", valueName: "n"))
    var shards = 4

    @Option(name: .long, help: ArgumentHelp("Rows of the table on each shard.", valueName: "n"))
    var rows: Int?

    @Option(name: .long, help: ArgumentHelp("Seed of rows and traffic.", valueName: "n"))
    var seed: UInt64 = 1

    @Flag(name: .long, help: "MySQL instead of MariaDB: $LOCKSTEP_MYSQLD names its server program.")
    var mysql = false

    @Flag(name: .long, help: "Keep servers and engine running after the report, until Enter or a signal.")
    var keep = false

    @Option(name: .long, help: "The console's theme.")
    var theme: String?

    func validate() throws {
        guard (1...32).contains(shards) else { throw ValidationError("--shards must be 1 to 32") }
        guard (1...50_000_000).contains(rows ?? 1) else { throw ValidationError("--rows must be 1 to 50000000") }
    }

    func run() async throws {
        let family: ServerFamily = mysql ? .mysql : .mariadb
        guard ServerFamily.available.contains(family) else {
            throw Ending(
                Ending.Code.configuration,
                [
                    "No \(mysql ? "MySQL" : "MariaDB") server program was found.",
                    mysql
                        ? "  next    set LOCKSTEP_MYSQLD to the path of mysqld, or leave --mysql out"
                        : "  next    install mariadb-server, or set LOCKSTEP_MARIADBD to the path of mariadbd",
                ])
        }
        if !headless { try Self.requireTerminal() }
        let plan = DemoPlan(
            family: family, shards: shards, rowsPerShard: rows ?? (headless ? 150_000 : 400_000), seed: seed,
            theme: theme,
            isHeadless: headless, keeps: keep)
        do {
            try await Demo(plan: plan).run()
        } catch let ending as Ending {
            throw ending
        } catch {
            throw Ending(Ending.Code.failed, ["The demo failed."] + "\(error)".split(separator: "\n").map { "  \($0)" })
        }
    }

    /// Servers would be started for nothing.
    private static func requireTerminal() throws(Ending) {
        let term = ProcessInfo.processInfo.environment["TERM"] ?? ""
        let terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        if terminal >= 0 { close(terminal) }
        guard terminal >= 0, !["", "dumb", "unknown"].contains(term) else {
            throw Ending(
                Ending.Code.usage,
                [
                    "The demo opens the console, and there is no terminal for it.",
                    "  next    run it in a terminal, or add --headless",
                ])
        }
    }
}

/// What the demo was asked for.
struct DemoPlan: Sendable {
    let family: ServerFamily
    let shards: Int
    let rowsPerShard: Int
    let seed: UInt64
    let theme: String?
    let isHeadless: Bool
    let keeps: Bool
}
