extension EngineTotals {
  /// What was added after `earlier`, the same replica's totals at an earlier time; peaks and capacities are of the
  /// whole run.
  public func since(_ earlier: EngineTotals) -> EngineTotals {
    var rest = self
    for counter in EngineCounter.all where counter.nature == .accumulated {
      counter.set(counter.value(in: self) - counter.value(in: earlier), in: &rest)
    }
    return rest
  }
}
