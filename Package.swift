// swift-tools-version: 6.3

import PackageDescription

/// Settings every Swift target shares; a target adds to them, never removes.
let house: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .strictMemorySafety(),
  .treatAllWarnings(as: .error),
]
/// Generated code keeps the language mode; its warnings are not ours.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let protobuf: Target.Dependency = .product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let arguments: Target.Dependency = .product(
  name: "ArgumentParser", package: "swift-argument-parser")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTPTypes: Target.Dependency = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK: Target.Dependency = .product(name: "NIOHPACK", package: "swift-nio-http2")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(
  name: "HummingbirdCore", package: "hummingbird")
let hummingbirdHTTP2: Target.Dependency = .product(
  name: "HummingbirdHTTP2", package: "hummingbird")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let jwt: Target.Dependency = .product(name: "JWTKit", package: "jwt-kit")
let httpClient: Target.Dependency = .product(
  name: "AsyncHTTPClient", package: "async-http-client")
let configuration: Target.Dependency = .product(
  name: "Configuration", package: "swift-configuration")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let lifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle", package: "swift-service-lifecycle")

/// An import goes to a lower floor only: each target lists what it may import (design 0001).
let package = Package(
  name: "Deed",
  products: [
    .executable(name: "deed", targets: ["deed"]),
    .library(name: "DeedTesting", targets: ["DeedTesting"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
    .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", exact: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-http2", exact: "1.46.0"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    .package(url: "https://github.com/vapor/jwt-kit", exact: "5.7.1"),
  ],
  targets: [
    // Floor 0: C, and generated code
    .systemLibrary(name: "CLMDB", pkgConfig: "lmdb", providers: [.apt(["liblmdb-dev"])]),
    .systemLibrary(name: "CMimalloc", providers: [.apt(["libmimalloc-dev"])]),
    .systemLibrary(name: "CSHA", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
    .systemLibrary(name: "CTerminal"),
    .target(
      name: "Schema", dependencies: [protobuf], exclude: ["catalogue.tsv", "generate.sh", "proto"],
      swiftSettings: generated),
    // Run by Sources/Schema/generate.sh only.
    .executableTarget(name: "SchemaGenerator", dependencies: [protobuf], swiftSettings: house),
    // Floor 1
    .target(name: "LMDB", dependencies: ["CLMDB"], swiftSettings: house),
    .target(name: "EventModel", dependencies: ["CSHA"], swiftSettings: house),
    .target(name: "Matching", exclude: ["Phone/generate.py"], swiftSettings: house),
    // Floor 2
    .target(name: "Transparency", dependencies: ["EventModel", crypto], swiftSettings: house),
    .target(name: "Sealing", dependencies: ["EventModel", crypto], swiftSettings: house),
    // Floor 3
    .target(
      name: "Evidence", dependencies: ["EventModel", "Sealing", "Transparency", crypto],
      swiftSettings: house),
    .target(
      name: "Vault", dependencies: ["EventModel", "LMDB", "Sealing", crypto],
      swiftSettings: house),
    .target(
      name: "EventLog", dependencies: ["EventModel", "LMDB", "Schema", "Transparency", protobuf],
      swiftSettings: house),
    .target(
      name: "CRM", dependencies: ["EventModel", "Matching", "Schema", protobuf],
      swiftSettings: house),
    // Floor 4
    .target(
      name: "Commands",
      dependencies: [
        "CRM", "EventLog", "EventModel", "Evidence", "LMDB", "Matching", "Schema", "Sealing",
        "Transparency", "Vault", protobuf,
      ], swiftSettings: house),
    .target(
      name: "ReadModels",
      dependencies: [
        "CRM", "CSQLite", "EventLog", "EventModel", "LMDB", "Schema", grdb, protobuf, sqlite,
      ], swiftSettings: house),
    // Floor 5
    .target(
      name: "Audit",
      dependencies: [
        "CRM", "EventLog", "EventModel", "Evidence", "LMDB", "ReadModels", "Schema", "Sealing",
        "Transparency", "Vault", protobuf,
      ], swiftSettings: house),
    .target(
      name: "Policies",
      dependencies: ["CRM", "Commands", "EventLog", "EventModel", "LMDB", "Schema", protobuf],
      swiftSettings: house),
    .target(
      name: "Subscriptions", dependencies: ["EventLog", "EventModel", "LMDB", crypto],
      swiftSettings: house),
    .target(
      name: "DeedTesting",
      dependencies: ["EventLog", "EventModel", "ReadModels", "Schema", protobuf],
      swiftSettings: house),
    // Floor 6
    .target(
      name: "Service",
      dependencies: [
        "Audit", "CRM", "Commands", "EventLog", "EventModel", "Evidence", "LMDB", "Matching",
        "Policies", "ReadModels", "Schema", "Subscriptions", "Transparency", "Vault", grdb,
        protobuf,
        yams,
      ], swiftSettings: house),
    // Floor 7
    .target(name: "Console", dependencies: ["CTerminal", "Service"], swiftSettings: house),
    .target(
      name: "GRPCAPI",
      dependencies: ["Schema", "Service", nio, nioHPACK, nioHTTP2, nioPosix, protobuf],
      swiftSettings: house),
    .target(
      name: "HTTPAPI",
      dependencies: [
        "Schema", "Service", "Subscriptions", configuration, httpClient, httpTypes, hummingbird,
        hummingbirdCore,
        hummingbirdHTTP2, hummingbirdTLS, jwt, lifecycle, logging, nio, nioHTTP1, nioHTTPTypes,
        nioPosix, nioSSL,
        nioTLS,
      ], swiftSettings: house),
    // Floor 8
    .executableTarget(
      name: "deed",
      dependencies: [
        "CMimalloc", "Console", "GRPCAPI", "HTTPAPI", "Service", arguments, nio, nioPosix,
      ],
      swiftSettings: house),

    .target(
      name: "TestSupport", dependencies: ["EventLog", "EventModel", "LMDB", "Transparency"],
      path: "Tests/TestSupport", swiftSettings: house),
    // Run by tests of faults: writes to a log until it is killed, or follows one.
    .executableTarget(
      name: "crash-writer", dependencies: ["EventLog", "EventModel", "TestSupport"],
      path: "Tests/CrashWriter", swiftSettings: house),
    .testTarget(name: "LMDBTests", dependencies: ["LMDB"], swiftSettings: house),
    .testTarget(
      name: "EventModelTests", dependencies: ["EventModel", "TestSupport"], swiftSettings: house),
    // Records of which the truth is known, for tests and benchmarks.
    .target(
      name: "MatchingQuality", dependencies: ["Matching"], path: "Benchmarks/MatchingQuality",
      swiftSettings: house),
    .testTarget(
      name: "MatchingTests", dependencies: ["Matching", "MatchingQuality", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "TransparencyTests", dependencies: ["EventModel", "TestSupport", "Transparency"],
      swiftSettings: house),
    .testTarget(
      name: "VaultTests", dependencies: ["EventModel", "Sealing", "TestSupport", "Vault", crypto],
      swiftSettings: house),
    .testTarget(
      name: "EvidenceTests",
      dependencies: [
        "EventModel", "Evidence", "Sealing", "TestSupport", "Transparency", crypto,
      ],
      swiftSettings: house),
    .testTarget(
      name: "EventLogTests",
      dependencies: [
        "EventLog", "EventModel", "LMDB", "Schema", "Sealing", "TestSupport", "Transparency",
        "Vault", "crash-writer", protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "CRMTests",
      dependencies: ["CRM", "EventModel", "Matching", "Schema", "TestSupport", protobuf],
      swiftSettings: house),
    .testTarget(
      name: "CommandsTests",
      dependencies: [
        "CRM", "Commands", "EventLog", "EventModel", "Matching", "Schema", "Sealing", "TestSupport",
        "Vault", protobuf, yams,
      ], swiftSettings: house),
    .testTarget(
      name: "ReadModelsTests",
      dependencies: [
        "CRM", "DeedTesting", "EventLog", "EventModel", "LMDB", "ReadModels", "Schema",
        "TestSupport", grdb, protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "DeedTestingTests",
      dependencies: ["DeedTesting", "EventModel", "ReadModels", "Schema", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "AuditTests",
      dependencies: [
        "Audit", "CRM", "EventLog", "EventModel", "LMDB", "Schema", "TestSupport", "Transparency",
        "Vault", protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "PoliciesTests",
      dependencies: [
        "CRM", "Commands", "EventLog", "EventModel", "LMDB", "Policies", "Schema", "TestSupport",
        "Vault", protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "SubscriptionsTests",
      dependencies: ["EventLog", "EventModel", "LMDB", "Subscriptions", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "CRM", "Commands", "EventLog", "EventModel", "Evidence", "LMDB", "Policies", "ReadModels",
        "Schema", "Service", "Subscriptions", "TestSupport", "Transparency", "Vault", protobuf,
        yams,
      ],
      swiftSettings: house),
    .testTarget(
      name: "ConsoleTests", dependencies: ["Console", "Service", "TestSupport"],
      swiftSettings: house),
    .testTarget(
      name: "GRPCAPITests",
      dependencies: [
        "GRPCAPI", "Schema", "Service", "TestSupport", nio, nioHPACK, nioPosix, protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "HTTPAPITests",
      dependencies: [
        "EventLog", "EventModel", "HTTPAPI", "Schema", "Service", "Subscriptions", "TestSupport",
        crypto, httpClient, logging, nio, nioHTTP1, nioPosix, nioSSL, protobuf,
      ], swiftSettings: house),
    .testTarget(
      name: "CommandLineTests", dependencies: ["TestSupport", "deed"], swiftSettings: house),
    .testTarget(name: "TidyTests", dependencies: ["TestSupport"], swiftSettings: house),
  ]
)

// Benchmarks cost a package more and an optimised build: `make bench` alone asks for them.
if Context.environment["DEED_BENCHMARKS"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []))
  package.targets += [
    .target(
      name: "BenchmarkLoad", dependencies: ["EventLog", "EventModel", "Schema", protobuf],
      path: "Benchmarks/Load", swiftSettings: house),
    .executableTarget(
      name: "deed-bench",
      dependencies: [
        "Audit", "BenchmarkLoad", "CMimalloc", "CRM", "EventLog", "EventModel", "Evidence", "LMDB",
        "ReadModels", "Schema", "Sealing", "Transparency", "Vault", protobuf,
      ], path: "Benchmarks/Runner", swiftSettings: house),
    // The floor of the server's figures.
    .executableTarget(
      name: "bare-server",
      dependencies: [
        "BenchmarkLoad", "EventLog", "EventModel", httpTypes, hummingbird, hummingbirdCore, logging,
        nio,
      ], path: "Benchmarks/BareServer", swiftSettings: house),
    .executableTarget(
      name: "bench-matching", dependencies: ["Matching", "MatchingQuality"],
      path: "Benchmarks/Matching", swiftSettings: house),
    .executableTarget(
      name: "MicroBenchmarks",
      dependencies: [
        "BenchmarkLoad", "EventLog", "EventModel", "Schema", "Transparency",
        .product(name: "Benchmark", package: "benchmark"), protobuf,
      ], path: "Benchmarks/Micro", swiftSettings: house,
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ]
}

// `make sanitize` instruments the lower floors, and builds nothing above them.
if let sanitizer = Context.environment["DEED_SANITIZER"] {
  let lowerFloors: Set = [
    "CLMDB", "CSHA", "Schema", "LMDB", "EventModel", "Transparency", "Sealing", "Vault", "EventLog",
    "TestSupport", "crash-writer", "LMDBTests", "EventModelTests", "TransparencyTests",
    "VaultTests",
    "EventLogTests",
  ]
  package.targets.removeAll { !lowerFloors.contains($0.name) }
  package.products.removeAll()
  if sanitizer == "thread" {
    package.targets.append(.target(name: "ThreadSanitizer", path: "Tests/ThreadSanitizer"))
    package.targets.first { $0.name == "TestSupport" }?.dependencies.append("ThreadSanitizer")
  }
}
