internal import EventModel
internal import TestSupport
internal import Transparency

/// The shape of `checkpoint.json`.
struct CheckpointVectors: Decodable {
  struct Witness: Decodable {
    let name: String
    let vkey: String
  }
  struct Cosignature: Decodable {
    let name: String
    let time: Int64
    let line: String
  }
  struct Entry: Decodable {
    let size: UInt64
    let root: String
    let text: String
    let note: String
    let cosignatures: [Cosignature]
  }
  let origin: String
  let seed: String
  let vkey: String
  let skey: String
  let witnesses: [Witness]
  let checkpoints: [Entry]
}

/// The log and the witnesses of the worked examples.
enum WorkedExample {
  static let origin = "deed.example/log1"
  static let seed = "8bc963077c02be96fbf40cee1bea09496edce3b5fec112d62e6b711a0a0e9667"
  static let vkey = "deed.example/log1+4f7b361a+ASLAbr3wc5RQeue7vJjUQa83+ungOO0IoEkk0+rhRLkj"
  static let witness1 =
    "witness.example/w1+c1e48289+BJL3ZNbq1/J08oC8/g3NHlfgE0fnuFeLOnC25pYZj6MA"
  static let witness2 =
    "witness.example/w2+ceaaf1f0+BEG1b9NyYlXdFS+kS5RlwfZDu3sKMqLp6goZJDAfysU3"

  static func keys() throws(NoteError) -> [NoteKey] {
    [try NoteKey(vkey: vkey), try NoteKey(vkey: witness1), try NoteKey(vkey: witness2)]
  }

  /// Size 2, cosigned by both witnesses.
  static let note = """
    deed.example/log1
    2
    5weXuk0UdGqIeq2OD21/A1zKXXppyn7HMzq3ROVrShk=

    — deed.example/log1 T3s2Gs3v7+K62yhNUZyuoNwYH4So6xWfSF2Q2OgFoLpZDf+ktdelXyKWrvhk36H/x7T/t2ztSiNbb48md6YmUll68g8=
    — witness.example/w1 weSCiQAAAABpINeCFUg+F1HTA+4Je8hHQ/l7v/SO6KAVK9ZzV8BoU+giTIdKwZ6dr/TpTc9dkJn6UodcMeN3MYGQMJWsnZ0DPcObCw==
    — witness.example/w2 zqrx8AAAAABpINeDFHo8lUWMR4tIuRmsC+HE7sy5PlhcgEmciwOFexA/IrYBrfar1n0KB957RncnmGXjUmfbwDDyefzIHI5Sjo+VDw==

    """

  static let root = "e70797ba4d14746a887aad8e0f6d7f035cca5d7a69ca7ec7333ab744e56b4a19"

  /// Leaf 529 of 530, and its proof.
  static let proof = """
    c2sp.org/tlog-proof@v1
    index 529
    rkyOpD9zlkxaGQmw3AABZrIEOXyqGWrPKPjF6HdlVBM=
    nEBZMpGe6gsEW1eH2LAjbOn8MrfIzwg6zv2jgtEdV/U=
    D1RZxSNIJArI/jYdtxoMl7nxa+63IJudYRxlpfiB1f0=

    deed.example/log1
    530
    9JNzbMW7zwkl4WCVCUFVsaQJ4TJdTES8QFp2GtFnja8=

    — deed.example/log1 T3s2GnedDoWetCVuKe/wiHyAF3Aeb/zdYIIclSViqwpMNqk3PUMlahVLnjEFigtxrABqHL93lpBTvURccKRU1sFd3wM=
    — witness.example/w1 weSCiQAAAABpINmSQFfaj7/Sn5k4C6b6wriRASR7I5/D/9iYufU1OfTjU9wYKc3EV1x4Ib7drW7iRQGIKW6k6V9xjTgTZDcOyoDUDQ==
    — witness.example/w2 zqrx8AAAAABpINmT0/Vq5NZfEwIUJPFLTuF2K1HHODEw6BFkz1jvdYMs/AA5NrEQnoM93wgxVTIGa2wkJdntVLYaGvZJGjq9I3whDw==

    """
}
