package import Core
package import Terminal

/// What the console is told once, at its start.
package struct ConsoleOptions: Equatable, Sendable {
    /// The characters lines and bars are made of.
    package let glyphs: GlyphSet
    /// Why nothing may be written, when the console was started to read only: `--readonly`. `nil` otherwise.
    package let readOnlyBecause: String?
    /// Ask for the environment's name at once, as `--write` does.
    package let asksForWriteMode: Bool
    /// The fleet is not real; every screen says so.
    package let isSimulated: Bool
    /// The migration whose shards are shown first; `nil` starts at the fleet.
    package let opens: MigrationID?
    /// Who is asked, in a sentence: `the engine`, `VTGate at 10.4.0.1:15306`.
    package let source: String

    package init(
        glyphs: GlyphSet, readOnlyBecause: String? = nil, asksForWriteMode: Bool = false, isSimulated: Bool = false,
        opens: MigrationID? = nil, source: String = "the engine"
    ) {
        self.glyphs = glyphs
        self.readOnlyBecause = readOnlyBecause
        self.asksForWriteMode = asksForWriteMode
        self.isSimulated = isSimulated
        self.opens = opens
        self.source = source
    }
}

/// The rules of time the console lives by.
enum Pace {
    /// How often a live source is expected to say something.
    static let poll: Duration = .seconds(1)
    /// Data older than this does not count as live.
    static let stale: Duration = .seconds(3)
    /// Rows of a Vitess fleet older than this do not count as live: it is read every 20 s at least.
    static let staleVitess: Duration = .seconds(45)
    /// Keys are ignored this long after a dialog opened or changed under the reader's fingers.
    static let dialogGuard: Duration = .milliseconds(300)
    /// Rows keep their places this long after a key.
    static let settle: Duration = .seconds(5)
    /// Write mode ends after this long without a key.
    static let writeIdle: Duration = .seconds(15 * 60)
    /// A plan older than this is too old to run.
    static let planLimit: Duration = .seconds(5)
    /// A notice makes room for the alerts again after this long.
    static let notice: Duration = .seconds(10)
    /// At most one bell in this time.
    static let bell: Duration = .seconds(10)
    /// A command not seen in the data after this long is spoken of as such.
    static let pendingLimit: Duration = .seconds(10)
}
