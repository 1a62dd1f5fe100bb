/// What reaches the console from its terminal: a key, a paste, or news of the terminal itself.
package enum Key: Hashable, Sendable {
    /// A printable character, as typed; a space too.
    case character(Character)
    /// Ctrl with a lower-case letter or one of `@[\]^_`. Ctrl-I, -M, -[ and -H arrive as tab, enter, escape, backspace.
    case control(Character)
    /// Alt or Meta with a character: an escape directly before it.
    case alt(Character)
    /// The arrow keys.
    case up, down, left, right
    /// The other keys that move.
    case home, end, pageUp, pageDown
    /// Insert and Delete.
    case insert, delete
    /// F1 to F24.
    case function(Int)
    /// Return, on either block of keys.
    case enter
    /// Tab, and Shift-Tab.
    case tab, backTab
    /// Escape alone.
    case escape
    /// The key that deletes to the left.
    case backspace
    /// Text pasted as one piece, as it came; it may hold anything. Never to be taken for keys.
    case paste(String)
    /// The terminal's window gained (`true`) or lost the focus.
    case focus(Bool)
    /// The terminal has this size now. Several changes in a row arrive as one.
    case resize(Size)
    /// The program was suspended and is back on the screen.
    case resumed
    /// Someone asked the program to leave: end in order.
    case leave(LeaveReason)
    /// A sequence nobody knows. To be ignored.
    case unknown

    /// Why the program should leave.
    package enum LeaveReason: Hashable, Sendable {
        /// SIGTERM.
        case terminated
        /// SIGHUP, or the terminal is gone.
        case hungUp
        /// SIGINT from outside; Ctrl-C on the keyboard is `.control("c")`.
        case interrupted
        /// SIGQUIT.
        case quit
    }
}
