import Core
import Testing

@Suite("Figures and times")
struct UnitsTests {
    @Test(
        "A moment is written in UTC, before 1970 too",
        arguments: [
            (0, "1970-01-01 00:00:00Z"), (1_763_647_331_000, "2025-11-20 14:02:11Z"),
            (951_827_696_000, "2000-02-29 12:34:56Z"), (-1000, "1969-12-31 23:59:59Z"),
            (4_107_542_399_999, "2100-02-28 23:59:59Z"),
        ])
    func timestamp(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).text == text)
        #expect(Timestamp(milliseconds: milliseconds).clockText == String(text.suffix(9)))
    }

    @Test("An age is never negative")
    func age() {
        #expect(Timestamp(milliseconds: 2000).age(at: Timestamp(milliseconds: 1000)) == .zero)
        #expect(Timestamp(milliseconds: 1000).age(at: Timestamp(milliseconds: 3500)) == .milliseconds(2500))
    }

    @Test(
        "A duration takes at most six characters",
        arguments: [
            (0, "0.0s"), (440, "0.4s"), (9999, "9.9s"), (10_000, "10s"), (59_999, "59s"), (60_000, "1m00"),
            (423_000, "7m03"), (6_060_000, "1h41"), (273_600_000, "3d04"), (-5, "0.0s"),
        ])
    func duration(milliseconds: Int64, text: String) {
        #expect(Figures.duration(.milliseconds(milliseconds)) == text)
    }

    @Test("Counts and bytes are rounded down to one decimal")
    func scaled() {
        #expect([812, 8199, 29_990_000, 1_200_000_000].map(Figures.count) == ["812", "8.1k", "29.9M", "1.2G"])
        #expect([812, 8294, 65_498_251_264].map(Figures.bytes) == ["812 B", "8.0 KiB", "61.0 GiB"])
    }

    @Test("A hundred percent is shown only when it is finished")
    func percent() {
        #expect(Figures.percent(5, of: 5, finished: false) == "99.9")
        #expect(Figures.percent(5, of: 5, finished: true) == "100.0")
        #expect(Figures.percent(1, of: 3, finished: false) == "33.3")
        #expect(Figures.percent(1, of: 0, finished: false) == "?")
    }

    @Test("An identifier is 32 hex digits, with or without dashes")
    func identifiers() {
        #expect(MigrationID("7C1E0000-0000-0000-0000-000000000001")?.short == "7c1e")
        #expect(MigrationID("7c1e") == nil)
        #expect(ShardName("commerce/-80")?.shard == "-80")
        #expect(ShardName("/-80") == nil)
    }
}
