import Core
import Testing
import Vitess

@Suite("A strategy as a coordinated migration submits it")
struct CoordinatedStrategyTests {
    private func strategy(_ method: VitessStrategy.Method, _ flags: String) throws(Failure) -> String {
        let spec = MigrationSpec(
            id: MigrationID("7c1e0000000000000000000000000001")!, name: "m", keyspace: "commerce", table: "orders",
            alter: "ADD COLUMN note TEXT", strategy: .vitess(VitessStrategy(method, flags: flags)),
            shards: [ShardName(keyspace: "commerce", shard: "-80")], pinnedFingerprint: "f", policy: MigrationPolicy())
        return try CoordinatedStrategy(spec).flags.description
    }

    @Test("It is always gated, whatever the manifest says besides")
    func gated() throws {
        #expect(try strategy(.vitess, "--allow-concurrent").contains("--postpone-completion"))
        #expect(try strategy(.mysql, "").contains("--postpone-launch"))
        #expect(try strategy(.direct, "") == "direct")
    }

    @Test("A launch that nobody would send is refused with what to write instead")
    func launch() {
        #expect(throws: Failure.self) { try strategy(.vitess, "--postpone-launch") }
    }
}
