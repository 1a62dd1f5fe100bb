internal import Foundation
internal import MySQLClient
import Testing

@Suite struct BinlogPositionTests {
    @Test("Positions order by the file's number, then by offset")
    func order() {
        let positions = ["b.000009:9", "b.000010:4", "b.000010:500", "b.999999:4", "b.1000000:4"].compactMap {
            BinlogPosition($0)
        }
        #expect(positions.count == 5 && positions.shuffled().sorted() == positions)
        #expect(positions.map(\.description).compactMap { BinlogPosition($0) } == positions)
        #expect(BinlogPosition("nothing") == nil && BinlogPosition(":4") == nil && BinlogPosition("f:x") == nil)
    }

    static let sets = [
        "", "3e11fa47-71ca-11e1-9e33-c80aa9429562:1-5:7:9-12",
        "3e11fa47-71ca-11e1-9e33-c80aa9429562:1:3:backup:1-2,4e11fa47-71ca-11e1-9e33-c80aa9429562:night_1:5",
    ]

    @Test("A GTID set reads back as it was written, as text, bytes and JSON", arguments: sets)
    func roundTrip(text: String) throws {
        let set = try #require(MySQLGTIDSet(text))
        #expect(set.description == text)
        #expect(try MySQLGTIDSet(encoded: set.encoded()) == set)
        let position = GTIDPosition.mysql(set)
        #expect(try JSONDecoder().decode(GTIDPosition.self, from: JSONEncoder().encode(position)) == position)
    }

    @Test("Intervals grow together, in any order")
    func merging() throws {
        let uuid = "3E11FA47-71CA-11E1-9E33-C80AA9429562"
        let source = MySQLGTIDSet.Source(uuid: uuid)
        for seed in 0..<50 {
            var numbers = Array(1...40).filter { ($0 * 7 + seed) % 5 != 0 }.map { Int64($0) }
            numbers.shuffle()
            var set = MySQLGTIDSet()
            for number in numbers { set.insert(number...number, from: source) }
            let ranges = set.intervals[source] ?? []
            #expect(Set(ranges.flatMap { Array($0) }) == Set(numbers))
            #expect(zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound + 1 < $1.lowerBound })
        }
        var left = try #require(MySQLGTIDSet("\(uuid):1-5"))
        let right = try #require(MySQLGTIDSet("\(uuid):6-9, \(uuid):t:1"))
        #expect(!left.contains(right))
        left.merge(right)
        #expect(left.contains(right) && left.description == uuid.lowercased() + ":1-9:t:1")
        for bad in ["x:1", "\(uuid)", "\(uuid):0", "\(uuid):1-2-3", "\(uuid):-5"] { #expect(MySQLGTIDSet(bad) == nil) }
    }

    @Test("MariaDB's list keeps the last of each domain")
    func mariadb() throws {
        var list = try #require(MariaDBGTIDList("7-2-5,0-1-100"))
        #expect(list.description == "0-1-100,7-2-5")
        list.advance(to: MariaDBGTID(domain: 0, server: 3, sequence: 101))
        #expect(list.description == "0-3-101,7-2-5")
        #expect(
            MariaDBGTIDList("0-1-1,0-1-2") == nil && MariaDBGTIDList("0-1") == nil
                && MariaDBGTIDList("")?.description == "")
        #expect(GTIDPosition.mariadb(list).contains(.mariadb(MariaDBGTID(domain: 0, server: 1, sequence: 101))))
    }
}
