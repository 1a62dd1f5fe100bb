internal import Core
internal import Journal

/// What one turn of the loop would change: worked out on a copy, journalled in one transaction, and only then true.
struct Batch {
    private(set) var fleet: Fleet
    private(set) var entries: [Entry] = []
    /// Handed out after the entries are on disk; `decide` and `ignore` never get here.
    private(set) var effects: [(MigrationID, Effect)] = []
    private let now: Timestamp

    init(on fleet: Fleet, at now: Timestamp) {
        self.fleet = fleet
        self.now = now
    }

    /// Applies an event and, at once, the decisions it asks for: no other event comes between the two.
    mutating func add(_ event: MigrationEvent, to id: MigrationID) throws(EngineError) {
        entries.append(try EventCodec.entry(event, of: id))
        for effect in fleet.apply(event, to: id) {
            switch effect {
            case .decide(let attempt, let decision):
                try add(.decided(attempt: attempt, decision, at: event.at), to: id)
            case .fallBack(let way): try add(.fellBack(way, at: event.at), to: id)
            case .shard, .wake: effects.append((id, effect))
            case .ignore: break
            }
        }
    }

    /// A timer's event; one that changes nothing is not worth a record.
    mutating func wake(_ id: MigrationID, at due: Timestamp) throws(EngineError) {
        let event = MigrationEvent.clock(at: max(now, due))
        guard let before = fleet.migrations[id] else { return }
        var after = before
        let asked = after.apply(event)
        guard after != before || !asked.isEmpty else { return }
        try add(event, to: id)
    }

    /// - Throws: `Refusal` when the order may not be carried out any more.
    func admit(_ command: Command, on id: MigrationID) throws(Refusal) {
        guard let migration = fleet.migrations[id] else { throw Refusal("there is no migration \(id.short)") }
        try Admission.check(command, on: migration)
        // A migration that has ended may have left its table to another one by now.
        if case .revert = command { try admit(migration.spec) }
    }

    /// - Throws: `Refusal` when another migration has the table.
    func admit(_ spec: MigrationSpec) throws(Refusal) {
        guard let rival = fleet.rival(of: spec) else { return }
        throw Refusal(
            "migration \(rival.spec.id.short) (\(rival.spec.name)) is running on \(rival.spec.qualifiedTable)",
            advice: "wait until it has ended, or cancel it")
    }
}
