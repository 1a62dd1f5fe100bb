/// The vreplication stream of one migration on one shard: how far it really is, and how much of that shows.
struct CopyStream {
    let begin: Double
    let total: Int
    let rate: Double
    let isRevert: Bool
    /// Fails when it has copied half of it, or at once when there is nothing to copy.
    let failure: String?

    private(set) var copied = 0.0
    private(set) var asOf: Double
    /// `rows_copied` is written every 30 s, and when it has caught up (transcript 24: progress moves in jumps).
    private(set) var visible = 0
    private var catchUpLeft: Double
    private static let flushInterval = 30.0

    init(begin: Double, total: Int, rate: Double, catchUp: Double, isRevert: Bool, failure: String? = nil) {
        self.begin = begin
        self.total = isRevert ? 0 : total
        self.rate = rate
        self.isRevert = isRevert
        self.failure = failure
        asOf = begin
        catchUpLeft = catchUp
    }

    var isCopied: Bool { copied >= Double(total) }
    var isCaughtUp: Bool { isCopied && catchUpLeft <= 0 }
    var hasFailed: Bool { failure != nil && copied >= Double(total) / 2 }
    var hasProgress: Bool { visible > 0 || isCaughtUp }

    /// Goes on to `now` with this share of the speed taken away since the last call.
    mutating func advance(to now: Double, throttle share: Double) {
        let elapsed = now - asOf
        if elapsed <= 0 { return }
        let speed = rate * (1 - share)
        var rest = elapsed
        if !isCopied, speed > 0 {
            let needed = (Double(total) - copied) / speed
            let last = ((now - begin) / Self.flushInterval).rounded(.down) * Self.flushInterval + begin
            if needed <= elapsed {
                copied = Double(total)
                rest = elapsed - needed
            } else {
                if last > asOf { visible = Int(copied + speed * (last - asOf)) }
                copied += speed * elapsed
                rest = 0
            }
        }
        if isCopied, share < 1 { catchUpLeft -= rest * (1 - share) }
        if isCaughtUp { visible = total }
        asOf = now
    }
}

/// One cut-over attempt while it lasts.
final class CutOverRun {
    let record: MigrationRecord
    let isForced: Bool
    /// Somebody else holds a lock on the table.
    var waitsForLock = false
    /// How it is going to end, once that is known.
    var failure: String?
    var step = 0

    init(_ record: MigrationRecord, isForced: Bool) {
        self.record = record
        self.isForced = isForced
    }

    /// Seconds after the attempt's beginning, and `stage`. The times are those of transcripts 5, 14 and 24.
    static let stages: [(after: Double, text: String)] = [
        (0, "starting cut-over"), (0.2, "sentry table created: "), (0.3, "waiting for post-sentry pos: "),
        (2.0, "post-sentry pos reached"), (2.05, "buffering queries"), (2.1, "graceful wait for buffering"),
        (2.2, "locking tables"), (2.4, "renaming tables"), (2.45, "waiting for RENAME to block"), (3.0, "RENAME found"),
        (3.05, "reading post-lock pos"), (3.1, "waiting for post-lock pos: "), (3.45, "stopping vreplication"),
        (3.5, "validating rename is still in place"), (3.55, "dropping sentry table"), (3.6, "unlocking tables"),
        (3.65, "waiting for RENAME to complete"), (3.7, "cut-over complete"), (3.8, "re-enabling writes"),
    ]
    static let lockingStep = 6
}
