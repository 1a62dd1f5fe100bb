package import Core
internal import Synchronization
internal import Terminal

/// Runs the console: keys and snapshots into the model, its frames to the device, its effects to the engine.
///
/// Owns every task it starts; all have ended when `run` returns. It decides nothing: what a key means is the model's affair.
package struct ConsoleRunner<Device: ConsoleDevice>: Sendable {
    private let device: Device
    private let service: any OperatorService
    private let identity: OperatorIdentity
    private let copies: CopyFile
    private let clock: any Clock<Duration>
    private let wallClock: @Sendable () -> Timestamp

    /// At most ten snapshots a second are looked at.
    private static var pace: Duration { .milliseconds(100) }
    /// Ages on the screen move on this often when nothing else happens.
    private static var tick: Duration { .milliseconds(500) }
    /// Questions to the engine at the same time; more are answered here.
    private static var mostQuestions: Int { 16 }

    /// - Parameter copies: where `y` puts its text.
    package init(
        device: Device, service: any OperatorService, identity: OperatorIdentity, copies: CopyFile,
        clock: any Clock<Duration>, wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.device = device
        self.service = service
        self.identity = identity
        self.copies = copies
        self.clock = clock
        self.wallClock = wallClock
    }

    /// Shows the console until the operator leaves or the terminal is gone; the migrations go on either way.
    package func run(_ options: ConsoleOptions) async {
        let mailbox = Mailbox()
        await withTaskGroup { group in
            group.addTask { await readKeys(into: mailbox) }
            group.addTask { await readSnapshots(into: mailbox, from: options.source) }
            group.addTask { await askForLife(mailbox, of: options.source) }
            group.addTask { await count(mailbox) }
            await loop(ConsoleModel(options: options, size: device.size), mailbox, &group)
            group.cancelAll()
        }
        await device.close()
    }

    // MARK: - The loop

    private func loop(_ first: ConsoleModel, _ mailbox: Mailbox, _ group: inout TaskGroup<Void>) async {
        var model = first
        let questions = Questions(most: Self.mostQuestions)
        device.present(render(model, size: device.size, now: wallClock()))
        for await _ in mailbox.wakes {
            let contents = mailbox.take()
            var effects: [ConsoleEffect] = []
            if let snapshot = contents.snapshot { effects += model.handle(.snapshot(snapshot), now: wallClock()) }
            for (event, at) in contents.events { effects += model.handle(event, now: at) }
            if contents.hasTicked { effects += model.handle(.tick, now: wallClock()) }
            for effect in effects {
                guard await perform(effect, &model, mailbox, questions, &group) else { return }
            }
            device.present(render(model, size: device.size, now: wallClock()))
        }
    }

    /// - Returns: whether the console goes on.
    private func perform(
        _ effect: ConsoleEffect, _ model: inout ConsoleModel, _ mailbox: Mailbox, _ questions: Questions,
        _ group: inout TaskGroup<Void>
    ) async -> Bool {
        switch effect {
        case .quit: return false
        case .redraw: await device.redraw()
        case .bell: await device.bell()
        case .suspend:
            do {
                try await device.suspend()
            } catch {
                return false
            }
        case .copy(let text):
            do throws(CopyFile.Failure) {
                let path = try copies.write(text, at: wallClock())
                _ = model.handle(.copied(path: path), now: wallClock())
            } catch {
                _ = model.handle(.copyFailed(error.reason), now: wallClock())
            }
        case .requestPlan(let request, let ticket):
            guard questions.begin() else {
                let busy = ServiceError.unreachable("too many questions are still out", sent: false)
                _ = model.handle(.planFailed(busy, ticket: ticket), now: wallClock())
                return true
            }
            group.addTask {
                let answer = await plan(request, ticket)
                questions.end()
                mailbox.put([answer], at: wallClock())
            }
        case .perform(let request, let hash, let reason, let ticket):
            group.addTask {
                let answer = await order(request, hash, reason, ticket)
                mailbox.put([answer], at: wallClock())
            }
        }
        return true
    }

    private func plan(_ request: CommandRequest, _ ticket: Int) async -> ConsoleEvent {
        do throws(ServiceError) {
            return .planArrived(try await service.plan(request), ticket: ticket)
        } catch {
            return .planFailed(error, ticket: ticket)
        }
    }

    private func order(_ request: CommandRequest, _ hash: String, _ reason: String, _ ticket: Int) async -> ConsoleEvent
    {
        do throws(ServiceError) {
            let receipt = try await service.perform(request, planHash: hash, by: identity, reason: reason)
            return .receipt(receipt, ticket: ticket)
        } catch {
            return .performFailed(error, ticket: ticket)
        }
    }

    // MARK: - What comes in

    private func readKeys(into mailbox: Mailbox) async {
        for await keys in device.events { mailbox.put(keys.map(ConsoleEvent.key), at: wallClock()) }
        // The terminal is gone: nobody can see or press anything any more.
        mailbox.put([.key(.leave(.hungUp))], at: wallClock())
    }

    /// Follows the engine's snapshots; when the stream ends, says so and asks for another one.
    private func readSnapshots(into mailbox: Mailbox, from source: String) async {
        while !Task.isCancelled {
            do throws(ServiceError) {
                let snapshots = try await service.snapshots()
                mailbox.put([.linkRestored], at: wallClock())
                for await snapshot in snapshots {
                    mailbox.put(snapshot)
                    guard await sleep(Self.pace) else { return }
                }
                if Task.isCancelled { return }
                mailbox.put([.linkLost("\(source) closed the connection")], at: wallClock())
            } catch {
                mailbox.put([.linkLost(ErrorText.line(error, from: source))], at: wallClock())
            }
            guard await sleep(Pace.poll) else { return }
        }
    }

    /// A stream is silent when nothing changes, and when the engine hangs. Asking tells them apart.
    private func askForLife(_ mailbox: Mailbox, of source: String) async {
        while await sleep(Pace.poll) {
            do throws(ServiceError) {
                mailbox.put(try await service.snapshot())
            } catch {
                mailbox.put([.linkLost(ErrorText.line(error, from: source))], at: wallClock())
            }
        }
    }

    private func count(_ mailbox: Mailbox) async {
        while await sleep(Self.tick) { mailbox.tick() }
    }

    /// - Returns: whether the time has passed; `false` when the console ends.
    private func sleep(_ time: Duration) async -> Bool {
        do {
            try await clock.sleep(for: time)
            return true
        } catch {
            return false
        }
    }
}

/// Counts what is asked and not answered.
private final class Questions: Sendable {
    private let most: Int
    private let open = Mutex(0)

    init(most: Int) { self.most = most }

    func begin() -> Bool {
        open.withLock { open in
            guard open < most else { return false }
            open += 1
            return true
        }
    }

    func end() { open.withLock { $0 -= 1 } }
}
