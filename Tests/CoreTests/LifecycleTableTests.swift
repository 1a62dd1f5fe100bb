import Core
import Testing

@Suite("Every state and every fact")
struct LifecycleTableTests {
    /// A fleet whose first shard stands in the named state.
    static let states: [(name: String, make: @Sendable () -> Driven)] = [
        ("queued", { Driven(Sample.spec(postponeLaunch: true)) }),
        ("preparing", { Driven() }),
        (
            "copying",
            {
                var d = Driven(); d.fact(Sample.shards[0], .prepared(Sample.run, Sample.preparation)); return d
            }
        ),
        (
            "applying",
            {
                var d = Driven()
                d.fact(Sample.shards[0], .prepared(Sample.run, Sample.preparation))
                d.fact(Sample.shards[0], .copied(Sample.run, rows: 1))
                return d
            }
        ),
        ("ready", { Driven.ready() }),
        (
            "ready, looking",
            {
                var d = Driven.ready(); d.order(.complete); return d
            }
        ),
        (
            "ready, clearing",
            {
                var d = Driven.ready(); d.order(.forceCutOver(ending: [Sample.shards[0]: [Sample.blocker(7)]]));
                return d
            }
        ),
        (
            "ready, backing off",
            {
                var d = Driven.ready()
                d.order(.complete)
                d.fact(Sample.shards[1], .lookFailed(Sample.run, attempt: 1, Sample.failure))
                return d
            }
        ),
        ("holding", { Driven.holding() }),
        (
            "held",
            {
                var d = Driven.holding(); d.fact(Sample.shards[0], .held(Sample.run, attempt: 1, Sample.hold)); return d
            }
        ),
        (
            "releasing",
            {
                var d = Driven.holding(); d.order(.postpone); return d
            }
        ),
        ("cuttingOver", { Driven.committed() }),
        (
            "ambiguous",
            {
                var d = Driven.committed()
                d.fact(Sample.shards[0], .released(Sample.run, attempt: 1, .unknown(Sample.failure)))
                return d
            }
        ),
        (
            "rollingForward",
            {
                var d = Driven.committed()
                d.fact(Sample.shards[0], .released(Sample.run, attempt: 1, .notSwapped(Sample.failure)))
                return d
            }
        ),
        (
            "done",
            {
                var d = Driven.committed()
                d.fact(Sample.shards[0], .released(Sample.run, attempt: 1, .swapped(Sample.report(d.now))))
                return d
            }
        ),
        (
            "failed",
            {
                var d = Driven.ready(); d.fact(Sample.shards[0], .failed(Sample.run, Sample.failure)); return d
            }
        ),
        (
            "failed after the commit",
            {
                var d = Driven.committed()
                d.fact(Sample.shards[0], .released(Sample.run, attempt: 1, .notSwapped(nil)))
                d.fact(Sample.shards[0], .failed(Sample.run, Sample.failure))
                return d
            }
        ),
        (
            "cancelling",
            {
                var d = Driven.ready(); d.order(.cancel); return d
            }
        ),
        (
            "cancelling, dropping",
            {
                var d = Driven.ready(); d.order(.cancel); d.fact(Sample.shards[0], .stopped(Sample.run)); return d
            }
        ),
        (
            "cancelled",
            {
                var d = Driven.ready()
                d.order(.cancel)
                d.fact(Sample.shards[0], .stopped(Sample.run))
                d.fact(Sample.shards[0], .artifactDropped(Sample.shadow(Sample.shards[0])))
                return d
            }
        ),
    ]

    static let facts: [ShardFact] = [
        .artifactPlanned(Sample.run, Artifact(.sentryTable, "_s")), .artifactDropped(Sample.shadow(Sample.shards[0])),
        .prepared(Sample.run, Sample.preparation), .checkpointed(Sample.run, Sample.checkpoint),
        .copied(Sample.run, rows: 1), .verified(Sample.run, rows: 1, took: .seconds(1)), .ready(Sample.run),
        .fellBehind(Sample.run, tail: .seconds(9)), .looked(Sample.run, attempt: 1, blockers: []),
        .looked(Sample.run, attempt: 1, blockers: [Sample.blocker(7)]),
        .lookFailed(Sample.run, attempt: 1, Sample.failure), .held(Sample.run, attempt: 1, Sample.hold),
        .holdRefused(Sample.run, attempt: 1, Sample.failure, blockers: []),
        .released(Sample.run, attempt: 1, .notSwapped(nil)),
        .released(Sample.run, attempt: 1, .unknown(Sample.failure)),
        .released(Sample.run, attempt: 1, .swapped(Sample.report(Sample.start))),
        .blockersEnded(Sample.run, ended: [], gone: []), .failed(Sample.run, Sample.failure), .stopped(Sample.run),
    ]

