/// A DDL strategy with its flags, as `SET @@ddl_strategy` takes them, with the errors that Vitess would give too late: it accepts
/// a threshold of 2 s in SET and refuses the submission, and it accepts `mysql --postpone-completion` and fails the migration.
package struct StrategyFlags: Hashable, Sendable, CustomStringConvertible {
    package enum Strategy: String, Hashable, Sendable, CaseIterable {
        case vitess, mysql, direct
    }

    /// The flags without a value; the raw value is the flag.
    package enum Flag: String, Hashable, Sendable, CaseIterable {
        case declarative
        case allowZeroInDate = "allow-zero-in-date"
        case postponeLaunch = "postpone-launch"
        case postponeCompletion = "postpone-completion"
        case inOrderCompletion = "in-order-completion"
        case allowConcurrent = "allow-concurrent"
        case preferInstantDDL = "prefer-instant-ddl"
        case singleton
        case singletonContext = "singleton-context"
        case singletonTable = "singleton-table"
        case unsafeAllowForeignKeys = "unsafe-allow-foreign-keys"
        case analyzeTable = "analyze-table"
    }

    package let strategy: Strategy
    package let flags: Set<Flag>
    /// Blocking transactions are ended once the migration has been ready for this long; at most a millisecond means at once.
    package let forceCutOverAfter: Duration?
    package let cutOverThreshold: CutOverThreshold?
    /// How long the old table is kept; at least a second.
    package let retainArtifacts: Duration?

    /// What is wrong with a strategy, in a sentence.
    package struct Invalid: Error, Equatable, Sendable {
        package let reason: String
        package init(reason: String) { self.reason = reason }
    }

    /// - Throws: `Invalid` when Vitess would refuse the combination, now or only at the submission or the review.
    package init(
        _ strategy: Strategy, _ flags: Set<Flag> = [], forceCutOverAfter: Duration? = nil,
        cutOverThreshold: CutOverThreshold? = nil, retainArtifacts: Duration? = nil
    ) throws(Invalid) {
        self.strategy = strategy
        self.flags = flags
        self.forceCutOverAfter = forceCutOverAfter
        self.cutOverThreshold = cutOverThreshold
        self.retainArtifacts = retainArtifacts
        if let problem = problem { throw Invalid(reason: problem) }
    }

    /// Reads `vitess --postpone-completion --cut-over-threshold=15s`; flags with one dash or two, in any order.
    /// - Throws: `Invalid` for an unknown word or value, and for combinations that Vitess would refuse.
    package static func read(_ text: String) throws(Invalid) -> StrategyFlags {
        var words = text.split(separator: " ").map(String.init)
        let name = words.isEmpty ? "" : words.removeFirst()
        guard let strategy = Strategy(rawValue: name == "online" ? "vitess" : name) else {
            throw Invalid(
                reason: "invalid DDL strategy: \(name.isEmpty ? "(empty)" : name); vitess, mysql and direct exist")
        }
        var flags: Set<Flag> = []
        var values: [String: String] = [:]
        for word in words {
            guard word.hasPrefix("-") else { throw Invalid(reason: "\(word) is no flag: flags begin with --") }
            let parts = word.drop { $0 == "-" }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let flag = String(parts[0])
            if parts.count == 1, let known = Flag(rawValue: flag) {
                flags.insert(known)
            } else if parts.count == 2,
                ["force-cut-over-after", "cut-over-threshold", "retain-artifacts"].contains(flag)
            {
                values[flag] = String(parts[1])
            } else {
                throw Invalid(reason: "there is no flag \(word)")
            }
        }
        let threshold = try duration("cut-over-threshold", in: values)
        return try StrategyFlags(
            strategy, flags, forceCutOverAfter: try duration("force-cut-over-after", in: values),
            cutOverThreshold: try threshold.map(Self.threshold),
            retainArtifacts: try duration("retain-artifacts", in: values))
    }

    /// As `SET @@ddl_strategy` takes it; flags in a fixed order, so that equal strategies have equal text.
    package var description: String {
        var words = [strategy.rawValue]
        words += Flag.allCases.filter(flags.contains).map { "--\($0.rawValue)" }
        if let forceCutOverAfter { words.append("--force-cut-over-after=\(GoDuration.write(forceCutOverAfter))") }
        if let cutOverThreshold { words.append("--cut-over-threshold=\(cutOverThreshold.seconds)s") }
        if let retainArtifacts { words.append("--retain-artifacts=\(GoDuration.write(retainArtifacts))") }
        return words.joined(separator: " ")
    }

    /// Why this strategy would make this statement fail; `nil` when it would not.
    package func problem(with statement: SchemaStatement) -> String? {
        let words = statement.text.lowercased().split(whereSeparator: \.isWhitespace)
        let verb = words.first ?? ""
        if flags.contains(.declarative) {
            if verb == "alter" { return "--declarative takes CREATE and DROP: an ALTER under it fails" }
            if words.contains("if"), words.contains("exists") { return "--declarative refuses IF [NOT] EXISTS" }
            if words.dropFirst().first == "or" { return "--declarative refuses OR REPLACE" }
        }
        return nil
    }

    private var problem: String? {
        switch strategy {
        case .direct:
            if !flags.isEmpty || forceCutOverAfter != nil || cutOverThreshold != nil || retainArtifacts != nil {
                return "direct takes no flags: the statement runs at once, on every shard"
            }
        case .mysql:
            if flags.contains(.postponeCompletion) { return "--postpone-completion is not possible with mysql" }
            if flags.contains(.allowZeroInDate) { return "--allow-zero-in-date is not possible with mysql" }
            if forceCutOverAfter != nil { return "--force-cut-over-after is only valid in 'vitess' strategy" }
        case .vitess: break
        }
        if flags.intersection([.singleton, .singletonContext, .singletonTable]).count > 1 {
            return "only one of --singleton, --singleton-context and --singleton-table counts: choose it"
        }
        if let forceCutOverAfter, forceCutOverAfter < .zero { return "--force-cut-over-after is negative" }
        if let retainArtifacts, retainArtifacts < .seconds(1) { return "--retain-artifacts is below a second" }
        return nil
    }

    private static func duration(_ flag: String, in values: [String: String]) throws(Invalid) -> Duration? {
        guard let text = values[flag] else { return nil }
        guard let duration = GoDuration.read(text) else {
            throw Invalid(reason: "--\(flag)=\(text) is no duration like 10s or 24h")
        }
        return duration
    }

    private static func threshold(_ duration: Duration) throws(Invalid) -> CutOverThreshold {
        if let threshold = CutOverThreshold(duration) { return threshold }
        if duration < .seconds(5) { throw Invalid(reason: "cut-over min value is 5s") }
        if duration > .seconds(30) { throw Invalid(reason: "cut-over max value is 30s") }
        throw Invalid(reason: "--cut-over-threshold is in whole seconds")
    }
}
