import Foundation
import GRDB
import Testing

import Journal

@Suite("The event log")
struct EventLogTests {
    /// A directory of its own for one test.
    private let path =
        FileManager.default.temporaryDirectory
        .appendingPathComponent("lockstep-journal-\(UUID().uuidString)").path + "/state/journal.db"

    private func entry(_ number: Int) -> Entry {
        Entry(
            timeMilliseconds: Int64(number), stream: "7c1e", kind: "shard ready",
            payload: Array("{\"n\":\(number)}".utf8))
    }

    private func filled(_ count: Int) async throws {
        let log = try await EventLog.open(at: path, pageLimit: nil)
        try await log.append((1...count).map(entry))
        try await log.close()
    }

    private func failure(_ body: () async throws -> Void) async -> JournalError? {
        do { try await body() } catch { return error as? JournalError }
        return nil
    }

    private func mode(_ path: String) throws -> Int {
        try #require(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test("What was appended is read back in order, also after a restart, and the chain goes on")
    func roundTrip() async throws {
        try await filled(3)
        let log = try await EventLog.open(at: path, pageLimit: nil)
        let more = try await log.append([entry(4)])
        let records = try await log.read()
        #expect(records.map(\.sequence) == [1, 2, 3, 4])
        #expect(records.map(\.entry) == (1...4).map(entry))
        #expect(records.last == more.last)
        #expect(Set(records.map(\.hash)).count == 4)
    }

    @Test("The files are for their owner alone")
    func modes() async throws {
        let log = try await EventLog.open(at: path, pageLimit: nil)
        try await log.append([entry(1)])
        for suffix in ["", "-wal", "-shm", ".lock"] { #expect(try mode(path + suffix) == 0o600, "\(suffix)") }
        #expect(try mode((path as NSString).deletingLastPathComponent) == 0o700)
        try await log.close()
    }

    @Test("A second engine is refused with the owner's pid; reading is not; closing gives the journal back")
    func ownership() async throws {
        let log = try await EventLog.open(at: path, pageLimit: nil)
        try await log.append([entry(1)])
        let second = await failure { _ = try await EventLog.open(at: path, pageLimit: nil) }
        #expect(second == .owned(pid: getpid(), path: path + ".lock"))
        let reader = try await EventLog.openReadOnly(at: path)
        #expect(try await reader.read().count == 1)
        #expect(await failure { try await reader.append([entry(2)]) } == .readOnly)
        try await log.close()
        #expect(await failure { try await log.append([entry(2)]) } == .closed)
        try await EventLog.open(at: path, pageLimit: nil).close()
    }

    @Test("A journal that is not there cannot be read")
    func missing() async throws {
        #expect(await failure { _ = try await EventLog.openReadOnly(at: path) } == .missing(path: path))
    }

    @Test(
        "A changed, missing or cut-off record is named",
        arguments: [
            ("UPDATE record SET payload = x'7B7D' WHERE sequence = 2", 2),
            ("UPDATE record SET time = 9 WHERE sequence = 1", 1), ("DELETE FROM record WHERE sequence = 2", 2),
            ("DELETE FROM record WHERE sequence = 3", 3), ("UPDATE record SET kind = 'x' WHERE sequence = 3", 3),
        ])
    func damage(sql: String, sequence: Int64) async throws {
        try await filled(3)
        try await DatabaseQueue(path: path).write { try $0.execute(sql: sql) }
        let error = await failure { _ = try await EventLog.open(at: path, pageLimit: nil) }
        guard case .brokenChain(sequence, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("A torn, empty, foreign or newer file is refused and left as it is")
    func otherFiles() async throws {
        try await filled(300)
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: path))
        switch await failure({ _ = try await EventLog.open(at: path, pageLimit: nil) }) {
        case .corrupt, .brokenChain: break
        case let other: Issue.record("\(String(describing: other))")
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)).count == whole.count / 2)

        try Data("not a database, but long enough to be looked at as one by anybody who opens it ..............".utf8)
            .write(to: URL(fileURLWithPath: path))
        guard case .corrupt = await failure({ _ = try await EventLog.open(at: path, pageLimit: nil) }) else {
            Issue.record("garbage was accepted")
            return
        }

        try Data().write(to: URL(fileURLWithPath: path))
        guard case .corrupt = await failure({ _ = try await EventLog.open(at: path, pageLimit: nil) }) else {
            Issue.record("an emptied journal was taken for a new one")
            return
        }
        try FileManager.default.removeItem(atPath: path)

        try await filled(1)
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA user_version = 2") }
        #expect(
            await failure { _ = try await EventLog.open(at: path, pageLimit: nil) } == .newerVersion(found: 2, known: 1)
        )
        try await DatabaseQueue(path: path).write { try $0.execute(sql: "PRAGMA application_id = 5") }
        #expect(await failure { _ = try await EventLog.open(at: path, pageLimit: nil) } == .foreignFile(path: path))
    }

    @Test("A full file refuses the whole batch, keeps what it had, and takes a smaller one")
    func full() async throws {
        let log = try await EventLog.open(at: path, pageLimit: 16)
        try await log.append([entry(1)])
        let big = Entry(timeMilliseconds: 2, stream: "s", kind: "k", payload: [UInt8](repeating: 7, count: 100_000))
        guard case .full = await failure({ try await log.append([entry(2), big, entry(3)]) }) else {
            Issue.record("it was not refused")
            return
        }
        #expect(try await log.read().map(\.entry) == [entry(1)])
        #expect(try await log.append([entry(2)]).map(\.sequence) == [2])
        try await log.close()
        let again = try await EventLog.open(at: path, pageLimit: nil)
        #expect(try await again.read().count == 2)
    }
}
