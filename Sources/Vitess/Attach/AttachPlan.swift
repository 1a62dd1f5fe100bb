package import Core

/// A command ready to be confirmed: the dialog, and what is sent when it is.
package struct AttachPlan: Equatable, Sendable {
    package let plan: CommandPlan
    /// One after the other; the statements of one step reach different shards and may be sent at the same time, each in a session of
    /// its target. A step of a statement without a target sets or reads the session's strategy: then the steps up to the next such
    /// go through one session, and each only when the one before answered as it should. Empty when the plan is refused.
    package let steps: [[VitessStatement]]
    /// What is to become of each shard, in the keyspace's order.
    package let outlook: [ShardName: ShardOutlook]

    package init(plan: CommandPlan, steps: [[VitessStatement]], outlook: [ShardName: ShardOutlook]) {
        self.plan = plan
        self.steps = steps
        self.outlook = outlook
    }
}
