/// How urgent a request is: online requests have a person waiting, offline ones fill idle capacity.
public enum RequestClass: String, CaseIterable, Sendable, Codable, BitwiseCopyable {
  case online
  case offline
}
