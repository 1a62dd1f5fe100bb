internal import Control
internal import Core
internal import VitessExecutor

/// The way to the migrations, an engine's socket or a VTGate, with its errors turned into endings.
struct FleetLink {
    /// Who is asked.
    enum Place {
        /// The socket's path.
        case engine(String)
        /// `HOST:PORT`.
        case vtgate(String)
    }
    /// Where this program keeps its own files.
    let directory: StateDirectory
    let place: Place
    let service: any OperatorService
    /// Polls the fleet while snapshots are wanted, where nobody else does.
    private let upkeep: (@Sendable () async -> Void)?

    /// Nothing is connected until it is asked.
    init(engineIn directory: StateDirectory) {
        self.directory = directory
        place = .engine(directory.socket)
        service = ControlClient(path: directory.socket, clock: ContinuousClock(), timeout: .seconds(60))
        upkeep = nil
    }

    /// Nothing is connected until it is asked.
    init(vtgate fleet: VitessFleet, named name: String, directory: StateDirectory) {
        self.directory = directory
        place = .vtgate(name)
        service = fleet
        upkeep = { await fleet.run() }
    }

    /// Who is asked, in a sentence.
    var sourceText: String {
        switch place {
        case .engine: "the engine"
        case .vtgate(let name): "VTGate at \(name)"
        }
    }

    func ask<Answer>(_ question: (any OperatorService) async throws(ServiceError) -> Answer) async throws(Ending)
        -> Answer
    {
        do throws(ServiceError) { return try await question(service) } catch { throw Ending(error, from: place) }
    }

    /// Runs what follows snapshots, and what brings them beside it.
    func served(_ body: () async throws(Ending) -> Void) async throws(Ending) {
        guard let upkeep else { return try await body() }
        let result: Result<Void, Ending> = await withTaskGroup(of: Void.self) { group in
            group.addTask { await upkeep() }
            let result: Result<Void, Ending>
            do throws(Ending) { result = .success(try await body()) } catch { result = .failure(error) }
            group.cancelAll()
            return result
        }
        try result.get()
    }
}
