internal import EventModel
public import Foundation

/// Times as text.
public enum TimeText {
  /// RFC 3339 in UTC.
  public static func universal(_ microseconds: Int64) -> String {
    Timestamp(microseconds: microseconds).description
  }

  /// `YYYY-MM-DD HH:MM:SS` by the zone's rules at that moment.
  public static func local(_ microseconds: Int64, in zone: TimeZone) -> String {
    let seconds =
      microseconds >= 0 ? microseconds / 1_000_000 : (microseconds - 999_999) / 1_000_000
    let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
    let shifted = Timestamp(microseconds: (seconds + Int64(offset)) * 1_000_000).description
    return shifted.prefix(10) + " " + shifted.dropFirst(11).prefix(8)
  }
}

/// How many digits a currency's minor unit has (ISO 4217); two unless listed.
public enum CurrencyDigits {
  private static let none: Set<String> = [
    "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV",
    "XAF", "XOF", "XPF",
  ]
  private static let three: Set<String> = ["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"]

  /// 0, 2 or 3.
  public static func count(of currency: String) -> Int {
    if none.contains(currency) { return 0 }
    return three.contains(currency) ? 3 : 2
  }
}
