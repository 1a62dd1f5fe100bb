package import Core

/// Gives an operator service to other processes of the same user over a Unix socket: newline-delimited JSON, one request a
/// line. Only the engine's user and root are let in, by the socket's mode and by the kernel's word on the peer.
package struct ControlServer: Sendable {
    /// Requests of one connection that may be under way or waiting.
    private static let requestsAtOnce = 32

    private let listener: Listener
    private let service: any OperatorService

    /// Listens at the path from now on. A socket file left by a dead engine is replaced.
    /// - Throws: `alreadyServed` when a living one answers there.
    package init(path: String, service: any OperatorService) throws(ControlError) {
        listener = try Listener(path: path)
        self.service = service
    }

    /// Serves until cancelled; the socket's name is gone then and every connection is closed.
    package func run() async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await file in listener.accepted {
                    let connection = LineConnection(
                        file: file, lineLimit: Frame.requestLimit, pending: .all(atMost: Self.requestsAtOnce))
                    group.addTask { await serve(connection) }
                }
                group.cancelAll()
            }
        } onCancel: {
            listener.close()
        }
    }

    private func serve(_ connection: LineConnection) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await line in connection.lines {
                    group.addTask { await answer(line, on: connection) }
                }
                group.cancelAll()
            }
            connection.close()
        } onCancel: {
            connection.close()
        }
    }

    private func answer(_ line: [UInt8], on connection: LineConnection) async {
        let frame: RequestFrame
        do {
            frame = try Frame.decode(RequestFrame.self, from: line)
        } catch {
            await send(.unreadable("\(error)"), to: 0, on: connection)
            return
        }
        guard frame.v == Frame.version else {
            let reason = "protocol version \(frame.v); this engine speaks \(Frame.version)"
            await send(.unreadable(reason), to: frame.id, on: connection)
            return
        }
        do throws(ServiceError) {
            switch frame.request {
            case .snapshot: await send(.snapshot(try await service.snapshot()), to: frame.id, on: connection)
            case .snapshots:
                // The stream keeps only its newest while a line is on its way: a slow reader skips, and delays nobody.
                for await snapshot in try await service.snapshots() {
                    guard await send(.snapshot(snapshot), to: frame.id, on: connection) else { return }
                }
                connection.close()
            case .submit(let submission, let by):
                await send(.migration(try await service.submit(submission, by: by)), to: frame.id, on: connection)
            case .plan(let request):
                await send(.plan(try await service.plan(request)), to: frame.id, on: connection)
            case .perform(let request, let hash, let by, let reason):
                let receipt = try await service.perform(request, planHash: hash, by: by, reason: reason)
                await send(.receipt(receipt), to: frame.id, on: connection)
            }
        } catch {
            await send(.error(error), to: frame.id, on: connection)
        }
    }

    /// - Returns: whether the connection still stands.
    @discardableResult
    private func send(_ answer: Answer, to id: Int, on connection: LineConnection) async -> Bool {
        do {
            return await connection.send(try Frame.encode(AnswerFrame(v: Frame.version, id: id, answer: answer)))
        } catch {
            // What cannot be written as JSON cannot be answered: the peer sees the connection end.
            connection.close()
            return false
        }
    }
}
