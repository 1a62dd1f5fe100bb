package import Core

/// The parts of an error that VTGate joined from those of several shards, one a line, in shard order.
package struct ShardErrors: Equatable, Sendable {
    package struct Part: Equatable, Sendable {
        /// `nil` when VTGate itself refused, before any shard was asked.
        package let shard: ShardName?
        /// The server's words, without the frame around them.
        package let reason: String
        package init(shard: ShardName?, reason: String) {
            self.shard = shard
            self.reason = reason
        }
    }
    package let parts: [Part]
    /// The text ends where the client library cuts (512 bytes): shards may be missing, and the last part may be half.
    package let isCut: Bool

    /// Splits it. A line that names no shard belongs to the one before it.
    package init(_ text: String) {
        var parts: [Part] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: true) {
            if let part = Self.part(line) {
                parts.append(part)
            } else if let last = parts.popLast(), last.shard != nil {
                parts.append(Part(shard: last.shard, reason: "\(last.reason) \(line)"))
            } else {
                parts.append(Part(shard: nil, reason: String(line)))
            }
        }
        self.parts = parts
        // The library's buffer holds 512 bytes with its end mark; a whole error ends as its frame does.
        isCut =
            text.utf8.count >= 500 && parts.last?.shard != nil && !text.hasSuffix(")")
            && !text.hasSuffix("in progress") && !text.hasSuffix("}") && !text.hasSuffix("is disabled")
    }

    /// What the first part says, for a sentence.
    package static func firstReason(_ text: String) -> String { ShardErrors(text).parts.first?.reason ?? text }

    /// `target: commerce.c0-.primary: vttablet: rpc error: code = Unknown desc = migration not found (CallerID: userData1)`.
    private static func part(_ line: Substring) -> Part? {
        guard line.hasPrefix("target: ") else { return nil }
        var rest = line.dropFirst("target: ".count)
        guard let end = rest.firstRange(of: ": ") else { return nil }
        let names = rest[..<end.lowerBound].split(separator: ".")
        guard names.count >= 3 else { return nil }
        let shard = ShardName(keyspace: names.dropLast(2).joined(separator: "."), shard: String(names[names.count - 2]))
        rest = rest[end.upperBound...]
        if rest.hasPrefix("vttablet: ") { rest = rest.dropFirst("vttablet: ".count) }
        if rest.hasPrefix("rpc error: code = "), let desc = rest.firstRange(of: " desc = ") {
            rest = rest[desc.upperBound...]
        }
        if let caller = rest.firstRange(of: " (CallerID: ") { rest = rest[..<caller.lowerBound] }
        return Part(shard: shard, reason: String(rest))
    }
}
