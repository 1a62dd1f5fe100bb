/// The cut-over of a vreplication migration, stage by stage.
extension World {
    func beginCutOver(_ shard: ShardState, _ record: MigrationRecord) {
        let run = CutOverRun(record, isForced: isForced(record))
        shard.cutOver = run
        record.cutOver = run
        record.row.cutOverAttempts += 1
        record.row.lastCutOverAttempt = now
        record.row.shadowAnalyzed = record.row.shadowAnalyzed ?? now
        record.row.stage = CutOverRun.stages[0].text
        plan(shard, run, step: 1)
    }

    private func plan(_ shard: ShardState, _ run: CutOverRun, step: Int) {
        var wait = CutOverRun.stages[step].after - CutOverRun.stages[step - 1].after
        if CutOverRun.stages[step - 1].text.hasSuffix("pos: ") {
            // transcript 10b: throttling slows a cut-over too, for the stream has to get there.
            let share = throttleShare(of: run.record, shard)
            if share >= 1 {
                run.failure = "failed waiting for pos after sentry creation"
                events.add(.cutOverFails(shard, run), at: now + 3 * Double(run.record.row.cutOverThreshold))
                return
            }
            wait = min(wait / (1 - share), 3 * Double(run.record.row.cutOverThreshold))
        }
        events.add(.cutOverStep(shard, run, step), at: now + wait * configuration.cutOverPace)
    }

    func cutOverStep(_ shard: ShardState, _ run: CutOverRun, _ step: Int) {
        guard shard.cutOver === run, run.step < step else { return }
        run.step = step
        let record = run.record
        record.row.stage = stage(shard, record, step)
        record.row.liveness = now
        if step == CutOverRun.lockingStep, mustStop(shard, run) { return }
        if step == CutOverRun.stages.count - 1 { return succeed(shard, run) }
        plan(shard, run, step: step + 1)
    }

    private func stage(_ shard: ShardState, _ record: MigrationRecord, _ step: Int) -> String {
        let text = CutOverRun.stages[step].text
        if text.hasPrefix("sentry") {
            return text + "_vt_hld_\(record.row.uuid.replacing("_", with: ""))_\(Clock.compactText(now))_"
        }
        return text.hasSuffix("pos: ") ? text + shard.nextPosition() : text
    }

    /// A planned failure, or somebody who holds a lock; a forced cut-over kills him (fact 14).
    private func mustStop(_ shard: ShardState, _ run: CutOverRun) -> Bool {
        if let message = take(&shard.failures, table: run.record.row.table) {
            run.failure = message
            events.add(.cutOverFails(shard, run), at: now + configuration.cutOverPace)
            return true
        }
        guard shard.blockers.contains(where: { $0.table == run.record.row.table }) else { return false }
        if run.isForced {
            shard.killedBlockers += shard.blockers.filter { $0.table == run.record.row.table }.map(\.name)
            shard.blockers.removeAll { $0.table == run.record.row.table }
            return false
        }
        run.waitsForLock = true
        let threshold = run.record.row.cutOverThreshold
        // transcript 14: the text with its elapsed time and connection.
        run.failure =
            "failed locking tables: (errno 3024) (sqlstate HY000): Query execution was interrupted, maximum statement "
            + "execution time exceeded, elapsed time: \(threshold).000144955s, killing query ID 116"
        events.add(.cutOverFails(shard, run), at: now + Double(threshold))
        return true
    }

    /// A lock was released: who waits for it goes on.
    func lockReleased(_ shard: ShardState) {
        guard let run = shard.cutOver, run.waitsForLock,
            !shard.blockers.contains(where: { $0.table == run.record.row.table })
        else { return }
        run.waitsForLock = false
        run.failure = nil
        plan(shard, run, step: CutOverRun.lockingStep + 1)
    }

    /// Status, readiness and stage stay as they are; the message stays even after success (transcript 14).
    func cutOverFails(_ shard: ShardState, _ run: CutOverRun) {
        guard shard.cutOver === run, let message = run.failure else { return }
        run.record.row.message = message
        run.record.row.messageTime = now
        end(shard, run)
        stateChanged(shard)
    }

    /// The tablet died in the middle: the attempt is counted, and that is all.
    func abandonCutOver(_ shard: ShardState) {
        if let run = shard.cutOver { end(shard, run) }
        shard.directRun = nil
    }

    private func end(_ shard: ShardState, _ run: CutOverRun) {
        run.step = Int.max
        run.record.cutOver = nil
        shard.cutOver = nil
        wakeWaiters()
    }

    private func succeed(_ shard: ShardState, _ run: CutOverRun) {
        let record = run.record
        end(shard, run)
        if record.ddl == nil {
            finishRevert(shard, record)
        } else if let ddl = record.ddl, let table = shard.tables[ddl.table] {
            record.before = [ddl.table: table]
            do throws(TableText.Problem) {
                let text =
                    ddl.action == .createTable
                    ? TableText.created(ddl.table, Tokenizer.tokens(ddl.canonical)) : try changed(table, ddl)
                shard.tables[ddl.table]?.createText = text.text
            } catch {
                // Somebody changed the table directly in between; the shadow table wins, as it does in MySQL.
                record.row.message = error.message
            }
            record.isRevertible = true
        }
        record.row.readyToComplete = true
        complete(shard, record)
    }

    /// Lets a cut-over in progress come to its end at once: what a command waits for (fact 16), without the time.
    func finishCutOver(_ shard: ShardState) {
        if let record = shard.directRun { directRunEnds(shard, record) }
        while let run = shard.cutOver {
            if run.failure != nil { return cutOverFails(shard, run) }
            cutOverStep(shard, run, run.step + 1)
        }
    }
}
