package import Terminal

/// The terminal as the console needs it: ncurses in the program, a script in tests.
package protocol ConsoleDevice: Sendable {
    associatedtype Batches: AsyncSequence & Sendable where Batches.Element == [Key], Batches.Failure == Never
    /// Keys, sizes and the wish to leave, in batches, in order, never empty; ends when the terminal is gone.
    var events: Batches { get }
    /// Columns and rows now.
    var size: Size { get }
    /// Shows a screen as soon as the terminal takes it; only the newest waits. Never blocks.
    func present(_ screen: Screen)
    /// Draws everything again.
    func redraw() async
    /// Gives the terminal back and stops the process; returns when it was continued, and `.resumed` is among the keys then.
    /// - Throws: when the terminal could not be taken again; the console ends then.
    func suspend() async throws
    /// Rings once, or does nothing where there is no bell.
    func bell() async
    /// Puts the terminal back as it was; later calls do nothing.
    func close() async
}
