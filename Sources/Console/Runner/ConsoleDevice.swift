package import Terminal

/// The terminal as the console needs it. ncurses is behind it in the program, a script in tests.
package protocol ConsoleDevice: Sendable {
    /// Keys, pastes, sizes and the wish to leave, as they come; ends when the terminal is gone.
    associatedtype Keys: AsyncSequence<Key, Never> & Sendable where Keys.AsyncIterator: SendableMetatype
    var keys: Keys { get async }
    /// Columns and rows now.
    var size: Size { get async }
    /// Paints what changed since the frame before; all of it after `redraw`.
    func present(_ screen: Screen) async
    /// The next frame is painted whole.
    func redraw() async
    /// Gives the terminal back and stops the program; returns when it is continued, with the screen taken again.
    func suspend() async
    func bell() async
}
