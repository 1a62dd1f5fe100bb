package import Core
internal import Terminal

/// The screens' facts without a screen: for logs, pipes, scripts and screen readers. One table or sentence a line, no colour.
package enum PlainRenderer {
    /// The whole fleet: its migrations, each with its shards, why they wait, and the last events.
    /// - Parameter now: the clock the ages are counted at; the engine's own when it is at hand.
    package static func status(_ fleet: FleetSnapshot, now: Timestamp) -> String {
        var lines = ["\(fleet.environment.isProduction ? "PROD" : "TEST") \(fleet.environment.name)  \(fleet.at.text)"]
        if fleet.migrations.isEmpty { lines.append("no migrations") }
        for id in fleet.worstFirst() {
            guard let migration = fleet.migrations.first(where: { $0.spec.id == id }) else { continue }
            lines.append("")
            lines += self.lines(of: migration, now: now)
        }
        return text(lines)
    }

    /// One migration in full.
    package static func migration(_ migration: MigrationSnapshot, now: Timestamp) -> String {
        text(lines(of: migration, now: now))
    }

    /// What is different between two snapshots, as dated lines: events, phases, states. Empty when nothing a person would
    /// act on changed; figures alone do not count.
    package static func changes(from old: FleetSnapshot?, to new: FleetSnapshot) -> [String] {
        new.migrations.flatMap { migration -> [String] in
            let before = old?.migrations.first { $0.spec.id == migration.spec.id }
            let name = "\(migration.spec.qualifiedTable) \(migration.spec.id.short)"
            var lines: [String] = []
            if before?.state != migration.state {
                let moment = Moment(of: migration, at: new.at)
                lines.append("\(new.at.clockText) \(name) \(migration.state.rawValue): \(moment.text)")
            }
            for shard in migration.shards {
                let was = before?.shards.first { $0.name == shard.name }
                guard was?.phase != shard.phase else { continue }
                let why = WhyItWaits.reason(shard, in: migration, at: new.at) ?? shard.note(in: migration, at: new.at)
                lines.append(
                    "\(new.at.clockText) \(name) \(shard.name.shard) \(shard.phase.letter) \(shard.phase.word): \(why)")
            }
            let seen = before?.events.last?.at
            let events =
                before == nil
                ? []
                : migration.events.filter { event in
                    guard let seen else { return true }
                    return event.at > seen
                }
            lines += events.map { "\($0.at.clockText) \(name) \($0.shard.map { "\($0.shard) " } ?? "")\($0.text)" }
            return lines.map { Printable($0).description }
        }
    }

    private static func text(_ lines: [String]) -> String {
        lines.map { Printable($0).description }.joined(separator: "\n") + "\n"
    }

    private static func lines(of migration: MigrationSnapshot, now: Timestamp) -> [String] {
        let spec = migration.spec
        var lines = [
            "\(spec.qualifiedTable)  \(spec.id.short)  \(migration.state.rawValue.uppercased())  \(spec.statement)",
            "  \(Moment(of: migration, at: now).text)",
        ]
        let header = ["SHARD", "PHASE", "%", "ROWS", "LAG", "THROTTLE", "CUT", "NEXT", "AGE", "NOTE"]
        let rows = migration.shards.map { shard in
            [
                shard.name.shard, "\(shard.phase.letter) \(shard.phase.word)", shard.percentText, shard.rowsText,
                shard.lagText,
                shard.throttleText, "\(shard.attempts)", shard.nextText(at: now),
                Figures.duration(shard.since.age(at: now)),
                (shard.isOld(in: migration, at: now) ? "~ " : "") + shard.note(in: migration, at: now),
            ]
        }
        lines += table([header] + rows)
        for shard in migration.shards {
            guard let why = WhyItWaits.reason(shard, in: migration, at: now) else { continue }
            lines.append("  \(shard.name.shard) waits: \(why)")
            for blocker in shard.blockers where shard.phase.isLive {
                lines.append(
                    "    blocker: \(CommandPlanner.describe(blocker)); last statement: \(blocker.lastStatement ?? "-")")
            }
        }
        lines += migration.events.suffix(8).map {
            "  \($0.at.clockText) \($0.shard.map { "\($0.shard) " } ?? "")\($0.text)"
        }
        return lines
    }

    /// Columns as wide as their widest cell; the last one is not padded.
    private static func table(_ rows: [[String]]) -> [String] {
        let widths = (0..<(rows.first?.count ?? 0)).map { column in rows.map { Printable($0[column]).width }.max() ?? 0
        }
        return rows.map { row in
            let cells = row.enumerated().map { column, cell in
                column == row.count - 1 ? Printable(cell).description : cell.left(widths[column])
            }
            let line = "  " + cells.joined(separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }
}