    /// Where a state may lead within one fact; itself always. `backwards` is what a restart may add.
    static let allowed: [String: Set<String>] = [
        "queued": [], "preparing": ["copying", "ready", "failed"], "copying": ["applying", "ready", "failed"],
        "applying": ["ready", "failed"], "ready": ["applying", "failed", "holding"],
        "holding": ["held", "ready", "failed", "releasing"],
        "held": ["ready", "failed", "cuttingOver", "releasing"], "releasing": ["ready", "failed"],
        "cuttingOver": ["done", "ambiguous", "rollingForward"], "ambiguous": ["done", "rollingForward"],
        "rollingForward": ["cuttingOver", "failed", "done"], "done": [], "reverted": [], "failed": ["done"],
        "cancelling": ["cancelled"], "cancelled": [],
    ]

    static func word(_ state: ShardLifecycle.State) -> String {
        switch state {
        case .queued: "queued"
        case .preparing: "preparing"
        case .copying: "copying"
        case .applying: "applying"
        case .ready: "ready"
        case .holding: "holding"
        case .held: "held"
        case .releasing: "releasing"
        case .cuttingOver: "cuttingOver"
        case .ambiguous: "ambiguous"
        case .rollingForward: "rollingForward"
        case .done: "done"
        case .reverted: "reverted"
        case .failed: "failed"
        case .cancelling: "cancelling"
        case .cancelled: "cancelled"
        }
    }

    @Test("A fact leads only where its state says it may, and a fact of another run leads nowhere")
    func transitions() throws {
        for (name, make) in Self.states {
            for fact in Self.facts {
                var fleet = make()
                let before = Self.word(fleet.state(0))
                let committed = fleet.migration.isCommitted
                #expect(name.hasPrefix(before), "the sample \(name) is \(before)")
                fleet.fact(Sample.shards[0], fact)
                let after = Self.word(fleet.state(0))
                let allowed = try #require(Self.allowed[before])
                #expect(after == before || allowed.contains(after), "\(name) + \(fact) led to \(after)")
                #expect(committed || after != "done", "\(name) + \(fact) swapped without a commit")
                #expect(fleet.migration.isCommitted == committed, "\(name) + \(fact) decided something")
            }
        }
    }

    @Test("An order given in any state leaves a fleet that still takes every fact")
    func orders() {
        let commands: [Command] = [
            .launch, .postpone, .complete, .cancel, .retry([]),
            .forceCutOver(ending: [Sample.shards[0]: [Sample.blocker(1)]]),
            .throttle([], reason: "r"), .unthrottle([]), .cleanup,
        ]
        for (name, make) in Self.states {
            for command in commands {
                var ordered = make()
                let committed = ordered.migration.isCommitted
                ordered.order(command)
                #expect(ordered.migration.isCommitted == committed, "\(name) + \(command.verb)")
                #expect(!(committed && ordered.migration.isCancelling), "\(name) + \(command.verb)")
                for fact in Self.facts {
                    var fleet = ordered
                    fleet.fact(Sample.shards[0], fact)
                    let same = Driven.replayed(fleet) == fleet.migration
                    #expect(same, "\(name) + \(command.verb) + \(fact)")
                }
            }
        }
    }

