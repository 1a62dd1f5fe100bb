package import Core
internal import MySQLClient
internal import Vitess

extension VitessFleet {
    /// The rows are looked at this often before a command is answered as not yet seen.
    private static let looks = 4
    private static let pause = Duration.milliseconds(400)

    package func submit(
        _ submission: Submission, by identity: OperatorIdentity
    ) async throws(ServiceError) -> MigrationSnapshot {
        throw .refused(
            Refusal(
                "attach mode submits nothing: it watches and commands what runs, and keeps no journal to finish a submission from",
                advice: "give the keyspace a vtgate: in the cluster file, start `lockstep engine`, and use `lockstep apply`"))
    }

    package func plan(_ request: CommandRequest) async throws(ServiceError) -> CommandPlan {
        try await fresh(request, reason: "").plan.plan
    }

    /// From rows read now: what would be sent, and in what state everything is before.
    private func fresh(
        _ request: CommandRequest, reason: String
    ) async throws(ServiceError) -> (plan: AttachPlan, poller: KeyspacePoller, view: KeyspaceView) {
        let uuid = VitessUUID(request.migration)
        guard let (poller, found) = try await look(for: uuid) else {
            throw .refused(
                Refusal(
                    "no shard has a migration \(uuid)",
                    advice: "Vitess itself would answer OK to almost any command about it; `lockstep status --vtgate` lists what there is"))
        }
        var view = found
        if request.verb == .throttle || request.verb == .unthrottle, let rules = await poller.readThrottles() {
            view.throttledApps = rules
        }
        guard let migration = FleetReading.migration(uuid, in: view, at: settings.wallClock()) else {
            throw .refused(Refusal("no shard has a migration \(uuid)"))
        }
        return (AttachPlanner.plan(request, on: migration, reason: reason), poller, view)
    }

    package func perform(
        _ request: CommandRequest, planHash: String?, by identity: OperatorIdentity, reason: String
    ) async throws(ServiceError) -> CommandReceipt {
        let (plan, poller, view) = try await fresh(request, reason: reason)
        if let refusal = plan.plan.refusal { throw .refused(refusal) }
        if let planHash, planHash != plan.plan.hash {
            throw .refused(
                Refusal("what it would do has changed since it was shown", advice: "look at the new plan, then confirm that"))
        }
        let shards = view.shards.filter { plan.outlook[$0]?.isSent ?? false }
        guard !plan.steps.isEmpty, !shards.isEmpty else { throw .refused(Refusal("there is nothing to send to any shard")) }
        let entry = entry(request, plan, shards, view.keyspace, identity, reason)
        do throws(Failure) { try await settings.audit.append(entry) } catch { throw .failed(error) }

        let sentAt = settings.wallClock()
        note(
            EventLine(
                at: sentAt, shard: nil,
                text: "\(request.verb.rawValue) by \(identity)\(reason.isEmpty ? "" : ": \(reason)"), "
                    + "to \(shards.count) of \(view.shards.count) shards"), of: request.migration)
        let outcomes = await CommandRun(endpoint: settings.endpoint, clock: settings.clock).send(plan.steps)
        await hurry(poller)
        let ending = await ending(request, outcomes, shards, before: view, poller)
        await hurry(poller)
        var report = ending.report
        do throws(Failure) {
            try await settings.audit.append(entry.ended(ending.word, report, at: settings.wallClock()))
        } catch {
            report.append("its outcome could not be recorded: \(error.cause ?? error.what)")
        }
        note(
            EventLine(at: settings.wallClock(), shard: nil, text: "\(request.verb.rawValue): \(report.first ?? ending.word)"),
            of: request.migration)
        if let error = ending.error { throw error }
        return CommandReceipt(at: sentAt, migration: request.migration, verb: request.verb, report: report)
    }

    // MARK: - What became of it

    private struct Ending {
        /// For the record: `seen`, `not seen`, `unknown`, `not sent`.
        let word: String
        let report: [String]
        let error: ServiceError?
    }

    private func ending(
        _ request: CommandRequest, _ outcomes: [CommandRun.Outcome], _ shards: [ShardName], before: KeyspaceView,
        _ poller: KeyspacePoller
    ) async -> Ending {
        let errors = outcomes.compactMap(\.error)
        guard outcomes.contains(where: { $0.wasSent && $0.statement.isEffect }) else {
            return notSent(errors)
        }
        let sights = await sights(request, outcomes, shards, before: before, poller)
        let report = Self.report(sights, errors, outcomes)
        let seen = sights.count { $0.sight.isSeen }
        let what = "\(request.verb.rawValue) is seen on \(seen) of \(sights.count) shards."
        if seen == sights.count { return Ending(word: "seen", report: report, error: nil) }
        // Without an error the rows may only need their time: what is pending is shown as pending.
        if errors.isEmpty { return Ending(word: "not seen", report: report, error: nil) }
        let isUnknown = errors.contains { $0.wasSent && $0.isConnectionLost } || sights.contains { $0.sight.isUnknown }
        let cause = errors.first.map { "\(ShardErrors.firstReason($0.mysql.message))" } ?? ""
        if isUnknown {
            let text = ([cause, what] + report).joined(separator: "; ")
            return Ending(word: "unknown", report: report, error: .unreachable(text, sent: true))
        }
        let failure = Failure(
            errors.first?.failure.kind ?? .internalError, what, cause: errors.first?.failure.cause,
            now: report.joined(separator: "; "), next: "look at the shards where it is not seen, then give it again for those")
        return Ending(word: "seen on \(seen) of \(sights.count)", report: report, error: .failed(failure))
    }

