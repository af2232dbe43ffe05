internal import Benchmark

let benchmarks: @Sendable () -> Void = {
}
