import Foundation
import Glibc
import Testing

private let cluster = """
    apiVersion: lockstep/v1
    kind: Cluster
    metadata: {name: nowhere}
    credentials: {user: nobody}
    keyspaces:
      - name: commerce
        shards:
          - {name: "-", primary: "127.0.0.1:1"}

    """

private let manifest = """
    apiVersion: lockstep/v1
    kind: Migration
    metadata: {name: add-note}
    spec:
      keyspace: commerce
      table: orders
      alter: ADD COLUMN note TEXT

    """

@Suite("Bad input on the command line")
struct BadInputTests {
    @Test("Malformed YAML names file and line and exits 78", arguments: ["apply", "plan"])
    func malformedYAML(command: String) async throws {
        try await withProgram { program in
            let file = try program.write("apiVersion: lockstep/v1\nkind: [Migration\n", "bad.yaml")
            let clusters = try program.write(cluster, "clusters.yaml")
            let more = command == "plan" ? ["--clusters", clusters] : []
            let outcome = try await program.run([command, "-f", file] + more)
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.hasPrefix("\(file):3"), "\(outcome)")
            #expect(outcome.output.isEmpty)
        }
    }

    @Test("An unknown field names its line, the likely meaning and what is allowed")
    func unknownField() async throws {
        try await withProgram { program in
            let file = try program.write(manifest + "  cutover: {}\n", "bad.yaml")
            let outcome = try await program.run("apply", "-f", file)
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.contains("\(file):8:3: unknown field \"cutover\" in spec: do you mean \"cutOver\"?"))
            #expect(outcome.errors.contains("allowed"))
        }
    }

    @Test("A file that is not there is a configuration error with the system's reason")
    func missingFile() async throws {
        try await withProgram { program in
            let outcome = try await program.run("apply", "-f", program.directory + "/none.yaml")
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.contains("none.yaml: cannot be read: No such file or directory"))
        }
    }

    @Test("A cluster file with a password is refused, and the password is not repeated")
    func passwordInFile() async throws {
        try await withProgram { program in
            let bad = cluster.replacing("{user: nobody}", with: "{user: nobody, password: hunter2}")
            let clusters = try program.write(bad, "clusters.yaml")
            let outcome = try await program.run("engine", "--clusters", clusters)
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.contains("unknown field \"password\""))
            #expect(!outcome.errors.contains("hunter2"))
            #expect(!FileManager.default.fileExists(atPath: program.directory + "/state"))
        }
    }

    @Test("A password variable that is not set is named")
    func missingPassword() async throws {
        try await withProgram { program in
            let bad = cluster.replacing("{user: nobody}", with: "{user: nobody, passwordEnv: NO_SUCH_VARIABLE_HERE}")
            let clusters = try program.write(bad, "clusters.yaml")
            let file = try program.write(manifest, "m.yaml")
            let outcome = try await program.run("plan", "-f", file, "--clusters", clusters)
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.contains("NO_SUCH_VARIABLE_HERE"))
        }
    }

    @Test("A keyspace the cluster file does not have is refused with those it has")
    func unknownKeyspace() async throws {
        try await withProgram { program in
            let clusters = try program.write(cluster, "clusters.yaml")
            let file = try program.write(manifest.replacing("commerce", with: "elsewhere"), "m.yaml")
            let outcome = try await program.run("plan", "-f", file, "--clusters", clusters)
            #expect(outcome.code == 78, "\(outcome)")
            #expect(outcome.errors.contains("commerce"))
        }
    }

    @Test("A plan on a server that is down is refused, exit 1, and names the shard")
    func serverDown() async throws {
        try await withProgram { program in
            let clusters = try program.write(cluster, "clusters.yaml")
            let file = try program.write(manifest, "m.yaml")
            let outcome = try await program.run("plan", "-f", file, "--clusters", clusters)
            #expect(outcome.code == 1, "\(outcome)")
            #expect(outcome.output.contains("127.0.0.1:1"), "\(outcome)")
            #expect(outcome.errors.contains("nothing was changed"))
        }
    }

    @Test("Without an engine every command that needs one exits 69 and says how to start it")
    func noEngine() async throws {
        try await withProgram { program in
            let file = try program.write(manifest, "m.yaml")
            for arguments in [
                ["status"], ["status", "--json"], ["watch"], ["complete"], ["cleanup", "7c1e"], ["apply", "-f", file],
                ["console", "--once"], ["console"],
            ] {
                let outcome = try await program.run(arguments)
                #expect(outcome.code == 69, "\(arguments): \(outcome)")
                #expect(outcome.errors.contains("lockstep engine --clusters"), "\(arguments): \(outcome)")
                #expect(outcome.output.isEmpty)
            }
        }
    }

    @Test("An unknown command or option is a usage error, exit 64")
    func usage() async throws {
        try await withProgram { program in
            let file = try program.write(manifest, "m.yaml")
            for arguments in [
                ["frobnicate"], ["status", "--frobnicate"], ["apply"], ["complete", "--ratio", "0.5"],
                ["apply", "-f", file, "--id", "7c"], ["console", "--write", "--readonly"], ["demo", "--shards", "0"],
            ] {
                let outcome = try await program.run(arguments)
                #expect(outcome.code == 64, "\(arguments): \(outcome)")
            }
        }
    }

    @Test("Help is not an error and names every order")
    func help() async throws {
        try await withProgram { program in
            let outcome = try await program.run("--help")
            #expect(outcome.code == 0)
            for word in ["engine", "plan", "apply", "status", "watch", "console", "demo", "force-cutover", "cleanup"] {
                #expect(outcome.output.contains("\n  \(word) "), "\(word)")
            }
        }
    }

    @Test("The interactive demo starts no server where there is no terminal")
    func demoWithoutTerminal() async throws {
        try await withProgram { program in
            let outcome = try await program.run("demo")
            #expect(outcome.code == 64, "\(outcome)")
            #expect(outcome.errors.contains("--headless"))
            #expect(outcome.output.isEmpty)
        }
    }
}

