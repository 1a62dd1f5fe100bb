internal import ArgumentParser

@main
struct Lockstep: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lockstep",
        abstract: "Online schema changes on sharded MySQL, every shard in lockstep.")
}
