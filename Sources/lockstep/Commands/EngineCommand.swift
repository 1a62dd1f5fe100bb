internal import ArgumentParser
internal import Control
internal import Core
@preconcurrency internal import Dispatch
internal import Engine
internal import Glibc
internal import Journal
internal import Manifests

/// `lockstep engine`: the engine in the foreground, until it is told to stop.
struct EngineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract: "Run the engine in the foreground: it carries out every migration of one state directory.",
        discussion: """
            It takes up what its journal left unfinished, then serves the other commands over a socket. SIGTERM and SIGINT let \
            a cut-over in flight finish, then stop; killed in any other way, it goes on where it was when it is started again. \
            What happens is logged to standard error, a line an event.
            """)

    @Option(
        name: .long, help: ArgumentHelp("The cluster file: keyspaces, shards, servers, credentials.", valueName: "file")
    )
    var clusters: String

    @OptionGroup var engineOptions: EngineOptions

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let directory = engineOptions.directory
        let wiring = try Wiring(clusters: clusters)
        try directory.prepare()
        let journal: EventLog
        do throws(JournalError) {
            journal = try await EventLog.open(at: directory.journal, pageLimit: nil)
        } catch { throw Ending(error) }
        let engine = try await wiring.engine(journal)
        let server: ControlServer
        do throws(ControlError) {
            server = try ControlServer(path: directory.socket, service: engine)
        } catch { throw Ending(error) }
        Log.line("engine of \(wiring.cluster.environment.name) started, pid \(getpid()), state in \(directory.path)")
        try await Self.serve(engine, server)
        Log.line("engine stopped")
    }

    /// Runs engine and socket until a signal, or until the engine ends by itself.
    private static func serve(_ engine: Engine, _ server: ControlServer) async throws(Ending) {
        let stops = StopSignals()
        let log = try await EventTailLog(of: engine)
        let failure = await withTaskGroup(of: EngineError?.self) { group -> EngineError? in
            group.addTask {
                await server.run()
                return nil
            }
            group.addTask {
                await log.run()
                return nil
            }
            group.addTask {
                for await name in stops.received {
                    Log.line("\(name): stopping; a cut-over in flight finishes first")
                    engine.stop()
                }
                return nil
            }
            let failure: EngineError?
            do throws(EngineError) {
                try await engine.run()
                failure = nil
            } catch { failure = error }
            group.cancelAll()
            return failure
        }
        if let failure { throw Ending(failure) }
    }
}

/// SIGTERM and SIGINT as a stream of their names; they no longer end the process by themselves.
final class StopSignals: Sendable {
    let received: AsyncStream<String>
    private let sources: [any DispatchSourceSignal]

    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingNewest(4))
        received = stream
        sources = [(SIGTERM, "SIGTERM"), (SIGINT, "SIGINT")].map { number, name in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(name) }
            source.resume()
            return source
        }
    }
}

/// Lines of the engine's log.
enum Log {
    static func line(_ text: String) { Output.error("\(Wiring.now().text) \(text)") }
}

/// Logs every migration's new event lines, those of the journal's past left out.
struct EventTailLog {
    private let snapshots: AsyncStream<FleetSnapshot>

    init(of engine: Engine) async throws(Ending) {
        do throws(ServiceError) { snapshots = try await engine.snapshots() } catch { throw Ending(error, from: .engine("")) }
    }

    func run() async {
        var tails: [MigrationID: EventTail] = [:]
        var isFirst = true
        for await snapshot in snapshots {
            for migration in snapshot.migrations.reversed() {
                let new = tails[migration.spec.id, default: EventTail()].take(migration.events)
                if isFirst { continue }
                for line in new { Log.line("\(migration.spec.id.short) \(EventText.line(line))") }
            }
            isFirst = false
        }
    }
}
