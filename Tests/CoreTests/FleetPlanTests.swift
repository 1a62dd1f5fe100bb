import Core
import Foundation
import Testing

@Suite("What only the comparison of all shards' plans shows")
struct FleetPlanTests {
    private static func plan(
        _ ways: [ChangeForecast.Way?], basis: [String?] = [], allowed: Bool = false, fingerprints: [String] = []
    ) -> FleetPlan {
        let shards = zip(Sample.shards, ways).enumerated().map { index, pair in
            ShardPlan(
                shard: pair.0, server: "", fingerprint: fingerprints.isEmpty ? "f00d" : fingerprints[index],
                definition: "", keyName: nil,
                keyColumns: [], estimatedRows: nil, tableBytes: nil, spaceNeeded: nil, spaceFree: nil, refusals: [],
                warnings: [],
                forecast: pair.1.map { ChangeForecast($0, "because \($0)", basis: basis.isEmpty ? nil : basis[index]) })
        }
        return FleetPlan(shards: shards, allowsMixedInstant: allowed) { _, _ in ["differs"] }
    }

    @Test(
        "A fleet that does a change alike is not refused, whatever it does",
        arguments: [.instant, .copy, .partition, nil] as [ChangeForecast.Way?])
    func alike(way: ChangeForecast.Way?) {
        #expect(!Self.plan([way, way, way, way]).isRefused)
    }

    @Test(
        "A fleet that would mix INSTANT and copies is refused with the shards of each and why, unless that is allowed")
    func mixed() throws {
        let plan = Self.plan([.instant, .copy, .instant, .copy])
        let refusal = try #require(plan.refusals.first)
        #expect(plan.fingerprint == nil)
        #expect(refusal.what.contains("INSTANT on -40 80-c0, a copy on 40-80 c0-"))
        #expect(refusal.cause == "-40 80-c0: because instant; 40-80 c0-: because copy")
        #expect(refusal.next?.contains("allowMixedInstant: true") == true)
        #expect(!Self.plan([.instant, .copy, .instant, .copy], allowed: true).isRefused)
    }

    @Test("A shard of which nobody can tell is refused, unless the servers are known to be alike")
    func unknown() {
        #expect(Self.plan([.instant, .instant, .unknown, .instant]).isRefused)
        #expect(Self.plan([.unknown, .unknown, .unknown, .unknown]).isRefused)
        #expect(!Self.plan([.unknown, .unknown, .unknown, .unknown], basis: ["8", "8", "8", "8"]).isRefused)
        #expect(Self.plan([.unknown, .unknown, .unknown, .unknown], basis: ["8", "8", "9", "8"]).isRefused)
    }

    @Test("Drift and a mixture are both told; allowing the one does not allow the other")
    func both() {
        let fingerprints = ["a", "a", "b", "a"]
        #expect(Self.plan([.instant, .instant, .copy, .instant], fingerprints: fingerprints).refusals.count == 2)
        let allowed = Self.plan([.instant, .instant, .copy, .instant], allowed: true, fingerprints: fingerprints)
        #expect(allowed.refusals.map(\.kind) == [.schemaDrift])
    }

    @Test("A strategy written before mixtures could be allowed is read, and one that allows none is written as before")
    func codable() throws {
        let old = #"{"flags":"--prefer-instant-ddl","method":"vitess"}"#
        let read = try JSONDecoder().decode(VitessStrategy.self, from: Data(old.utf8))
        #expect(read == VitessStrategy(.vitess, flags: "--prefer-instant-ddl"))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        #expect(String(decoding: try encoder.encode(read), as: UTF8.self) == old)
        let allows = VitessStrategy(.vitess, flags: "", allowsMixedInstant: true)
        #expect(try JSONDecoder().decode(VitessStrategy.self, from: encoder.encode(allows)) == allows)
    }
}
