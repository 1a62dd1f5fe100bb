import Core
import Engine
import Foundation
import Journal
import Testing

@Suite("A journal of this version")
struct GoldenJournalTests {
    private let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden/journal-v1.jsonl")

    /// One event of every kind, with every kind of value inside.
    private static let events: [MigrationEvent] = {
        let (run, shard, at) = (RunID(2), fourShards[0], Timestamp(milliseconds: 1_700_000_000_123))
        let failure = Failure(.lockWaitTimeout, "what", cause: "cause", now: "now", next: "next")
        let blocker = Blocker(
            connection: .max, transaction: "8812", since: at, user: "svc", host: "10.0.0.1", lastStatement: "SELECT 1",
            rowsLocked: 3)
        let content = submission()
        let spec = MigrationSpec(
            id: content.id, name: content.name, keyspace: content.keyspace, table: content.table, alter: content.alter,
            shards: fourShards, pinnedFingerprint: "f00d", policy: MigrationPolicy())
        let commands: [Command] = [
            .launch, .postpone, .complete, .cancel, .retry([shard]), .forceCutOver(ending: [shard: [blocker]]),
            .throttle([shard], reason: "month end"), .unthrottle([]), .cleanup,
        ]
        let facts: [ShardFact] = [
            .artifactPlanned(run, Artifact(.shadowTable, "_new")), .artifactDropped(Artifact(.oldTable, "_old")),
            .prepared(
                run,
                Preparation(
                    shadowTable: "_new", keyName: "PRIMARY", keyColumns: ["a", "b"], estimatedRows: 9, server: "MariaDB"
                )),
            .checkpointed(run, Checkpoint(position: "bin.1:4", copiedThrough: nil, copyFinished: true, rowsCopied: 9)),
            .copied(run, rows: 9), .verified(run, rows: 9, took: .milliseconds(1500)), .ready(run),
            .fellBehind(run, tail: .seconds(3)), .looked(run, attempt: 3, blockers: [blocker]),
            .lookFailed(run, attempt: 3, failure),
            .held(run, attempt: 3, HoldReport(lockedAt: at, lockWait: .milliseconds(2), drain: .milliseconds(4))),
            .holdRefused(run, attempt: 3, failure, blockers: []),
            .released(run, attempt: 3, .swapped(CutOverReport(swappedAt: at, writesHeld: .zero, oldTable: "_old"))),
            .released(run, attempt: 3, .notSwapped(nil)), .released(run, attempt: 3, .unknown(failure)),
            .blockersEnded(run, ended: [blocker], gone: []), .failed(run, failure), .stopped(run),
        ]
        return [.submitted(spec, by: ana, at: at)]
            + commands.map { .commanded($0, by: ana, reason: "because", at: at) }
            + facts.map { .shard(shard, $0, at: at) }
            + [
                .decided(attempt: 3, .commit, at: at), .decided(attempt: 4, .abort, at: at), .clock(at: at),
                .engineStarted(at: at),
            ]
    }()

    @Test("It decodes to the same events for ever, and is written the same way")
    func decodes() throws {
        let entries = try Self.events.map { try EventCodec.entry($0, of: submission().id) }
        if ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1" {
            let text = entries.map { String(decoding: $0.payload, as: UTF8.self) + "\n" }.joined()
            try Data(text.utf8).write(to: golden)
        }
        let lines = try String(contentsOf: golden, encoding: .utf8).split(separator: "\n").map(String.init)
        #expect(lines.count == Self.events.count)
        for (line, (event, entry)) in zip(lines, zip(Self.events, entries)) {
            let old = Entry(
                timeMilliseconds: entry.timeMilliseconds, stream: entry.stream, kind: entry.kind,
                payload: Array(line.utf8))
            let (id, decoded) = try EventCodec.event(in: Record(sequence: 1, entry: old, hash: []))
            #expect(id == submission().id)
            #expect(decoded == event)
            #expect(String(decoding: entry.payload, as: UTF8.self) == line)
        }
    }

    @Test("An event of a later version, or none at all, is refused with its record's number")
    func refusesOthers() {
        for payload in [#"{"v":2,"event":{}}"#, "{}", "?"] {
            let entry = Entry(timeMilliseconds: 0, stream: submission().id.hex, kind: "x", payload: Array(payload.utf8))
            let error = #expect(throws: EngineError.self) {
                _ = try Fleet(replaying: [Record(sequence: 41, entry: entry, hash: [])])
            }
            guard case .undecodable(sequence: 41, _) = error else {
                Issue.record("\(payload): \(String(describing: error))")
                continue
            }
        }
    }
}
