internal import ArgumentParser
internal import Glibc

/// Parses the command line, runs the command, and turns however it ended into lines on standard error and an exit code.
@main
enum Program {
    static func main() async {
        do {
            var command = try Lockstep.parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let ending as Ending {
            Output.errors(ending.lines)
            exit(ending.code)
        } catch {
            Lockstep.exit(withError: error)
        }
    }
}

/// The program and its subcommands.
struct Lockstep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Online schema changes on sharded MySQL, every shard in lockstep.",
        discussion: """
            `lockstep demo` shows the whole of it on private servers. On a fleet: describe the shards in a cluster file, the \
            change in a manifest, look at `lockstep plan`, start `lockstep engine`, then `lockstep apply` and `lockstep console`.
            """,
        version: "0.1.0",
        subcommands: [DemoCommand.self],
        groupedSubcommands: [
            CommandGroup(name: "Fleet", subcommands: [EngineCommand.self, PlanCommand.self, ApplyCommand.self]),
            CommandGroup(name: "Watch", subcommands: [StatusCommand.self, WatchCommand.self, ConsoleCommand.self]),
            CommandGroup(
                name: "Order",
                subcommands: [
                    LaunchCommand.self, PostponeCommand.self, CompleteCommand.self, CancelCommand.self,
                    RetryCommand.self,
                    ForceCutOverCommand.self, ThrottleCommand.self, UnthrottleCommand.self, RevertCommand.self,
                    ThresholdCommand.self, CleanupCommand.self,
                ]),
        ])
}
