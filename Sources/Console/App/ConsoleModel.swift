internal import Core
package import Terminal

/// All the console knows: what the engine said last, what the operator looks at, and what is being asked.
///
/// A value. `handle` is its only way to change, `render` the only way to see it. Cursor and marks name shards, never rows.
package struct ConsoleModel: Equatable, Sendable {
    let options: ConsoleOptions
    var size: Size

    /// The newest snapshot, and when it came by the console's own clock.
    var fleet: FleetSnapshot?
    var receivedAt: Timestamp?
    var link: Link = .connecting
    /// What the screen stands still at; the newest data is still collected.
    var frozen: Frozen?
    /// When the last key was pressed.
    var lastKeyAt: Timestamp?

    var mode: Mode
    var view: View
    /// What lies over the view and takes the keys.
    var overlay: Overlay?
    /// The migration under the fleet's cursor, which grid and detail show.
    var selected: MigrationID?
    /// The order of the fleet's rows as shown.
    var fleetOrder: [MigrationID] = []
    /// How each migration's shards are looked at.
    var grids: [MigrationID: GridState] = [:]
    var sort: GridSort = .worst
    var sortReversed = false
    var filter = Filter("")
    /// Lines scrolled away in the shard's detail.
    var detailScroll = 0
    var wantsWide = false
    var times: TimeStyle = .utc

    var notice: Notice?
    /// Commands sent, by ticket, until they are answered.
    var sent: [Int: PendingCommand] = [:]
    /// Commands admitted, or with an outcome not known, and not yet seen in the data.
    var pending: [PendingCommand] = []
    /// Critical problems the bell has rung for, and when it last did.
    var rungFor: Set<Problem.Key> = []
    var rangAt: Timestamp?
    var lastTicket = 0
    /// Ctrl-C was pressed with nothing to leave: the next one quits.
    var interruptedAt: Timestamp?

    /// An empty console of that size, waiting for its first snapshot.
    package init(options: ConsoleOptions, size: Size) {
        self.options = options
        self.size = size
        mode = options.readOnlyBecause.map { .readOnly($0) } ?? .safe
        view = options.opens == nil ? .fleet : .grid
        selected = options.opens
    }

    enum Link: Equatable, Sendable {
        case connecting
        case live
        case lost(since: Timestamp, String)
    }

    enum Mode: Equatable, Sendable {
        /// Reads, and the brakes.
        case safe
        /// Everything that is admitted, until nobody pressed a key for a while.
        case write
        /// Reads only; why.
        case readOnly(String)

        var word: String {
            switch self {
            case .safe: "SAFE"
            case .write: "RW"
            case .readOnly: "RO"
            }
        }
    }

    enum View: String, CaseIterable, Sendable {
        case fleet = "fleet"
        case grid = "shard grid"
        case detail = "shard"
    }

    enum TimeStyle: Sendable { case utc, relative }

    struct Frozen: Equatable, Sendable {
        let fleet: FleetSnapshot
        let receivedAt: Timestamp
        let at: Timestamp
    }

    struct GridState: Equatable, Sendable {
        var order: [ShardName] = []
        var cursor: ShardName?
        var marks: Set<ShardName> = []
    }

    enum Overlay: Equatable, Sendable {
        case help(scroll: Int)
        case menu(index: Int)
        case filter(String)
        case confirm(ConfirmDialog)
        case writeMode(WriteModeDialog)
    }

    struct Notice: Equatable, Sendable {
        let text: String
        let role: Role
        let at: Timestamp
    }
}

// MARK: - What is looked at

extension ConsoleModel {
    /// What the screen shows: the newest snapshot, or the one it was frozen at.
    var shown: FleetSnapshot? { frozen?.fleet ?? fleet }

    /// The engine's clock now, as far as the console can tell: the snapshot's plus the time since it came. Two machines'
    /// clocks are never subtracted from each other.
    func engineTime(at now: Timestamp) -> Timestamp {
        guard let shown, let received = frozen?.receivedAt ?? receivedAt else { return now }
        return shown.at + received.age(at: now)
    }

    /// The engine has been heard lately.
    func isFresh(at now: Timestamp) -> Bool {
        guard case .live = link, let receivedAt else { return false }
        return receivedAt.age(at: now) <= Pace.stale
    }

    func migration(_ id: MigrationID?) -> MigrationSnapshot? { shown?.migrations.first { $0.spec.id == id } }

    /// The newest data of it, whatever the screen is frozen at: what may be done is decided from this.
    func newest(_ id: MigrationID?) -> MigrationSnapshot? { fleet?.migrations.first { $0.spec.id == id } }

    var current: MigrationSnapshot? { migration(selected) }

    var grid: GridState { selected.flatMap { grids[$0] } ?? GridState() }

    /// The fleet's rows as shown, the filter's words matched against names.
    var visibleMigrations: [MigrationSnapshot] {
        guard let shown else { return [] }
        let byID = Dictionary(shown.migrations.map { ($0.spec.id, $0) }, uniquingKeysWith: { first, _ in first })
        return fleetOrder.compactMap { byID[$0] }.filter { view != .fleet || filter.matches($0) }
    }

    /// The grid's rows as shown: in their frozen order, without what the filter hides.
    func visibleShards(at now: Timestamp) -> [ShardSnapshot] {
        guard let current else { return [] }
        let clock = engineTime(at: now)
        let byName = Dictionary(current.shards.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let state = grid
        return state.order.compactMap { byName[$0] }.filter {
            filter.matches($0, in: current, isMarked: state.marks.contains($0.name), at: clock)
        }
    }

    /// The shard under the cursor, whether the filter shows it or not.
    var cursorShard: ShardSnapshot? {
        let name = grid.cursor
        return current?.shards.first { $0.name == name }
    }

    mutating func nextTicket() -> Int {
        lastTicket += 1
        return lastTicket
    }
}
