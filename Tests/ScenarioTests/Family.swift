import Sandbox

/// Sandbox's families; Schema has a `ServerFamily` of its own.
typealias Family = ServerFamily

extension TableShape {
    /// Every shape that has to survive a migration under traffic.
    static let all: [TableShape] = keys + types + names + [orders]
}
