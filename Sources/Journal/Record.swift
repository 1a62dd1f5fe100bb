/// What a caller asks the log to keep: one event, already encoded.
package struct Entry: Equatable, Sendable {
    /// Wall clock, milliseconds since 1970.
    package let timeMilliseconds: Int64
    /// What the event belongs to; the log does not look inside.
    package let stream: String
    /// A word for people who read the file with `sqlite3`; never needed to decode the payload.
    package let kind: String
    package let payload: [UInt8]

    package init(timeMilliseconds: Int64, stream: String, kind: String, payload: [UInt8]) {
        self.timeMilliseconds = timeMilliseconds
        self.stream = stream
        self.kind = kind
        self.payload = payload
    }
}

/// One entry as it stands in the log.
package struct Record: Equatable, Sendable {
    /// Counts from 1 without gaps.
    package let sequence: Int64
    package let entry: Entry
    /// SHA-256 over the hash before and every field of this record; 32 bytes.
    package let hash: [UInt8]

    package init(sequence: Int64, entry: Entry, hash: [UInt8]) {
        self.sequence = sequence
        self.entry = entry
        self.hash = hash
    }
}
