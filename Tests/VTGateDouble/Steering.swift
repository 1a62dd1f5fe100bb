/// What a test can make happen. A shard is named `ks/-40`, or `-40` when only one keyspace has it.
extension FakeVTGate {
    /// What is to go wrong with a statement.
    package enum Fault: Sendable {
        /// The connection is cut, nothing was done: the client cannot tell.
        case connectionLostBefore
        /// Everything was done, then the connection is cut.
        case connectionLostAfter
        /// This error, and nothing was done.
        case error(ErrorAnswer)
        /// This error although everything was done.
        case errorAfter(ErrorAnswer)
        /// Begins so many real seconds later.
        case delayed(seconds: Double)
        /// Is done at once, and answered so many real seconds later.
        case answerDelayed(seconds: Double)
        /// Is not begun until `release`.
        case held
        /// Is done at once, and not answered until `release`.
        case answerHeld
    }

    /// Names a planned fault.
    package struct FaultID: Sendable, Hashable {
        let number: Int
    }

    func shard<T>(_ name: String, _ body: (World, ShardState) -> T) -> T {
        locked { world in
            guard let found = world.shards[name] else { preconditionFailure("no shard \(name)") }
            return body(world, found)
        }
    }

    // MARK: Statements

    /// The next `times` statements that fit go wrong.
    @discardableResult
    package func plan(
        _ fault: Fault, times: Int = 1, when matches: @escaping @Sendable (LoggedStatement) -> Bool
    ) -> FaultID {
        locked { world in
            let number = world.nextFault
            world.nextFault += 1
            world.faults.append(StatementFault(number: number, matches: matches, kind: fault, times: times))
            return FaultID(number: number)
        }
    }

    /// The next `times` statements that begin with these words, whatever their case, go wrong.
    @discardableResult
    package func plan(_ fault: Fault, times: Int = 1, on words: String) -> FaultID {
        plan(fault, times: times) { $0.isAbout(words) }
    }

    /// Ends a fault; what was held goes on.
    package func release(_ fault: FaultID) { locked { $0.faults.removeAll { $0.number == fault.number } } }

    /// How many statements the fault has hit; 0 after `release`.
    package func hits(of fault: FaultID) -> Int {
        locked { $0.faults.first { $0.number == fault.number }?.hits ?? 0 }
    }

    /// Whether ALTER VITESS_MIGRATION waits for cut-overs (fact 16), from now on.
    package func setCommandsWaitForCutOver(_ isOn: Bool) { locked { $0.waitsForCutOver = isOn } }

    // MARK: VTGate itself

    /// VTGate is restarted: all connections are cut, sessions forgotten, the port stays.
    package func restartVTGate() { server.dropConnections() }

    /// VTGate is gone: connections are cut, and nobody listens.
    package func stopVTGate() { server.goDown() }

    /// VTGate is back on the same port.
    /// - Throws: when somebody else took the port.
    package func startVTGate() throws(ErrorAnswer) { try server.comeBack() }

    /// VTGate's release; what its tablets are stays.
    package func setVersion(_ version: VitessRelease) { locked { $0.version = version } }

    /// Ends one session by its number, as its statement runs or between two.
    package func cutConnection(_ connectionID: UInt32) { server.drop(connectionID) }

    // MARK: Shards

    /// Statements that need the shard get no answer until `speak`.
    package func silence(_ name: String) { shard(name) { $1.silence = .hangs } }

    /// Statements that need the shard get this error from it until `speak`; its text comes behind
    /// `target: ks.shard.primary: `.
    package func silence(_ name: String, with error: ErrorAnswer) { shard(name) { $1.silence = .answers(error) } }

    /// The shard answers again.
    package func speak(_ name: String) { shard(name) { $1.silence = nil } }

    /// The shard's primary tablet dies (transcript 23).
    package func stopPrimary(_ name: String) {
        shard(name) { world, shard in
            world.abandonCutOver(shard)
            shard.primary.isServing = false
            shard.wasFoundDown = false
        }
    }