@Suite("An engine of its own")
struct EngineProcessTests {
    /// Runs an engine on servers that are not there while `body` runs, then stops it with SIGTERM.
    private func withEngine(_ body: (Program, _ engine: Program.Running) async throws -> Void) async throws {
        try await withProgram { program in
            let clusters = try program.write(cluster, "clusters.yaml")
            let engine = try program.start(["engine", "--clusters", clusters])
            let deadline = ContinuousClock.now + .seconds(20)
            while try await program.run("status").code != 0 {
                guard engine.process.isRunning, ContinuousClock.now < deadline else {
                    Issue.record("the engine does not serve: \(try program.text(engine.errors))")
                    break
                }
            }
            do { try await body(program, engine) } catch {
                await Self.end(engine)
                throw error
            }
            await Self.end(engine)
            let log = try program.text(engine.errors)
            #expect(engine.process.terminationStatus == 0, "\(log)")
        }
    }

    /// The engine is the only child of the `setsid` that waits for it.
    private static func end(_ engine: Program.Running) async {
        let pid = engine.process.processIdentifier
        let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        let child = children?.split(separator: " ").first.flatMap { pid_t($0) }
        // Without --wait's own fork, setsid has become the engine itself.
        kill(child ?? pid, SIGTERM)
        await engine.end()
    }

    @Test("A second engine on the same journal is refused with the first one's pid, and the first goes on")
    func secondEngine() async throws {
        try await withEngine { program, engine in
            let first = try program.text(engine.errors)
            let pid = try #require(first.firstMatch(of: /pid (\d+)/)?.1)
            let outcome = try await program.run("engine", "--clusters", program.directory + "/clusters.yaml")
            #expect(outcome.code == 75, "\(outcome)")
            #expect(outcome.errors.contains("(pid \(pid))"), "\(outcome)")
            #expect(try await program.run("status").code == 0)
        }
    }

    @Test("State directory, journal and socket are the user's alone")
    func modes() async throws {
        try await withEngine { program, _ in
            for (name, mode) in [("", 0o700), ("/journal.sqlite", 0o600), ("/engine.sock", 0o600)] {
                let attributes = try FileManager.default.attributesOfItem(atPath: program.directory + "/state" + name)
                #expect(attributes[.posixPermissions] as? Int == mode, "\(name)")
            }
        }
    }

    @Test("A manifest that no shard can take is refused with the plan, and nothing is submitted")
    func refusedSubmission() async throws {
        try await withEngine { program, _ in
            let outcome = try await program.run("apply", "-f", try program.write(manifest, "m.yaml"))
            #expect(outcome.code == 1, "\(outcome)")
            #expect(outcome.errors.contains("Nothing was submitted"), "\(outcome)")
            #expect(try await program.run("status").output.contains("no migrations"))
        }
    }

    @Test("An order without a migration to aim at is refused; one with an unknown id too")
    func nothingToOrder() async throws {
        try await withEngine { program, _ in
            let none = try await program.run("complete", "--yes")
            #expect(none.code == 1 && none.errors.contains("No migration runs"), "\(none)")
            let unknown = try await program.run("cancel", "7c1e", "--reason", "test")
            #expect(unknown.code == 1 && unknown.errors.contains("no migration 7c1e"), "\(unknown)")
        }
    }

    @Test("The console without a terminal says so and changes nothing; with --once it prints the fleet")
    func consoleWithoutTerminal() async throws {
        try await withEngine { program, _ in
            let screen = try await program.run(["console"], environment: ["TERM": "xterm-256color"])
            #expect(screen.code == 64 && screen.errors.contains("needs a terminal"), "\(screen)")
            let once = try await program.run("console", "--once")
            #expect(once.code == 0 && once.output.contains("nowhere"), "\(once)")
            let dumb = try await program.run(["console"], environment: ["TERM": "dumb"])
            #expect(dumb.code == 0 && dumb.output.contains("nowhere"), "\(dumb)")
            let theme = try await program.run(["console", "--theme", "none-such"], environment: ["TERM": "xterm"])
            #expect(theme.code == 78 && theme.errors.contains("dark"), "\(theme)")
        }
    }
}
