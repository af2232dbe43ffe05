import Foundation
import MatchingQuality
import TestSupport
import Testing

/// How well duplicates are found where somebody knows the truth: the short version of
/// `make bench-matching`; `DEED_LONG_TESTS=1` takes whole files.
@Suite(.enabled(if: SharedData.isPresent)) struct QualityTests {
  private static let folder = PackageRoot.path + "/../shared/data"
  private static let isLong = ProcessInfo.processInfo.environment["DEED_LONG_TESTS"] == "1"

  @Test func `persons with errors of typing are found`() throws {
    let records = try DataSets.febrl1(in: Self.folder)
    let quality = MatchingQuality(of: Self.isLong ? records : records.first(200))
    #expect(quality.truth > 10)
    #expect(quality.f1 >= 0.90)
  }

  @Test func `restaurants of two guides are found`() throws {
    let records = try DataSets.fodorsZagats(in: Self.folder)
    let quality = MatchingQuality(of: Self.isLong ? records : records.with(120, of: 533))
    #expect(quality.truth > 50)
    #expect(quality.f1 >= (Self.isLong ? 0.95 : 0.90))
  }
}
