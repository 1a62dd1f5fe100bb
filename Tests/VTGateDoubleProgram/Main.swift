internal import Foundation
internal import VTGateDouble

/// `vtgate-double`: the double as a process, for trying the console by hand and for measuring it.
@main
struct Main {
    static let help = """
        vtgate-double [--shards N] [--keyspaces N] [--migrations N] [--rate R] [--rows N] [--seed N] [--user NAME:PASSWORD]

        Starts a server that behaves as VTGate and prints its port; ends with its standard input or a signal. Each line on standard
        input is answered with the number of statements received since the last one.
        --shards      of each keyspace (4)
        --keyspaces   commerce, then keyspace2, .. (1)
        --migrations  of each keyspace, in phases in turn: running, ready, queued, complete, failed, cancelled (10)
        --rate        how many seconds pass in one (1)
        --rows        of each table and shard (500000)
        """

    static func main() {
        var values = [
            "shards": "4", "keyspaces": "1", "migrations": "10", "rate": "1", "rows": "500000", "seed": "1", "user": "",
        ]
        var arguments = CommandLine.arguments.dropFirst()
        while let argument = arguments.popFirst() {
            let name = String(argument.drop { $0 == "-" })
            guard values[name] != nil, let value = arguments.popFirst() else {
                print(help)
                exit(argument == "--help" ? 0 : 64)
            }
            values[name] = value
        }
        func number(_ name: String) -> Int { Int(values[name] ?? "") ?? 0 }
        var configuration = FakeVTGate.Configuration()
        let tables = (0..<6).map { index in
            var table = FakeVTGate.Configuration.Table.customer
            table.name = index == 0 ? "customer" : "table\(index)"
            table.createText = table.createText.replacing("`customer` (", with: "`\(table.name)` (")
            table.rows = number("rows")
            return table
        }
        configuration.keyspaces = (0..<max(1, number("keyspaces"))).map {
            FakeVTGate.Configuration.Keyspace(
                $0 == 0 ? "commerce" : "keyspace\($0 + 1)", shardCount: number("shards"), tables: tables)
        }
        configuration.begin = Date().timeIntervalSince1970
        configuration.clock = .realTime(rate: Double(values["rate"] ?? "") ?? 1)
        configuration.commandsWaitForCutOver = true
        configuration.seed = UInt64(number("seed"))
        let user = (values["user"] ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        if user.count == 2 { configuration.users = [user[0]: user[1]] }
        do throws(ErrorAnswer) {
            let double = try FakeVTGate(configuration)
            for keyspace in configuration.keyspaces {
                try Fleet.populate(
                    double, keyspace: keyspace, migrations: number("migrations"), tables: tables.map(\.name))
            }
            print(double.port)
            fflush(nil)
            // Each line asks what clients have sent since the last one.
            while readLine() != nil {
                let sent = double.log.filter { $0.connectionID != 0 }
                let reads = sent.count { $0.isAbout("show vitess_migrations") }
                print("statements \(sent.count) reads \(reads) accidents \(double.accidents.count)")
                fflush(nil)
                double.clearLog()
            }
            double.stop()
        } catch {
            print(error.message)
            exit(1)
        }
    }
}
