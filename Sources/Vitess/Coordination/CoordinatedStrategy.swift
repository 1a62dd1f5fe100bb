package import Core

/// How a migration of ours is handed to Vitess: always gated, whatever the manifest says besides.
package struct CoordinatedStrategy: Equatable, Sendable {
    package let flags: StrategyFlags
    package let statement: SchemaStatement

    /// - Throws: `StrategyFlags.Invalid` or `SchemaStatement.Invalid`, as a sentence.
    package init(_ spec: MigrationSpec) throws(Failure) {
        guard case .vitess(let strategy) = spec.strategy else {
            throw Failure(
                .preflightRefused, "The manifest's strategy is not one of Vitess.", now: "nothing was submitted")
        }
        do throws(StrategyFlags.Invalid) {
            flags = try Self.gated(strategy, keep: spec.policy.keepOldTable)
        } catch { throw Self.refusal(error.reason) }
        do throws(SchemaStatement.Invalid) {
            statement = try SchemaStatement(
                spec.sql ?? "ALTER TABLE `\(spec.table.split(separator: "`").joined(separator: "``"))` \(spec.alter)")
        } catch { throw Self.refusal(error.reason) }
        if let problem = flags.problem(with: statement) { throw Self.refusal(problem) }
        if strategy.method == .vitess, flags.flags.contains(.postponeLaunch) {
            throw Self.refusal("--postpone-launch would wait for a LAUNCH that nobody sends; write `launch: postponed` instead")
        }
        if strategy.method == .direct, spec.waves.count > 1 {
            throw Self.refusal("direct DDL reaches every shard at once: it has no waves")
        }
    }

    /// The flags of a session in which the way back is prepared: it waits, and stands in nobody's way.
    package static let wayBack: StrategyFlags = {
        do throws(StrategyFlags.Invalid) {
            return try StrategyFlags(.vitess, [.postponeCompletion, .allowConcurrent])
        } catch { preconditionFailure(error.reason) }
    }()

    private static func gated(_ strategy: VitessStrategy, keep: Duration) throws(StrategyFlags.Invalid) -> StrategyFlags
    {
        let written = try StrategyFlags.read("\(strategy.method.rawValue) \(strategy.flags)")
        var flags = written.flags
        let retain: Duration? = keep >= .seconds(1) ? keep : nil
        switch written.strategy {
        case .direct: return written
        case .mysql: flags.insert(.postponeLaunch)
        case .vitess: flags.insert(.postponeCompletion)
        }
        return try StrategyFlags(
            written.strategy, flags, forceCutOverAfter: written.forceCutOverAfter,
            cutOverThreshold: written.cutOverThreshold, retainArtifacts: written.retainArtifacts ?? retain)
    }

    private static func refusal(_ reason: String) -> Failure {
        Failure(
            .preflightRefused, "Vitess would not take this: \(reason).", now: "nothing was submitted",
            next: "correct the manifest")
    }
}
