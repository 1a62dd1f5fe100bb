internal import ArgumentParser
internal import Console
internal import Core
internal import Foundation
internal import Terminal

/// `lockstep console`: the full screen over the engine's socket.
struct ConsoleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "console", abstract: "Open the console on the engine's migrations, or on a Vitess cluster's.",
        discussion: """
            It starts in SAFE mode: orders that destroy something need W and the environment's name first. Leaving it changes \
            nothing: the migrations are the engine's. Where there is no full screen, it prints the fleet once and exits.
            """)

    @Flag(name: .long, help: "Ask for the environment's name at once, for orders that destroy something.")
    var write = false

    @Flag(name: .long, help: "Give no orders at all.")
    var readonly = false

    @Option(name: .long, help: "A built-in theme, a theme of the user's, or the path of a theme file.")
    var theme: String?

    @Flag(name: .long, help: "Print the fleet once, as text, and exit.")
    var once = false

    @Flag(name: .long, help: "Print what changes, as lines, without a full screen.")
    var plain = false

    @Flag(name: .long, help: "Draw with ASCII only.")
    var ascii = false

    @OptionGroup var fleetOptions: FleetOptions

    func validate() throws {
        if write && readonly { throw ValidationError("--write and --readonly exclude each other") }
        if once && plain { throw ValidationError("--once and --plain exclude each other") }
    }

    func run() async throws {
        let link = try fleetOptions.link()
        if plain {
            return try await link.served { () async throws(Ending) in try await PlainConsole(link: link).follow() }
        }
        let term = ProcessInfo.processInfo.environment["TERM"] ?? ""
        if once || term == "dumb" { return try await PlainConsole(link: link).once() }
        // Better said before the screen is taken than on it.
        _ = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        try await link.served { () async throws(Ending) in
            try await FullScreen(theme: theme, ascii: ascii, link: link)
                .run(readOnlyBecause: readonly ? "--readonly" : nil, asksForWriteMode: write, opens: nil)
        }
    }
}

/// The fleet as text: for pipes, dumb terminals and screen readers.
struct PlainConsole {
    let link: FleetLink

    func once() async throws(Ending) {
        let fleet = try await link.ask { service throws(ServiceError) in try await service.snapshot() }
        Output.lines(Self.lines(PlainRenderer.status(fleet, now: fleet.at)))
    }

    /// The fleet, then a line for each change until the engine goes away.
    func follow() async throws(Ending) {
        let snapshots = try await link.ask { service throws(ServiceError) in try await service.snapshots() }
        var last: FleetSnapshot?
        for await snapshot in snapshots {
            if last == nil { Output.lines(Self.lines(PlainRenderer.status(snapshot, now: snapshot.at))) }
            if let last { Output.lines(PlainRenderer.changes(from: last, to: snapshot)) }
            last = snapshot
        }
        throw Ending(
            Ending.Code.unreachable,
            ["The engine ended or hung up.", "  next    start it again; the migrations go on where they were"])
    }

    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }
}

/// Opens the terminal and runs the console on it.
struct FullScreen {
    let theme: String?
    let ascii: Bool
    let link: FleetLink

    /// Returns when the operator leaves.
    func run(readOnlyBecause: String?, asksForWriteMode: Bool, opens: MigrationID?) async throws(Ending) {
        let environment = ProcessInfo.processInfo.environment
        try link.directory.prepare()
        var options = NcursesDevice.Options(theme: try look(environment), environment: environment)
        options.log = link.directory.path + "/console.log"
        let device: NcursesDevice
        do throws(TerminalError) { device = try await NcursesDevice.open(options) } catch {
            throw Ending(Ending.Code.usage, [error.description])
        }
        let runner = ConsoleRunner(
            device: Device(device: device), service: link.service, identity: Person.current,
            copies: CopyFile(directory: link.directory.path), clock: ContinuousClock(), wallClock: Wiring.now)
        await runner.run(
            ConsoleOptions(
                glyphs: ascii ? .ascii : device.glyphs, readOnlyBecause: readOnlyBecause,
                asksForWriteMode: asksForWriteMode,
                opens: opens, source: link.sourceText))
    }

    /// Where `make install` puts them: `share/lockstep/themes` beside the program's own `bin`. The kernel knows where that is,
    /// whatever link or path the program was called by.
    private static var installedThemes: [String] {
        do {
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
            let prefix = URL(fileURLWithPath: program).deletingLastPathComponent().deletingLastPathComponent()
            return [prefix.appendingPathComponent("share/lockstep/themes").path]
        } catch {
            return []
        }
    }

    /// `--theme`, else what `LOCKSTEP_THEME` says, else the dark one.
    private func look(_ environment: [String: String]) throws(Ending) -> Theme {
        let home = environment["HOME"] ?? NSHomeDirectory()
        let configuration = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.config"
        do throws(ThemeError) {
            return try Theme.load(
                theme ?? environment["LOCKSTEP_THEME"] ?? "dark",
                directories: [configuration + "/lockstep/themes"] + Self.installedThemes)
        } catch {
            throw Ending(Ending.Code.configuration, error.description)
        }
    }

    /// The terminal as the console knows it.
    private struct Device: ConsoleDevice {
        let device: NcursesDevice

        var events: KeyBatches { device.events }
        var size: Size { device.size }
        func present(_ screen: Screen) { device.present(screen) }
        func redraw() async { await device.redraw() }
        func suspend() async throws { try await device.suspend() }
        func bell() async { await device.bell() }
        func close() async { await device.close() }
    }
}
