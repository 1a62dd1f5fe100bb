package import Core

/// Whether a verb may be sent now. Vitess itself refuses almost nothing: an unknown uuid, a wrong state and an unknown shard all
/// answer OK, and some verbs change rows they make no sense for. The same answer greys a key and refuses a command.
package enum AttachAdmission {
    /// - Parameter chosen: empty means every shard.
    /// - Throws: `Refusal` with the reason in words; nothing was sent then.
    package static func check(_ verb: Verb, on migration: MigrationReading, chosen names: [ShardName]) throws(Refusal) {
        let chosen = try shards(names, of: migration)
        try supported(verb, migration.version)
        let rows = names.isEmpty ? migration.readings : chosen.compactMap(\.reading)
        switch verb {
        case .launch: try launch(rows)
        case .postpone: try postpone(rows)
        case .complete: try complete(chosen, rows, migration)
        case .cancel: try cancel(rows)
        case .retry: try retry(rows)
        case .forceCutOver: try force(rows)
        case .throttle: try throttle(rows, narrowed: !names.isEmpty)
        case .unthrottle: try unthrottle(rows, narrowed: !names.isEmpty)
        case .revert: try revert(rows)
        case .threshold: try pending(rows, "has a cut-over before it")
        case .cleanup: try cleanup(rows)
        }
        guard verb != .throttle, verb != .unthrottle else { return }
        if !chosen.isEmpty, chosen.allSatisfy(\.isSilent) {
            throw Refusal(
                "\(chosen.count == 1 ? "\(chosen[0].name) does" : "the \(chosen.count) shards do") not answer",
                advice: "wait until a primary serves")
        }
    }

    /// The shards a request names, in the keyspace's order; all of them when it names none.
    static func shards(_ names: [ShardName], of migration: MigrationReading) throws(Refusal) -> [MigrationReading.Shard]
    {
        if names.isEmpty { return migration.shards }
        let known = Set(migration.shards.map(\.name))
        for name in names where !known.contains(name) {
            // Vitess would answer OK, and do nothing.
            throw Refusal("\(name) is no shard of \(migration.keyspace)")
        }
        return migration.shards.filter { names.contains($0.name) }
    }

    private static func supported(_ verb: Verb, _ version: VersionKnowledge) throws(Refusal) {
        guard let feature = feature(of: verb), case .no(let reason) = version.supports(feature) else { return }
        throw Refusal(reason)
    }

    private static func feature(of verb: Verb) -> VitessFeature? {
        switch verb {
        case .launch: .launch
        case .postpone: .postponeComplete
        case .forceCutOver: .forceCutOver
        case .threshold: .cutOverThreshold
        case .complete, .cancel, .retry, .throttle, .unthrottle, .revert, .cleanup: nil
        }
    }

    private static func launch(_ rows: [RowReading]) throws(Refusal) {
        guard rows.contains(where: { $0.row.status.isPending && $0.row.postponeLaunch }) else {
            throw Refusal(rows.contains { $0.row.status.isPending } ? "it was launched already" : "it has ended")
        }
    }

    private static func postpone(_ rows: [RowReading]) throws(Refusal) {
        try pending(rows, "can still be postponed")
        guard rows.contains(where: { $0.row.status.isPending && !$0.row.postponeCompletion }) else {
            throw Refusal("its completion is postponed already")
        }
        if rows.allSatisfy({ $0.row.strategy == "mysql" }) { throw Refusal("MySQL's own ALTER cannot be postponed") }
    }

    private static func complete(
        _ chosen: [MigrationReading.Shard], _ rows: [RowReading], _ migration: MigrationReading
    ) throws(Refusal) {
        let absent = Set(migration.missing)
        let missing = chosen.filter { $0.isMissing && absent.contains($0.name) }.map(\.name)
        try pending(rows, "waits for `complete`")
        try none(
            rows.filter { $0.row.status == .failed }.map(\.row.name), "failed", "retry them or cancel the migration")
        try none(
            rows.filter { $0.row.status == .cancelled }.map(\.row.name), "was cancelled",
            "Vitess would remember `complete` and cut over after a retry; choose the others")
        try none(missing, "has no row of it", "cancel it and submit it again: those shards would keep the old schema")
        try none(chosen.filter(\.isSilent).map(\.name), "does not answer", "what they would do is not known")
        try none(
            rows.filter(\.isReadinessInDoubt).map(\.row.name),
            "was retried just now and still shows the readiness of the run before",
            "wait for its tablet's next check")
        try none(rows.filter { $0.phase == .ambiguous }.map(\.row.name), "has a status that is not known here", nil)
        try none(
            rows.filter { $0.row.status.isPending && $0.row.postponeLaunch }.map(\.row.name), "was not launched yet",
            "launch it first")
        guard rows.contains(where: { $0.row.status.isPending && $0.row.postponeCompletion }) else {
            throw Refusal("`complete` was given already: each shard cuts over by itself as soon as it can")
        }
    }

    private static func cancel(_ rows: [RowReading]) throws(Refusal) {
        try pending(rows, "can be cancelled")
        let live = rows.filter(\.row.status.isPending)
        if live.allSatisfy({ $0.row.strategy == "mysql" && $0.row.status == .running }) {
            throw Refusal("MySQL runs the ALTER itself: Vitess cannot stop it")
        }
    }

    private static func retry(_ rows: [RowReading]) throws(Refusal) {
        guard rows.contains(where: { $0.row.status == .failed || $0.row.status == .cancelled }) else {
            throw Refusal("no shard has failed or was cancelled")
        }
    }

    private static func force(_ rows: [RowReading]) throws(Refusal) {
        try pending(rows, "has a cut-over before it")
        let live = rows.filter(\.row.status.isPending)
        if live.allSatisfy({ $0.row.forceCutOver == true }) {
            throw Refusal("the force flag is set already, and stays set")
        }
        if live.allSatisfy({ !$0.row.usesVReplication }) {
            throw Refusal("only a migration with a cut-over can be forced")
        }
    }

    private static func throttle(_ rows: [RowReading], narrowed: Bool) throws(Refusal) {
        try pending(rows, "can be throttled")
        if narrowed {
            throw Refusal("Vitess throttles a migration on every shard or on none", advice: "clear the marks")
        }
        let throttlers = rows.compactMap(\.shard.throttler)
        if !throttlers.isEmpty, throttlers.allSatisfy({ !$0.isEnabled }) {
            throw Refusal(
                "the keyspace's throttler is switched off: a throttle would have no effect", advice: "enable it first")
        }
    }

    private static func unthrottle(_ rows: [RowReading], narrowed: Bool) throws(Refusal) {
        if narrowed {
            throw Refusal("Vitess throttles a migration on every shard or on none", advice: "clear the marks")
        }
        guard let first = rows.first else { throw Refusal("it has no row") }
        if let rules = first.shard.rules {
            if rules.contains(where: { $0.app == first.row.uuid.text }) { return }
            if rules.contains(where: { $0.app == "online-ddl" && $0.ratio > 0 }) {
                throw Refusal("it is held by a rule for every migration of the keyspace, not by one of its own")
            }
            throw Refusal("nobody throttles it")
        }
        guard rows.contains(where: { $0.row.userThrottleRatio > 0 }) else { throw Refusal("nobody throttles it") }
    }

    private static func revert(_ rows: [RowReading]) throws(Refusal) {
        let done = rows.filter { $0.row.status == .complete }
        guard !done.isEmpty else {
            throw Refusal("no shard has completed it: there is nothing to revert", advice: "cancel it")
        }
        for reading in done {
            if let problem = reading.revertProblem {
                throw Refusal(
                    "\(reading.row.uuid.id.short) \(problem), on \(reading.row.name)",
                    advice: "submit the opposite change")
            }
        }
    }

    private static func cleanup(_ rows: [RowReading]) throws(Refusal) {
        if rows.contains(where: \.row.status.isPending) {
            // Vitess takes it, and makes the migration unrevertible before it is done.
            throw Refusal("it is still running on a shard", advice: "cancel it, or wait until it is done")
        }
        guard rows.contains(where: \.hasSomethingToClean) else { throw Refusal("nothing is left to drop") }
    }

    private static func pending(_ rows: [RowReading], _ what: String) throws(Refusal) {
        guard rows.contains(where: \.row.status.isPending) else {
            throw Refusal(rows.isEmpty ? "no row of it is known" : "it has ended: nothing \(what)")
        }
    }

    /// "-40 and 2 others failed".
    private static func none(_ names: [ShardName], _ what: String, _ advice: String?) throws(Refusal) {
        guard let first = names.first else { return }
        let who = names.count == 1 ? "\(first.shard)" : "\(first.shard) and \(names.count - 1) more: each"
        throw Refusal("\(who) \(what)", advice: advice)
    }
}

extension RowReading {
    var hasSomethingToClean: Bool {
        !row.status.isPending && row.cleanupAt == nil && row.retainArtifactsSeconds >= 0 && !row.artifacts.isEmpty
    }
}
