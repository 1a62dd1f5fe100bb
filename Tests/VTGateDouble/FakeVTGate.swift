internal import Foundation

/// A server that speaks the MySQL protocol on loopback and behaves as a VTGate of v24 did in the recorded transcript.
///
/// Comments name the section of the transcript, or the fact, that each quirk comes from. Nothing of the product is used
/// here, so that a misunderstanding cannot hide on both sides. Every method may be called from any thread.
package final class FakeVTGate: @unchecked Sendable {
    let world: World
    let server: Server

    /// Starts listening on a free port of 127.0.0.1.
    /// - Throws: `ErrorAnswer` when no socket can be had.
    package init(_ configuration: Configuration = Configuration()) throws(ErrorAnswer) {
        world = World(configuration)
        server = try Server(world)
        server.start()
        if case .realTime(let rate) = configuration.clock { server.runClock(rate: rate) }
    }

    deinit { server.stop() }

    /// Where it listens.
    package var port: UInt16 { server.port }

    /// Ends all connections and threads; returns when they are gone.
    package func stop() { server.stop() }

    func locked<T>(_ body: (World) -> T) -> T {
        world.gate.lock()
        defer {
            world.gate.broadcast()
            world.gate.unlock()
        }
        return body(world)
    }

    // MARK: Time

    /// The clock's beginning.
    package var begin: Double { world.configuration.begin }

    /// The double's clock, Unix seconds.
    package var now: Double { locked { $0.now } }

    /// Moves the clock on; everything that falls into this time happens, in its order.
    package func advance(by seconds: Double) { locked { $0.advance(to: $0.now + seconds) } }

    /// Moves the clock on in steps until the condition holds, at most by `limit` seconds. `false`: it never did.
    package func advance(upTo limit: Double = 3600, step: Double = 1, until isDone: () -> Bool) -> Bool {
        var passed = 0.0
        while !isDone() {
            if passed >= limit { return false }
            advance(by: step)
            passed += step
        }
        return true
    }

    // MARK: Statements without a connection

    /// Runs statements in order in one fresh session, as another operator would.
    /// - Returns: the last one's answer.
    @discardableResult
    package func execute(
        _ statements: String..., as user: String = "another-operator", on target: String? = nil
    ) -> Answer {
        locked { world in
            let session = Session(
                connectionID: 0, user: user, strategy: "direct", uuid: world.newUUID().replacing("_", with: "-"),
                stream: nil)
            if let target { session.select(target) }
            var answer = Answer.ok(affected: 0)
            for statement in statements { answer = world.answer(statement, session) }
            return answer
        }
    }

    /// Submits a schema change as another operator.
    /// - Returns: its UUID.
    /// - Throws: what VTGate would say.
    @discardableResult
    package func submit(
        _ statement: String, strategy: String = "vitess --postpone-completion", context: String = "",
        on keyspace: String? = nil
    ) throws(ErrorAnswer) -> String {
        let answer = execute(
            "set @@ddl_strategy='\(strategy)'", "set @@migration_context='\(context)'", statement,
            on: keyspace ?? locked { $0.keyspaces[0].name })
        switch answer {
        case .rows(let table): return table.values.first?.first.flatMap { $0 } ?? ""
        case .error(let error): throw error
        case .ok, .dropped: throw ErrorAnswer(message: "no uuid: the statement ran directly")
        }
    }
}
