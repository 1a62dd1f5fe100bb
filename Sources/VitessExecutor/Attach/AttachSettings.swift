package import Core
package import Vitess

/// What attach mode is told once.
package struct AttachSettings: Sendable {
    package let endpoint: VTGateEndpoint
    /// Only these keyspaces; empty: every one this user may see.
    package let keyspaces: [KeyspaceName]
    /// Migrations to look for however long ago they ended.
    package let sought: Set<VitessUUID>
    /// As badge and dialogs name the fleet; write mode asks for the name.
    package let environment: Environment
    /// Where commands are recorded.
    package let audit: CommandAudit
    /// How far back ended migrations are shown.
    package let history: Duration
    package let clock: any Clock<Duration>
    package let wallClock: @Sendable () -> Timestamp

    package init(
        endpoint: VTGateEndpoint, keyspaces: [KeyspaceName] = [], sought: Set<VitessUUID> = [], environment: Environment,
        audit: CommandAudit, history: Duration = .seconds(86_400), clock: any Clock<Duration>,
        wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.endpoint = endpoint
        self.keyspaces = keyspaces
        self.sought = sought
        self.environment = environment
        self.audit = audit
        self.history = history
        self.clock = clock
        self.wallClock = wallClock
    }
}
