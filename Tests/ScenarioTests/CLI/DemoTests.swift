import Foundation
import Testing

@Suite("The demo", .serialized)
struct DemoTests {
    @Test("Headless, it cuts over every shard, finds every row as the traffic's ledger says, and leaves nothing behind")
    func headless() async throws {
        try await withProgram { program in
            let outcome = try await program.run("demo", "--headless", "--rows", "2000", "--shards", "2")
            #expect(outcome.code == 0, "\(outcome)")
            #expect(outcome.output.contains("compared with the ledger, all equal"))
            #expect(outcome.output.contains("schema     new on 2 of 2 shards"))
            #expect(outcome.output.contains(" 0 errors, 0 connections lost, 0 times no table"))
            #expect(outcome.output.contains("artifacts  none left on any shard"))
        }
    }
}
