import Core
import Testing
import Vitess

@Suite("Names that reach VTGate")
struct IdentifierTests {
    @Test("A Vitess uuid and a migration id are the same 128 bits")
    func sameBits() throws {
        let uuid = try #require(VitessUUID("C21AA2BE_e53a_11f1_919e_623efefdb394"))
        #expect(uuid.text == "c21aa2be_e53a_11f1_919e_623efefdb394")
        #expect(uuid.id.hex == "c21aa2bee53a11f1919e623efefdb394")
        #expect(VitessUUID(uuid.id) == uuid)
    }
}
