package import Vitess

/// Sessions for reading, kept open between reads. Each read has one to itself.
///
/// Callers bound how many reads go on at once; a few idle sessions are kept for the next ones.
package actor VTGateReaders {
    package nonisolated let endpoint: VTGateEndpoint
    private let clock: any Clock<Duration>
    private var idle: [VTGateSession] = []

    /// Idle sessions kept open.
    private static let mostIdle = 8

    /// Statements handed to VTGate since the start, `USE` aside: what reading costs it.
    package private(set) var statementsSent = 0

    package init(_ endpoint: VTGateEndpoint, clock: any Clock<Duration>) {
        self.endpoint = endpoint
        self.clock = clock
    }

    /// Reads once. Where a session kept from before turns out to be lost, the read is made again in a new one: a read may be.
    package func read(_ statement: VitessStatement) async throws(VTGateError) -> VTGateAnswer {
        while let kept = idle.popLast() {
            guard await kept.isOpen else { continue }
            do throws(VTGateError) {
                return try await run(statement, in: kept)
            } catch {
                guard error.isConnectionLost, !error.isTimeout else { throw error }
                // VTGate went away meanwhile, and the other kept sessions with it.
                await closeIdle()
            }
        }
        return try await run(statement, in: try await VTGateSession.open(endpoint, for: .reading, clock: clock))
    }

    /// Says goodbye on every kept session.
    package func closeIdle() async {
        let kept = idle
        idle = []
        for session in kept { await session.close() }
    }

    private func run(_ statement: VitessStatement, in session: VTGateSession) async throws(VTGateError) -> VTGateAnswer {
        statementsSent += 1
        do throws(VTGateError) {
            let answer = try await session.run(statement)
            await keep(session)
            return answer
        } catch {
            await keep(session)
            throw error
        }
    }

    private func keep(_ session: VTGateSession) async {
        if await session.isOpen, idle.count < Self.mostIdle { idle.append(session) } else { await session.close() }
    }
}