    /// The shard's primary tablet is back: readiness is lost for three seconds (transcript 23).
    package func startPrimary(_ name: String) {
        shard(name) { world, shard in
            shard.primary.isServing = true
            shard.notReadyUntil = world.now + 3
            world.tick(shard)
            world.stateChanged(shard)
        }
    }

    /// The shard's vttablet is restarted: readiness goes 1, 0, 1 by itself (fact 10).
    package func restartTablet(_ name: String) { startPrimary(name) }

    /// Its first replica becomes the primary. Until `closedFor` has passed the executor is not open (`online DDL is
    /// disabled`); running migrations go on there, ready ones stay ready (fact 10, transcript 22).
    package func reparent(_ name: String, closedFor seconds: Double = 0) {
        shard(name) { world, shard in
            guard !shard.replicas.isEmpty else { return }
            world.finishCutOver(shard)
            var promoted = shard.replicas.removeFirst()
            promoted.primarySince = world.now
            var demoted = shard.primary
            demoted.primarySince = nil
            demoted.isServing = true
            shard.replicas.append(demoted)
            shard.primary = promoted
            if seconds > 0 {
                shard.isExecutorOpen = false
                world.events.add(.executorOpens(shard), at: world.now + seconds)
            } else {
                world.stateChanged(shard)
            }
        }
    }

    /// Closes or opens the shard's executor (`online DDL is disabled`).
    package func setExecutor(_ name: String, isOpen: Bool) {
        shard(name) { world, shard in
            shard.isExecutorOpen = isOpen
            if isOpen { world.stateChanged(shard) }
        }
    }

    /// A tablet of another release: its rows have that release's columns.
    package func setVersion(_ version: VitessRelease, ofShard name: String) {
        shard(name) { _, shard in
            shard.version = version
            for record in shard.records { record.forgetPayload() }
        }
    }

    /// Whether the shard's MySQL can change its tables INSTANTly.
    package func setSupportsInstant(_ isOn: Bool, _ name: String) { shard(name) { $1.supportsInstant = isOn } }

    /// What the shard's MySQL says of its version, and with it whether the double's columns are added and dropped INSTANTly.
    package func setServerVersion(_ text: String, _ name: String) {
        let parts = text.prefix { $0 != "-" }.split(separator: ".").map { Int($0) ?? 0 }
        shard(name) { $1.serverVersion = text; $1.supportsInstant = !parts.lexicographicallyPrecedes([8, 0, 29]) }
    }

    /// How fast copies are on the shard from the next start on; `nil` is the fleet's.
    package func setCopyRate(_ rowsPerSecond: Double?, _ name: String) { shard(name) { $1.copyRate = rowsPerSecond } }

    /// The lag of the shard's streams at the next ticks: above the threshold readiness is lost. `nil`: none.
    package func setStreamLag(_ seconds: Double?, _ name: String) { shard(name) { $1.streamLag = seconds } }

    /// The throttler holds the shard's streams because its `lag` metric is this; `nil` lets them go. The row's reason is
    /// `.. is denied access due to shard/lag metric value .. exceeding threshold 5`, as seen on a cluster.
    package func setThrottlerLag(_ seconds: Double?, _ name: String) {
        shard(name) { world, shard in
            world.settleStreams(world.keyspace(of: shard))
            shard.throttlerLag = seconds
        }
    }

    /// `ReplicationLag` of the shard's first replica.
    package func setReplicationLag(_ seconds: Int, _ name: String) {
        shard(name) { _, shard in
            if let replica = shard.replicas.first { shard.replicationLag[replica.alias] = seconds }
        }
    }

    /// Whether the shard's first replica serves.
    package func setReplica(_ name: String, isServing: Bool) {
        shard(name) { _, shard in
            if !shard.replicas.isEmpty { shard.replicas[0].isServing = isServing }
        }
    }

    /// The executor looks at its migrations now.
    package func tick(_ name: String) { shard(name) { $0.tick($1) } }
}
