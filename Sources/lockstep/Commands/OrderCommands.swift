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
        commandName: verb.rawValue, abstract: "Hold at the barrier; takes back a `complete` as long as that is possible.")
    @OptionGroup var order: OrderOptions
}

struct CompleteCommand: OrderCommand {
    static let verb = Verb.complete
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Cut over; on a plain fleet every shard together, or none.")
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
}

struct ForceCutOverCommand: OrderCommand {
    static let verb = Verb.forceCutOver
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "End the transactions in the way of the cut-over.")
    @OptionGroup var order: OrderOptions
}

struct ThrottleCommand: OrderCommand {
    static let verb = Verb.throttle
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Hold the copy by hand.",
        discussion: """
            On a plain fleet it holds everything until `unthrottle`. On Vitess it acts on the whole keyspace, holds back the given \
            share, and ends by itself.
            """)
    @OptionGroup var order: OrderOptions

    @Option(
        name: .long,
        help: ArgumentHelp("Vitess: the share of work held back, above 0 and up to 1. Default: 1.", valueName: "share"))
    var ratio: Double?

    @Option(
        name: .long,
        help: ArgumentHelp("Vitess: until it ends by itself, as 30m or 2h. Default: 1h.", valueName: "time"))
    var expire: String?

    func validate() throws {
        if let ratio, !(ratio > 0 && ratio <= 1) { throw ValidationError("--ratio must be above 0 and at most 1") }
        _ = try options()
    }

    func options() throws -> CommandOptions {
        CommandOptions(ratio: ratio, expiry: try expire.map { try TimeText.read($0, option: "--expire") })
    }
}

struct UnthrottleCommand: OrderCommand {
    static let verb = Verb.unthrottle
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Let a copy held by hand go on.")
    @OptionGroup var order: OrderOptions
}

struct RevertCommand: OrderCommand {
    static let verb = Verb.revert
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Bring every shard that has the new schema back to the old one.",
        discussion: """
            On Vitess it is a migration of its own, with its own id; it goes back without losing the writes made since, as long as \
            the old tables are kept. A plain fleet cannot go back.
            """)
    @OptionGroup var order: OrderOptions
}

struct ThresholdCommand: OrderCommand {
    static let verb = Verb.threshold
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue, abstract: "Set how long a cut-over may wait for its locks (Vitess).")
    @OptionGroup var order: OrderOptions

    @Option(name: .long, help: ArgumentHelp("5s to 30s, whole seconds.", valueName: "time"))
    var to: String

    func validate() throws { _ = try options() }

    func options() throws -> CommandOptions { CommandOptions(threshold: try TimeText.read(to, option: "--to")) }
}

struct CleanupCommand: OrderCommand {
    static let verb = Verb.cleanup
    static let configuration = CommandConfiguration(
        commandName: verb.rawValue,
        abstract: "Drop what a migration that has ended still keeps, old tables with their rows included.")
    @OptionGroup var order: OrderOptions
}

/// Times as people write them on the command line: `500ms`, `15s`, `5m`, `2h`, `1d`.
enum TimeText {
    private static let units: [(String, Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    static func read(_ text: String, option: String) throws -> Duration {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let unit = text.dropFirst(digits.count)
        guard let number = Int64(digits), number > 0, number <= 100_000_000,
            let scale = units.first(where: { $0.0 == unit })?.1
        else { throw ValidationError("\(option) must be a time: a number with ms, s, m, h or d, as 15s") }
        return .milliseconds(number * scale)
    }
}
