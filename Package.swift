// swift-tools-version: 6.2
import PackageDescription

/// Every target of ours: strict concurrency, explicit existentials, internal imports, and no warning survives.
let house: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

/// Pure targets: values in, values out; no clock, randomness, file, socket or `async` body.
let pure: [SwiftSetting] = house + [.strictMemorySafety()]

let package = Package(
    name: "lockstep",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lockstep", targets: ["lockstep"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
    ],
    targets: [
        // C libraries behind thin modules.
        .systemLibrary(name: "CMariaDB", pkgConfig: "libmariadb", providers: [.apt(["libmariadb-dev"])]),
        .systemLibrary(name: "CCompression", providers: [.apt(["libzstd-dev", "zlib1g-dev"])]),
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),

        // Pure: what is true, and what may happen next.
        .target(name: "Schema", swiftSettings: pure),
        .target(name: "Core", dependencies: ["Schema"], swiftSettings: pure),

        // The engine and its memory.
        .target(
            name: "Journal",
            dependencies: [
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: house),
        .target(name: "Engine", dependencies: ["Core", "Journal"], swiftSettings: house),
        .target(name: "Control", dependencies: ["Core"], swiftSettings: house),

        // The servers.
        .target(name: "MySQLClient", dependencies: ["CMariaDB", "CCompression"], swiftSettings: house),
        .target(name: "OnlineSchemaChange", dependencies: ["Core", "Schema", "MySQLClient"], swiftSettings: house),

        // Vitess through VTGate: what its answers mean and what may be said to it, and the sessions that say it.
        .target(name: "Vitess", dependencies: ["Core", "Schema"], swiftSettings: pure),
        .target(name: "VitessExecutor", dependencies: ["Core", "Vitess", "MySQLClient"], swiftSettings: house),

        // What the operator writes and sees.
        .target(
            name: "Manifests", dependencies: ["Core", "Schema", .product(name: "Yams", package: "Yams")],
            swiftSettings: house),
        .target(
            name: "Terminal", dependencies: ["CNcurses", .product(name: "Yams", package: "Yams")],
            swiftSettings: house),
        .target(name: "Console", dependencies: ["Core", "Terminal"], swiftSettings: house),

        // Real servers and real traffic, for `lockstep demo` and for the tests.
        .target(
            name: "Sandbox",
            dependencies: ["MySQLClient", .product(name: "Histogram", package: "hdrhistogram-swift")],
            swiftSettings: house),

        .executableTarget(
            name: "lockstep",
            dependencies: [
                "Core", "Schema", "Journal", "Engine", "Control", "MySQLClient", "OnlineSchemaChange", "Manifests",
                "Terminal", "Console", "Sandbox", "Vitess", "VitessExecutor",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: house),

        // A server that behaves as the recorded VTGate, for tests, measurements and trying the console; never shipped.
        .target(name: "VTGateDouble", path: "Tests/VTGateDouble", swiftSettings: house),
        .executableTarget(
            name: "vtgate-double", dependencies: ["VTGateDouble"], path: "Tests/VTGateDoubleProgram",
            swiftSettings: house),
        .testTarget(name: "VTGateDoubleTests", dependencies: ["VTGateDouble", "MySQLClient"], swiftSettings: house),

        .testTarget(name: "SchemaTests", dependencies: ["Schema"], swiftSettings: house),
        .testTarget(name: "CoreTests", dependencies: ["Core", "Schema"], swiftSettings: house),
        .testTarget(
            name: "JournalTests", dependencies: ["Journal", .product(name: "GRDB", package: "GRDB.swift")],
            swiftSettings: house),
        .testTarget(name: "EngineTests", dependencies: ["Engine", "Core", "Journal"], swiftSettings: house),
        .testTarget(name: "ControlTests", dependencies: ["Control", "Core"], swiftSettings: house),
        .testTarget(name: "ManifestsTests", dependencies: ["Manifests", "Core"], swiftSettings: house),
        .testTarget(name: "TerminalTests", dependencies: ["Terminal"], swiftSettings: house),
        .testTarget(
            name: "ConsoleTests", dependencies: ["Console", "Core", "Terminal", "Vitess"], exclude: ["Golden"],
            swiftSettings: house),
        .testTarget(
            name: "MySQLClientTests", dependencies: ["MySQLClient", "Sandbox"], swiftSettings: house),
        .testTarget(name: "SandboxTests", dependencies: ["Sandbox", "MySQLClient"], swiftSettings: house),
        .testTarget(
            name: "OnlineSchemaChangeTests",
            dependencies: ["OnlineSchemaChange", "Core", "Schema", "MySQLClient", "Sandbox"],
            swiftSettings: house),
        .testTarget(name: "VitessTests", dependencies: ["Vitess", "Core"], swiftSettings: house),
        .testTarget(
            name: "VitessExecutorTests",
            dependencies: ["VitessExecutor", "Vitess", "Core", "MySQLClient", "VTGateDouble"], swiftSettings: house),
        .testTarget(
            name: "ScenarioTests",
            dependencies: [
                "lockstep", "Core", "Engine", "Journal", "Control", "OnlineSchemaChange", "MySQLClient", "Manifests",
                "Sandbox", "Schema", "Vitess", "VitessExecutor", "VTGateDouble",
            ],
            swiftSettings: house),
    ],
    swiftLanguageModes: [.v6]
)
