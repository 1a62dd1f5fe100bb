/// The event types' numbers: MySQL's `Log_event_type`, MariaDB's from 160.
enum EventType {
    static let query: UInt8 = 2
    static let stop: UInt8 = 3
    static let rotate: UInt8 = 4
    static let formatDescription: UInt8 = 15
    static let xid: UInt8 = 16
    static let executeLoadQuery: UInt8 = 18
    static let tableMap: UInt8 = 19
    static let incident: UInt8 = 26
    static let heartbeat: UInt8 = 27
    static let rowsQuery: UInt8 = 29
    static let gtid: UInt8 = 33
    static let anonymousGTID: UInt8 = 34
    static let previousGTIDs: UInt8 = 35
    static let xaPrepare: UInt8 = 38
    static let transactionPayload: UInt8 = 40
    static let heartbeat2: UInt8 = 41
    static let taggedGTID: UInt8 = 42
    static let annotateRows: UInt8 = 160
    static let mariadbGTID: UInt8 = 162
    static let gtidList: UInt8 = 163
    static let startEncryption: UInt8 = 164
    static let queryCompressed: UInt8 = 165

    /// Without effect on rows by themselves: INTVAR, APPEND_BLOCK, RAND, USER_VAR, BEGIN_LOAD_QUERY (each only serves a
    /// statement that follows and is judged there), IGNORABLE, TRANSACTION_CONTEXT, VIEW_CHANGE, MariaDB's BINLOG_CHECKPOINT.
    static let harmless: Set<UInt8> = [5, 9, 13, 14, 17, 28, 36, 37, 161]

    /// Kind, format version and compression of a rows event's type; `nil` for other types.
    static func rows(_ type: UInt8) -> (RowsEvent.Kind, version: Int, isCompressed: Bool)? {
        switch type {
        case 23: (.insert, 1, false)
        case 24: (.update, 1, false)
        case 25: (.delete, 1, false)
        case 30: (.insert, 2, false)
        case 31: (.update, 2, false)
        case 32: (.delete, 2, false)
        case 39: (.partialUpdate, 2, false)
        case 166: (.insert, 1, true)
        case 167: (.update, 1, true)
        case 168: (.delete, 1, true)
        case 169: (.insert, 2, true)
        case 170: (.update, 2, true)
        case 171: (.delete, 2, true)
        default: nil
        }
    }
}
