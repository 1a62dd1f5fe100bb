internal import Core
internal import Yams

/// Who does the work, in which order, and what is done when some shards cannot follow.
enum ManifestStrategy {
    /// `online`, or Vitess' own: `vitess`, `mysql`, `direct`, each with flags or without.
    static func read(_ reader: YAMLReader?) throws(ManifestError) -> Strategy {
        guard let reader else { return .online }
        if reader.node.mapping != nil {
            let fields = try reader.fields(["vitess", "mysql", "direct"])
            guard fields.fields.count == 1, let (name, flags) = fields.fields.first else {
                throw reader.fail("\(reader.path) names one strategy", allowed: "vitess, mysql or direct with its flags")
            }
            return try vitess(name, flags: try flags.text(), reader)
        }
        let words = try reader.text().split(separator: " ", maxSplits: 1).map(String.init)
        if words == ["online"] { return .online }
        return try vitess(words.first ?? "", flags: words.count > 1 ? words[1] : "", reader)
    }

    private static func vitess(_ name: String, flags: String, _ reader: YAMLReader) throws(ManifestError) -> Strategy {
        guard let method = VitessStrategy.Method(rawValue: name) else {
            throw reader.fail("\(reader.path) has an unknown value", allowed: "online, or vitess, mysql, direct with their flags")
        }
        return .vitess(VitessStrategy(method, flags: flags))
    }

    /// `allowMixedInstant: true`, where a tablet may choose INSTANT.
    static func allowingMixedInstant(_ strategy: Strategy, _ field: YAMLReader?) throws(ManifestError) -> Strategy {
        guard let field else { return strategy }
        guard case .vitess(let vitess) = strategy, vitess.method != .direct else {
            throw field.fail("\(field.path) is for strategies in which tablets choose", allowed: "strategy: vitess or mysql")
        }
        let isAllowed = try field.flag()
        return .vitess(VitessStrategy(vitess.method, flags: vitess.flags, allowsMixedInstant: isAllowed))
    }

    /// Vitess reads the ALTER itself; only its head is taken off.
    static func clauses(_ field: YAMLReader, table: String) throws(ManifestError) -> String {
        let text = try field.text()
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count > 3, words[0].lowercased() == "alter", words[1].lowercased() == "table" else { return text }
        let named = words[2].filter { $0 != "`" }
        guard named == table else {
            throw field.fail("the ALTER names the table `\(named)`, the manifest `\(table)`", allowed: "the same table")
        }
        return words.dropFirst(3).joined(separator: " ")
    }

    /// What only Lockstep's own executor could keep is refused rather than ignored.
    static func refusePlainFields(_ spec: YAMLFields) throws(ManifestError) {
        for name in ["cutOver", "copy", "throttle"] {
            guard let field = spec[name] else { continue }
            throw field.fail(
                "spec.\(name) is for strategy online: the tablets keep rules of their own",
                allowed: "flags of the strategy, such as --cut-over-threshold=15s")
        }
    }

    static func rollout(_ reader: YAMLReader) throws(ManifestError) -> RolloutPolicy {
        let fields = try reader.fields(["waves", "soak"])
        var policy = RolloutPolicy()
        if let soak = fields["soak"] { policy.soak = try soak.duration(.zero ... .seconds(7 * 86_400)) }
        var named: Set<String> = []
        for item in try fields["waves"]?.items() ?? [] {
            let wave = try item.fields(["shards", "count"])
            switch (wave["shards"], wave["count"]) {
            case (let shards?, nil):
                var names: [String] = []
                for name in try shards.items() {
                    let text = try name.text()
                    guard named.insert(text).inserted else { throw name.fail("shard \(text) is in a wave already") }
                    names.append(text)
                }
                guard !names.isEmpty else { throw shards.fail("\(shards.path) names no shard") }
                policy.waves.append(.shards(names))
            case (nil, let count?): policy.waves.append(.count(Int(try count.whole(1...100_000))))
            default: throw item.fail("\(item.path) needs one of the two", allowed: "shards: [names], or count: number")
            }
        }
        return policy
    }

    /// A word, or the word with its time: `{way: revert, after: 5m, warm: true}`.
    static func fallback(
        _ reader: YAMLReader, _ standard: FallbackPolicy, _ strategy: Strategy
    ) throws(ManifestError) -> FallbackPolicy {
        var policy = standard
        let words = FallbackPolicy.Way.allCases.map(\.rawValue)
        var way = reader
        if reader.node.mapping != nil {
            let fields = try reader.fields(["way", "after", "warm"])
            way = try fields.required("way")
            if let after = fields["after"] { policy.after = try after.duration(.seconds(5) ... .seconds(86_400)) }
            if let warm = fields["warm"] {
                policy.isWarm = try warm.flag()
                guard case .vitess(let vitess) = strategy, vitess.method == .vitess else {
                    throw warm.fail("\(warm.path) is for strategy vitess")
                }
            }
        }
        policy.way = FallbackPolicy.Way(rawValue: try way.choice(words)) ?? policy.way
        if policy.way == .revert {
            guard case .vitess(let vitess) = strategy, vitess.method == .vitess else {
                throw way.fail("a migration of this strategy cannot be reverted without losing writes", allowed: "finish, hold")
            }
        }
        return policy
    }
}
