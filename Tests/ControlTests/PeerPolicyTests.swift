import Control
import Testing

@Suite("Who may speak to the engine")
struct PeerPolicyTests {
    @Test("Only the engine's user and root are let in")
    func peers() {
        #expect(PeerPolicy.admits(1000, owner: 1000))
        #expect(PeerPolicy.admits(0, owner: 1000))
        #expect(!PeerPolicy.admits(1001, owner: 1000))
        #expect(!PeerPolicy.admits(1000, owner: 0))
    }
}
