internal import Core
internal import Foundation

/// What a client asks: one JSON object on one line. The codec is the protocol's definition; see docs/decisions.
enum Request: Codable, Sendable {
    case snapshot
    /// Answered by a `snapshot` line now and after each change, until the connection ends.
    case snapshots
    case submit(Submission, by: OperatorIdentity)
    case plan(CommandRequest)
    case perform(CommandRequest, planHash: String?, by: OperatorIdentity, reason: String)
}

enum Answer: Codable, Sendable {
    case snapshot(FleetSnapshot)
    case migration(MigrationSnapshot)
    case plan(CommandPlan)
    case receipt(CommandReceipt)
    case error(ServiceError)
    /// The line could not be understood; nothing was done.
    case unreadable(String)
}

struct RequestFrame: Codable, Sendable {
    let v: Int
    /// Chosen by the client; every answer carries it.
    let id: Int
    let request: Request
}

struct AnswerFrame: Codable, Sendable {
    let v: Int
    let id: Int
    let answer: Answer
}

enum Frame {
    static let version = 1
    /// A request with a manifest fits many times over.
    static let requestLimit = 1 << 20
    /// Snapshots of thousands of shards fit.
    static let answerLimit = 1 << 26

    /// One line, its newline included. JSON has no newline inside.
    static func encode(_ frame: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(frame)) + [10]
    }

    static func decode<Value: Decodable>(_ type: Value.Type, from line: [UInt8]) throws -> Value {
        try JSONDecoder().decode(type, from: Data(line))
    }
}
