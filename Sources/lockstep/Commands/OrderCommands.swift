internal import ArgumentParser
internal import Core

struct LaunchCommand: OrderCommand {
    static let verb = Verb.launch
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Start a migration whose launch was postponed.")
    @OptionGroup var order: OrderOptions
}

struct PostponeCommand: OrderCommand {
    static let verb = Verb.postpone
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Hold at the barrier; takes back a `complete` until the commit.")
    @OptionGroup var order: OrderOptions
}

struct CompleteCommand: OrderCommand {
    static let verb = Verb.complete
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Cut over: every shard together, or none.")
    @OptionGroup var order: OrderOptions
}

struct CancelCommand: OrderCommand {
    static let verb = Verb.cancel
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Stop and drop what the migration created.")
    @OptionGroup var order: OrderOptions
}

struct RetryCommand: OrderCommand {
    static let verb = Verb.retry
    static let configuration = CommandConfiguration(commandName: verb.rawValue, abstract: "Run failed shards again.")
    @OptionGroup var order: OrderOptions
    @OptionGroup var narrowed: ShardOptions
    var shardNames: [String] { narrowed.shards }
}

struct ForceCutOverCommand: OrderCommand {
    static let verb = Verb.forceCutOver
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "End exactly the transactions in the way, then cut over.")
    @OptionGroup var order: OrderOptions
}

struct ThrottleCommand: OrderCommand {
    static let verb = Verb.throttle
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Hold the copy by hand until `unthrottle`.")
    @OptionGroup var order: OrderOptions
    @OptionGroup var narrowed: ShardOptions
    var shardNames: [String] { narrowed.shards }
}

struct UnthrottleCommand: OrderCommand {
    static let verb = Verb.unthrottle
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Let a copy held by hand go on.")
    @OptionGroup var order: OrderOptions
    @OptionGroup var narrowed: ShardOptions
    var shardNames: [String] { narrowed.shards }
}

struct CleanupCommand: OrderCommand {
    static let verb = Verb.cleanup
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue,
        abstract: "Drop what a migration that has ended still keeps, old tables with their rows included.")
    @OptionGroup var order: OrderOptions
}