    /// Nothing that could change anything left this machine.
    private func notSent(_ errors: [VTGateError]) -> Ending {
        guard let error = errors.first else {
            return Ending(word: "not sent", report: ["nothing was sent"], error: .refused(Refusal("there was nothing to send")))
        }
        let report = ["not sent: \(error.mysql.message)"]
        guard error.isConnectionLost else { return Ending(word: "not sent", report: report, error: .failed(error.failure)) }
        return Ending(
            word: "not sent", report: report, error: .unreachable("\(error.endpoint): \(error.mysql.message)", sent: false))
    }

    /// Reads the rows until every shard shows it, a few times.
    private func sights(
        _ request: CommandRequest, _ outcomes: [CommandRun.Outcome], _ shards: [ShardName], before: KeyspaceView,
        _ poller: KeyspacePoller
    ) async -> [(shard: ShardName, sight: EffectReading.Sight)] {
        let uuid = VitessUUID(request.migration)
        let reading = EffectReading(
            request: request, uuid: uuid, before: before, reverts: Self.reverts(outcomes))
        var sights: [(shard: ShardName, sight: EffectReading.Sight)] = []
        for look in 0..<Self.looks {
            if look > 0 {
                do { try await settings.clock.sleep(for: Self.pause) } catch { break }
            }
            var after = await poller.look(at: uuid)
            for revert in reading.reverts { after.take(revert, from: await poller.look(at: revert)) }
            var rules: Set<ThrottledAppRow>?
            if request.verb == .throttle || request.verb == .unthrottle { rules = await poller.readThrottles() }
            sights = shards.map { ($0, reading.sight(of: $0, in: after, rules: rules)) }
            if sights.allSatisfy(\.sight.isSeen) { break }
        }
        return sights
    }

    /// What REVERT answered.
    private static func reverts(_ outcomes: [CommandRun.Outcome]) -> Set<VitessUUID> {
        Set(
            outcomes.compactMap { outcome in
                guard case .revert = outcome.statement, case .success(let answer) = outcome.result else { return nil }
                return answer.rows.first?.only.flatMap(VitessUUID.init)
            })
    }

    /// One line for all shards of which the same is to be told.
    private static func report(
        _ sights: [(shard: ShardName, sight: EffectReading.Sight)], _ errors: [VTGateError], _ outcomes: [CommandRun.Outcome]
    ) -> [String] {
        var lines: [String] = []
        var groups: [(text: String, shards: [String])] = []
        for (shard, sight) in sights {
            if let known = groups.firstIndex(where: { $0.text == sight.text }) {
                groups[known].shards.append(shard.shard)
            } else {
                groups.append((sight.text, [shard.shard]))
            }
        }
        for group in groups {
            let names = group.shards.prefix(8).joined(separator: " ") + (group.shards.count > 8 ? " ..." : "")
            lines.append("\(group.shards.count) of \(sights.count) shards (\(names)): \(group.text)")
        }
        if let error = errors.first {
            let more = errors.count > 1 ? ", and \(errors.count - 1) more errors" : ""
            lines.append("VTGate: \(ShardErrors.firstReason(error.mysql.message))\(more)")
        }
        let unsent = outcomes.filter { !$0.wasSent }.count
        if unsent > 0 { lines.append("\(unsent) statements were not sent") }
        return lines
    }

    // MARK: - Record

    private func entry(
        _ request: CommandRequest, _ plan: AttachPlan, _ shards: [ShardName], _ keyspace: KeyspaceName,
        _ identity: OperatorIdentity, _ reason: String
    ) -> CommandAudit.Entry {
        CommandAudit.Entry(
            at: settings.wallClock().text, stage: .sending, who: identity.description, vtgate: settings.endpoint.name,
            verb: request.verb.rawValue, uuid: VitessUUID(request.migration).text, keyspace: keyspace.text,
            shards: shards.map(\.shard),
            statements: plan.steps.flatMap(\.self).map { [$0.target.useText, $0.text].compactMap(\.self).joined(separator: "; ") },
            planHash: plan.plan.hash, reason: reason)
    }
}

extension CommandAudit.Entry {
    /// The second line of the same command.
    func ended(_ word: String, _ report: [String], at now: Timestamp) -> CommandAudit.Entry {
        CommandAudit.Entry(
            at: now.text, stage: .result, who: who, vtgate: vtgate, verb: verb, uuid: uuid, keyspace: keyspace, shards: shards,
            statements: statements, planHash: planHash, reason: reason, result: word, report: report)
    }
}

extension KeyspaceView {
    /// Takes another view's rows of one migration.
    mutating func take(_ uuid: VitessUUID, from other: KeyspaceView) {
        for shard in shards {
            guard let row = other.row(uuid, on: shard) else { continue }
            reads[shard]?.rows.append(row)
        }
    }
}
