import Metrics
import TextIO

/// What a deployment's step times rest on as a column holds it: an object of JSON, for `json_extract` and for reading
/// back.
enum StoredTrust {
  static func text(_ basis: TrustBasis) -> String {
    var json = JSONWriter()
    json.object { json in
      json.array("parts") { json in
        for part in basis.parts {
          json.object { json in
            json.string("basis", part.basis)
            json.number("decode_seconds", part.decode)
            json.number("prefill_seconds", part.prefill)
          }
        }
      }
      guard let nearest = basis.nearest else { return }
      json.object("nearest") { json in
        json.string("title", nearest.title)
        json.numbers("latency_errors", nearest.latencyErrors)
        json.numbers("throughput_errors", nearest.throughputErrors)
        json.strings("differs_in", nearest.differences)
        json.boolean("is_of_this_gpu_and_stack", nearest.isOfThisEngine)
      }
    }
    return json.text
  }

  /// - Throws: `StoreDamage` for what `text` does not write.
  static func basis(_ text: String) throws -> TrustBasis {
    let damage = StoreDamage(what: "deployments")
    guard let node = try? JSONReader.value(of: Array(text.utf8)), let parts = node["parts"]?.array else { throw damage }
    var basis = TrustBasis(parts: [], nearest: nil)
    basis.parts = try parts.map { part in
      guard let name = part["basis"]?.string, let decode = part["decode_seconds"]?.number,
        let prefill = part["prefill_seconds"]?.number
      else { throw damage }
      return TrustBasis.Part(basis: name, decode: decode, prefill: prefill)
    }
    guard let nearest = node["nearest"] else { return basis }
    guard let title = nearest["title"]?.string, let latencies = nearest["latency_errors"]?.array,
      let throughputs = nearest["throughput_errors"]?.array, let differences = nearest["differs_in"]?.array,
      let isOfThisEngine = nearest["is_of_this_gpu_and_stack"]?.boolean
    else { throw damage }
    basis.nearest = TrustBasis.SeenError(
      title: title, latencyErrors: latencies.compactMap(\.number), throughputErrors: throughputs.compactMap(\.number),
      differences: differences.compactMap(\.string), isOfThisEngine: isOfThisEngine)
    return basis
  }
}
