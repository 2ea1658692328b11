import StepTime

extension EngineCosts {
  /// vLLM V1 as fitted on top of a profile, where it was, or on top of published tables.
  public static func vllm(on profile: StepTimeProfile?) -> EngineCosts { profile?.engines.first ?? vllmV1 }

  /// vLLM V1 on the kernel times of a GPU's embedded profile.
  public static func vllm(onGPU gpu: String) throws -> EngineCosts {
    vllm(on: try ProfileLibrary.profile(forGPU: gpu))
  }

  public static let vllmV1 = embedded("vllm-v1")

  /// vLLM V1 launching kernel by kernel.
  public static let vllmEager = vllmV1.withoutGraphs(launchPerLayer: 0.3e-3, source: "as the stack's file says")

  /// An engine of the catalogue.
  ///
  /// - Precondition: it is there and sound.
  public static func embedded(_ name: String) -> EngineCosts {
    do { return try EngineLibrary.costs(named: name) } catch { preconditionFailure("\(error)") }
  }
}
