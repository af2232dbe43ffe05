extension Measures {
  static func verify(_ arguments: Arguments) throws -> Figures { throw BenchError.usage }
  static func rebuild(_ arguments: Arguments) throws -> Figures { throw BenchError.usage }
}
