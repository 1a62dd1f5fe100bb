import Core
import Testing
import Vitess

@Suite("Versions, and what each can do")
struct VersionTests {
    @Test(
        "VTGate's version comment names Vitess' version; the MySQL it imitates does not",
        arguments: [
            ("Version: 24.0.0-SNAPSHOT (Git revision abc branch 'main') built on Fri Mar 27", VitessVersion(24)),
            ("Version: 22.0.1 (Git revision abc)", VitessVersion(22, 0, 1)),
            ("vitess v23.0.3", VitessVersion(23, 0, 3)),
            ("8.4.6-Vitess", nil), ("MySQL Community Server - GPL", nil), ("", nil),
        ])
    func comment(text: String, version: VitessVersion?) { #expect(VitessVersion(versionComment: text) == version) }

    @Test(
        "The columns of a shard prove from when on its version is, and before when",
        arguments: [
            ([[]], VitessVersion(24), nil),
            ([["in_order_completion_pending_count"]], VitessVersion(22), VitessVersion(24)),
            ([["in_order_completion_pending_count", "vreplication_lag_seconds"]], nil, VitessVersion(22)),
            ([[], ["in_order_completion_pending_count"]], VitessVersion(22), VitessVersion(24)),
            ([], nil, nil),
        ] as [([Set<String>], VitessVersion?, VitessVersion?)])
    func columns(absent: [Set<String>], atLeast: VitessVersion?, below: VitessVersion?) {
        let known = VersionKnowledge(stated: nil, absentColumns: absent)
        #expect(known.atLeast == atLeast)
        #expect(known.below == below)
    }

    @Test("The lowest of VTGate and the shards decides; what is not known may be tried")
    func support() {
        #expect(VersionKnowledge(stated: VitessVersion(23)).supports(.postponeComplete) == .yes)
        #expect(
            VersionKnowledge(stated: VitessVersion(22)).supports(.postponeComplete)
                == .no("POSTPONE COMPLETE needs Vitess v23; VTGate is v22.0.0"))
        let mixed = VersionKnowledge(
            stated: VitessVersion(24),
            absentColumns: [[], ["in_order_completion_pending_count", "vreplication_lag_seconds"]])
        #expect(
            mixed.supports(.cutOverThreshold)
                == .no("CUTOVER_THRESHOLD needs Vitess v22; a shard's columns are those of a version before v22"))
        #expect(mixed.supports(.forceCutOver) == .yes)
        #expect(VersionKnowledge.unknown.supports(.completeShards) == .unknown)
        #expect(VersionKnowledge(stated: nil, absentColumns: [[]]).supports(.completeShards) == .yes)
        // v22 and v23 have the same columns: VTGate's word decides between them.
        let same = VersionKnowledge(stated: VitessVersion(23), absentColumns: [["in_order_completion_pending_count"]])
        #expect(same.supports(.postponeComplete) == .yes)
    }

    @Test("A verb the version lacks is greyed with the reason")
    func greyed() {
        let migration = Samples.migration([["postpone_completion": "0"], [:], [:], [:]], version: Samples.v22)
        #expect(
            migration.snapshot.refusals["postpone"]?.reason == "POSTPONE COMPLETE needs Vitess v23; VTGate is v22.0.0")
        #expect(migration.snapshot.refusals["cancel"] == nil)
    }

    @Test("Before v23 COMPLETE of chosen shards goes through their own sessions")
    func completeShards() {
        let old = Samples.plan(
            .complete, Samples.migration([[:], [:], [:], [:]], version: Samples.v22), shards: ["-40", "c0-"])
        #expect(old.steps.flatMap(\.self).map(\.target.useText) == ["USE `commerce:-40`", "USE `commerce:c0-`"])
        #expect(old.texts.allSatisfy { $0.hasSuffix("' COMPLETE") })
        let new = Samples.plan(.complete, Samples.migration([[:], [:], [:], [:]]), shards: ["-40", "c0-"])
        #expect(new.texts == ["ALTER VITESS_MIGRATION '\(Samples.uuidText)' COMPLETE VITESS_SHARDS '-40,c0-'"])
    }
}
