package import Core
package import Terminal

/// Everything that can happen to the console. The moment it happened comes with it, from the caller.
package enum ConsoleEvent: Equatable, Sendable {
    /// A key, a paste, a new size, or the wish that the program ends.
    case key(Key)
    /// The fleet as the engine saw it.
    case snapshot(FleetSnapshot)
    /// The engine does not answer: why, in words.
    case linkLost(String)
    /// The engine answers again; the next snapshot is on its way.
    case linkRestored
    /// Time has passed: sent once a second or more often.
    case tick
    /// The plan asked for with this ticket.
    case planArrived(CommandPlan, ticket: Int)
    /// The plan could not be made.
    case planFailed(ServiceError, ticket: Int)
    /// The command was admitted and journalled.
    case receipt(CommandReceipt, ticket: Int)
    /// The command was refused, or nobody knows whether it arrived.
    case performFailed(ServiceError, ticket: Int)
    /// The text to copy is in this file.
    case copied(path: String)
    /// The text could not be written: why, in words.
    case copyFailed(String)
}

/// What the console wants done. Data: its runner does it, tests compare it.
package enum ConsoleEffect: Equatable, Sendable {
    /// Ask the engine what the command would do now. The answer carries the ticket.
    case requestPlan(CommandRequest, ticket: Int)
    /// Carry the command out if its plan still has that hash. The answer carries the ticket.
    case perform(CommandRequest, planHash: String, reason: String, ticket: Int)
    /// Write the text to a file only its owner can read.
    case copy(String)
    /// Paint every cell again.
    case redraw
    /// Give the terminal back until the program is continued.
    case suspend
    case bell
    /// End the console. The migrations go on.
    case quit
}
