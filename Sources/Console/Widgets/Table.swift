internal import Core
internal import Terminal

/// Which rows of a list are on the screen: the cursor's row is always among them.
struct Window: Equatable {
    let first: Int
    let count: Int

    init(rows: Int, room: Int, cursor: Int?) {
        count = max(0, min(rows, room))
        let wanted = (cursor ?? 0) - count / 2
        first = max(0, min(wanted, rows - count))
    }

    var range: Range<Int> { first..<(first + count) }
}

/// A column of the shard grid. Its width includes the gap that sets it apart: before a figure, after a word.
struct Column: Sendable {
    let title: String
    let width: Int
    let isRight: Bool
    let cell: @Sendable (ShardSnapshot, MigrationSnapshot, Timestamp) -> (String, Role)

    /// A figure's last column touches the next word's gap; a word begins after its own.
    func padded(_ text: String) -> String { isRight ? text.right(width) : " " + text.left(width - 1) }

    static let percent = Column(title: "%", width: 6, isRight: true) { shard, _, _ in (shard.percentText, .plain) }
    static let rows = Column(title: "ROWS", width: 14, isRight: true) { shard, _, _ in (shard.rowsText, .plain) }
    static let rate = Column(title: "RATE/s", width: 8, isRight: true) { shard, _, _ in (shard.rateText, .plain) }
    static let lag = Column(title: "LAG", width: 6, isRight: true) { shard, migration, _ in
        let limit = migration.spec.policy.throttle.maxReplicaLag
        let isOver = limit.flatMap { limit in shard.worstLag.map { $0 > limit } } ?? false
        return (shard.lagText, shard.hasSilentReplica || isOver ? .warn : .plain)
    }
    static let throttle = Column(title: "THROTTLE", width: 10, isRight: false) { shard, _, _ in
        (shard.throttleText, shard.throttleText == "-" ? .dim : .warn)
    }
    static let age = Column(title: "AGE", width: 7, isRight: true) { shard, _, clock in
        (Figures.duration(shard.since.age(at: clock)), .plain)
    }
    static let attempts = Column(title: "CUT", width: 4, isRight: true) { shard, _, _ in
        ("\(shard.attempts)", shard.attempts == 0 ? .dim : .plain)
    }
    static let next = Column(title: "NEXT", width: 6, isRight: true) { shard, _, clock in
        let text = shard.nextText(at: clock)
        return (text, text == "-" ? .dim : .plain)
    }

    /// What fits beside marks, SHARD and PHASE: NOTE keeps at least 12 columns, and what matters least goes first.
    static func fitting(_ columns: Int, fixed: Int, isWide: Bool) -> [Column] {
        var chosen =
            isWide
            ? [percent, rows, rate, lag, throttle, age, attempts, next] : [percent, lag, throttle, attempts, next]
        for title in ["RATE/s", "ROWS", "AGE", "THROTTLE", "NEXT", "CUT", "%", "LAG"] {
            guard fixed + chosen.reduce(0, { $0 + $1.width }) + 1 + 12 > columns else { break }
            chosen.removeAll { $0.title == title }
        }
        return chosen
    }

    static let marks = 3
    static let phase = 11
    /// A shard's name is never cut: its column is as wide as the longest.
    static func name(_ migration: MigrationSnapshot) -> Int {
        let widths = migration.shards.map { shard in
            let name = shard.name.shard
            // A shard is a key range: a column for each character, without a look at what Unicode has to say.
            return name.utf8.allSatisfy { (0x20...0x7E).contains($0) } ? name.utf8.count : Printable(name).width
        }
        return max(9, (widths.max() ?? 0) + 1)
    }
}
