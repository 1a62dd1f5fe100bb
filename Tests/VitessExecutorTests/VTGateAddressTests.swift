import Testing
import VitessExecutor

@Suite("The address of a VTGate")
struct VTGateAddressTests {
    @Test(
        "Host and port are read, and written back the same",
        arguments: ["127.0.0.1:15306", "[::1]:3306", "vtgate.prod:1"])
    func reads(text: String) { #expect(VTGateAddress(text)?.description == text) }

    @Test(
        "Anything else is refused",
        arguments: ["", "vtgate", ":3306", "vtgate:", "vtgate:0", "vtgate:70000", "::1:3306", "a b:1"])
    func refuses(text: String) { #expect(VTGateAddress(text) == nil) }
}