    @Test("A started engine hands out what each state needs", arguments: states.map(\.name))
    func engineStarted(name: String) throws {
        var fleet = try #require(Self.states.first { $0.name == name }).make()
        let effects = fleet.apply(.engineStarted(at: fleet.now))
        let first = effects.compactMap { effect -> ShardEffect? in
            if case .shard(Sample.shards[0], let work) = effect { work } else { nil }
        }
        let artifacts = [Sample.shadow(Sample.shards[0])]
        let run = Sample.run
        switch name {
        case "queued", "failed", "failed after the commit", "cancelled", "done": #expect(first.isEmpty)
        case "preparing", "copying", "applying": #expect(first == [.run(run, resume: nil, artifacts: [])])
        case "cuttingOver", "ambiguous": #expect(first == [.ask(run, attempt: 1)])
        case "cancelling": #expect(first == [.stop(run)])
        case "cancelling, dropping": #expect(first == [.stop(run), .dropArtifacts(artifacts)])
        default: #expect(first == [.run(run, resume: Sample.checkpoint, artifacts: artifacts)])
        }
        if name == "done" { #expect(effects.wakes == [fleet.now + .seconds(3600)]) }
        if name == "ready, backing off" { #expect(effects.wakes == [fleet.now + .seconds(60)]) }
        #expect(Driven.replayed(fleet) == fleet.migration)
    }

    @Test("A replay of any prefix of a life is the state at that moment")
    func prefixes() {
        var fleet = Driven.committed()
        fleet.fact(Sample.shards[0], .released(Sample.run, attempt: 1, .notSwapped(Sample.failure)))
        fleet.apply(.engineStarted(at: fleet.now))
        fleet.all { _ in .released(Sample.run, attempt: 1, .swapped(Sample.report(Sample.start))) }
        var live = Migration(spec: fleet.migration.spec, by: Sample.ana, at: Sample.start)
        for (count, event) in fleet.journal.enumerated() {
            _ = live.apply(event)
            let same = Driven.replayed(fleet, count + 1) == live
            #expect(same, "after \(event)")
        }
        #expect(live == fleet.migration)
    }

    @Test("Cancelling in any state before the commit ends with every artifact dropped and nothing swapped")
    func cancels() {
        for (name, make) in Self.states {
            var fleet = make()
            guard !fleet.migration.isCommitted else { continue }
            fleet.order(.cancel)
            for shard in Sample.shards {
                fleet.fact(shard, .released(Sample.run, attempt: 1, .notSwapped(nil)))
            }
            for shard in Sample.shards {
                let drops = fleet.fact(shard, .stopped(Sample.run)).work
                for case .dropArtifacts(let artifacts) in drops {
                    for artifact in artifacts { fleet.fact(shard, .artifactDropped(artifact)) }
                }
            }
            for shard in Sample.shards {
                for artifact in fleet.migration.shards[shard]?.artifacts ?? [] {
                    fleet.fact(shard, .artifactDropped(artifact))
                }
            }
            #expect(fleet.migration.derivedState == .cancelled, "\(name)")
            #expect(!fleet.migration.hasWorkLeft, "\(name)")
        }
    }

    @Test("What is planned late is dropped, not forgotten")
    func lateArtifacts() {
        let sentry = Artifact(.sentryTable, "_s")
        for name in ["cancelled", "cancelling, dropping", "done"] {
            var fleet = Self.states.first { $0.name == name }!.make()
            #expect(
                fleet.fact(Sample.shards[0], .artifactPlanned(Sample.run, sentry)).work == [.dropArtifacts([sentry])])
            #expect(fleet.migration.hasWorkLeft)
        }
    }

    @Test("A drop that fails is tried again after a pause, not at once")
    func failedDrop() {
        var fleet = Self.states.first { $0.name == "cancelling, dropping" }!.make()
        #expect(
            fleet.fact(Sample.shards[0], .failed(Sample.run, Sample.failure)) == [.wake(at: fleet.now + .seconds(10))])
        fleet.advance(.seconds(10))
        #expect(fleet.apply(.clock(at: fleet.now)).work == [.dropArtifacts([Sample.shadow(Sample.shards[0])])])
    }

    @Test("A drop of which nothing is heard is tried again until the table is seen gone")
    func silentDrop() {
        var fleet = Self.states.first { $0.name == "cancelling, dropping" }!.make()
        for _ in 0..<3 {
            fleet.fact(Sample.shards[0], .failed(Sample.run, Sample.failure))
            fleet.advance(.seconds(10))
            let effects = fleet.apply(.clock(at: fleet.now))
            #expect(effects.work == [.dropArtifacts([Sample.shadow(Sample.shards[0])])])
            #expect(effects.wakes == [fleet.now + .seconds(10)])
        }
        fleet.fact(Sample.shards[0], .artifactDropped(Sample.shadow(Sample.shards[0])))
        fleet.advance(.seconds(10))
        #expect(fleet.apply(.clock(at: fleet.now)).work.isEmpty)
    }

    @Test("A retry is a new run that takes over the artifacts, and keeps a person's pause")
    func retry() {
        var fleet = Self.states.first { $0.name == "failed" }!.make()
        fleet.order(.throttle([], reason: "month end"))
        let pause = ManualThrottle(by: Sample.ana, reason: "month end", since: fleet.now)
        #expect(
            fleet.order(.retry([])).work == [
                .run(RunID(2), resume: nil, artifacts: [Sample.shadow(Sample.shards[0])]), .throttle(RunID(2), pause),
            ])
        #expect(fleet.fact(Sample.shards[0], .ready(Sample.run)).isEmpty)
        #expect(fleet.state(0) == .preparing(RunID(2)))
    }
}

extension Driven {
    /// The migration rebuilt from the first events of the journal.
    static func replayed(_ driven: Driven, _ count: Int? = nil) -> Migration {
        var migration = Migration(spec: driven.migration.spec, by: Sample.ana, at: Sample.start)
        for event in driven.journal.prefix(count ?? driven.journal.count) { _ = migration.apply(event) }
        return migration
    }
}
