import Core
import MySQLClient
import Testing
import VTGateDouble
import Vitess
import VitessExecutor

@Suite("Sessions on VTGate")
struct SessionTests {
    @Test("A session opens by what VTGate answers itself: no tablet is asked, and it is in autocommit")
    func opens() async throws {
        let bench = try AttachBench()
        bench.double.stopPrimary("c0-")
        let session = try await VTGateSession.open(
            bench.endpoint(), for: .commanding(.keyspace(AttachBench.keyspace)), clock: ContinuousClock())
        let texts = bench.double.log.filter { $0.connectionID != 0 }.map { $0.text.lowercased() }
        #expect(texts == ["set autocommit = 1", "select @@autocommit as autocommit", "use `commerce`"])
        #expect(!bench.double.log.contains { $0.isPrepared })
        await session.close()
    }

    @Test("What a session must not carry is refused before anything is sent")
    func refuses() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let reading = try await VTGateSession.open(bench.endpoint(), for: .reading, clock: ContinuousClock())
        let one = try #require(ShardTarget(AttachBench.shards[0]))
        let narrow = try await VTGateSession.open(
            bench.endpoint(), for: .commanding(.shard(one)), clock: ContinuousClock())
        bench.double.clearLog()
        let ddl = VitessStatement.submit(try SchemaStatement("alter table customer add column x int"), AttachBench.keyspace)
        for (session, statement) in [
            (reading, VitessStatement.cancel(uuid, .everyShard(AttachBench.keyspace))), (reading, ddl), (narrow, ddl),
            (narrow, .cancel(uuid, .everyShard(AttachBench.keyspace))),
        ] {
            let error = await #expect(throws: VTGateError.self) { try await session.run(statement) }
            #expect(error?.wasSent == false)
        }
        #expect(bench.double.log.isEmpty)
        #expect(bench.double.accidents.isEmpty)
    }

    @Test("After a shard was read by itself, what VTGate alone can answer is asked on no shard")
    func leavesTheShard() async throws {
        let bench = try AttachBench()
        _ = try bench.ready()
        let one = try #require(ShardTarget(AttachBench.shards[0]))
        let session = try await VTGateSession.open(bench.endpoint(), for: .reading, clock: ContinuousClock())
        #expect(try await session.run(.showMigrations(.one(one), .all)).rows.count == 1)
        for statement in [VitessStatement.showTablets, .showShards, .showKeyspaces, .showReplicationStatus] {
            #expect(!(try await session.run(statement)).rows.isEmpty, "\(statement.text)")
            #expect(try await session.run(.showMigrations(.one(one), .all)).rows.count == 1)
        }
        await session.close()
    }

    @Test("No answer within the limit: the connection is cut, the outcome is unknown, and the session is done")
    func timesOut() async throws {
        let bench = try AttachBench()
        let uuid = try bench.ready()
        let fault = bench.double.plan(.answerHeld, on: "alter vitess_migration")
        let target = VitessStatement.Target.keyspace(AttachBench.keyspace)
        let session = try await VTGateSession.open(bench.endpoint(), for: .commanding(target), clock: ContinuousClock())
        let complete = VitessStatement.complete(uuid, .everyShard(AttachBench.keyspace))
        let error = await #expect(throws: VTGateError.self) { try await session.run(complete) }
        #expect(error?.isTimeout == true)
        #expect(error?.wasSent == true)
        #expect(error?.mysql.outcome == .unknown)
        #expect(error?.failure.now == "whether it took effect is not known; it was sent once and is not sent again")
        let again = await #expect(throws: VTGateError.self) { try await session.run(complete) }
        #expect(again?.wasSent == false)
        #expect(bench.commands.count == 1)
        bench.double.release(fault)
    }

    @Test("A cancelled read cuts its connection and sends no KILL, which could hit somebody else's session")
    func cancelled() async throws {
        let bench = try AttachBench()
        let fault = bench.double.plan(.held, on: "show vitess_shards")
        let session = try await VTGateSession.open(
            bench.endpoint(limits: .init()), for: .reading, clock: ContinuousClock())
        let read = Task { try await session.run(.showShards) }
        try await eventually("the read arrives") { bench.double.hits(of: fault) == 1 }
        read.cancel()
        await #expect(throws: (any Error).self) { try await read.value }
        #expect(!bench.double.log.contains { $0.text.lowercased().hasPrefix("kill") })
        #expect(await !session.isOpen)
        bench.double.release(fault)
    }

    @Test("A password is taken by mysql_native_password; a wrong one is access denied, and says what to check")
    func passwords() async throws {
        let bench = try AttachBench { $0.users = ["ana": "se'cret"] }
        let session = try await VTGateSession.open(
            bench.endpoint(password: "se'cret"), for: .reading, clock: ContinuousClock())
        #expect(try await session.run(.showShards).rows.count == 4)
        let error = await #expect(throws: VTGateError.self) {
            _ = try await VTGateSession.open(bench.endpoint(password: "no"), for: .reading, clock: ContinuousClock())
        }
        #expect(error?.failure.kind == .accessDenied)
        #expect(error?.failure.next?.contains("LOCKSTEP_VTGATE_PASSWORD") == true)
        #expect(error?.failure.cause?.contains("se'cret") == false)
    }

    @Test("TLS that is demanded and not offered is no session, in every mode that demands it")
    func tls() async throws {
        let bench = try AttachBench()
        for mode in [ConnectionOptions.TLSMode.required, .verifyIdentity] {
            let error = await #expect(throws: VTGateError.self) {
                _ = try await VTGateSession.open(bench.endpoint(tls: mode), for: .reading, clock: ContinuousClock())
            }
            #expect(error?.failure.what.contains("TLS") == true)
            #expect(error?.failure.now == "nothing was sent and nothing was changed")
        }
    }

    @Test("A VTGate that takes no clients without TLS says so, and the failure says what to do")
    func requiresTLS() async throws {
        let bench = try AttachBench { $0.requiresTLS = true }
        let error = await #expect(throws: VTGateError.self) {
            _ = try await VTGateSession.open(bench.endpoint(tls: .disabled), for: .reading, clock: ContinuousClock())
        }
        #expect(error?.wasSent == false)
    }

    @Test("Nobody listens: the failure names the address and changes nothing")
    func unreachable() async throws {
        let bench = try AttachBench()
        bench.double.stopVTGate()
        let error = await #expect(throws: VTGateError.self) {
            _ = try await VTGateSession.open(bench.endpoint(), for: .reading, clock: ContinuousClock())
        }
        #expect(error?.failure.kind == .serverUnreachable)
        #expect(error?.failure.what.contains("127.0.0.1:\(bench.double.port)") == true)
    }

    @Test("A keyspace that is none: no session for it, and nothing is sent")
    func unknownKeyspace() async throws {
        let bench = try AttachBench()
        let nowhere = try #require(KeyspaceName("nowhere"))
        let error = await #expect(throws: VTGateError.self) {
            _ = try await VTGateSession.open(bench.endpoint(), for: .commanding(.keyspace(nowhere)), clock: ContinuousClock())
        }
        #expect(error?.wasSent == false)
        #expect(error?.failure.what.contains("nowhere") == true)
    }

    @Test("A read is made again when the kept session turns out to be lost, a command never is")
    func readsAgain() async throws {
        let bench = try AttachBench()
        let readers = bench.readers()
        #expect(try await readers.read(.showShards).rows.count == 4)
        bench.double.restartVTGate()
        #expect(try await readers.read(.showShards).rows.count == 4)
    }
}
