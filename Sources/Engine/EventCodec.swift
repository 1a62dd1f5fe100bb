package import Core
internal import Foundation
package import Journal

/// Events as the journal keeps them: JSON with sorted keys and a version, readable by people and by every later version.
package enum EventCodec {
    /// Raised when an event's JSON changes; older ones are decoded for ever.
    package static let version = 1

    private struct Envelope: Codable {
        let v: Int
        let event: MigrationEvent
    }

    private struct Version: Codable { let v: Int }

    /// - Throws: `unwritable` for a value that JSON has no form for.
    package static func entry(_ event: MigrationEvent, of id: MigrationID) throws(EngineError) -> Entry {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            let payload = try encoder.encode(Envelope(v: version, event: event))
            return Entry(
                timeMilliseconds: event.at.milliseconds, stream: id.hex, kind: kind(event), payload: Array(payload))
        } catch {
            throw .unwritable("\(kind(event)): \(error)")
        }
    }

    /// - Throws: `undecodable` naming the record.
    package static func event(in record: Record) throws(EngineError) -> (MigrationID, MigrationEvent) {
        guard let id = MigrationID(record.entry.stream) else {
            throw .undecodable(sequence: record.sequence, "its stream is no migration id")
        }
        do {
            let payload = Data(record.entry.payload)
            let found = try JSONDecoder().decode(Version.self, from: payload).v
            guard found <= version else {
                throw EngineError.undecodable(
                    sequence: record.sequence, "event format \(found) is newer than \(version)")
            }
            return (id, try JSONDecoder().decode(Envelope.self, from: payload).event)
        } catch let error as EngineError {
            throw error
        } catch {
            throw .undecodable(sequence: record.sequence, "\(error)")
        }
    }

    /// `submitted`, `commanded complete`, `shard ready`, `decided commit`: for people with `sqlite3`.
    static func kind(_ event: MigrationEvent) -> String {
        switch event {
        case .submitted: "submitted"
        case .commanded(let command, _, _, _): "commanded \(command.verb.rawValue)"
        case .shard(_, let fact, _): "shard \(kind(fact))"
        case .decided(_, let decision, _): "decided \(decision.rawValue)"
        case .fellBack(let way, _): "fellBack \(way.rawValue)"
        case .clock: "clock"
        case .engineStarted: "engineStarted"
        }
    }

    private static func kind(_ fact: ShardFact) -> String {
        switch fact {
        case .artifactPlanned: "artifactPlanned"
        case .artifactDropped: "artifactDropped"
        case .prepared: "prepared"
        case .checkpointed: "checkpointed"
        case .copied: "copied"
        case .verified: "verified"
        case .ready: "ready"
        case .fellBehind: "fellBehind"
        case .looked: "looked"
        case .lookFailed: "lookFailed"
        case .held: "held"
        case .obstructed: "obstructed"
        case .holdRefused: "holdRefused"
        case .released: "released"
        case .blockersEnded: "blockersEnded"
        case .failed: "failed"
        case .stopped: "stopped"
        }
    }
}
