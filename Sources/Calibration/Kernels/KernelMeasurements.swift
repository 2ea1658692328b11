import CUDA
import Models
import StepTime

/// Everything that is measured of kernels, launches and collectives.
public enum KernelMeasurements {
  /// The measurements of a machine, in order.
  ///
  /// A library that is missing becomes one measurement that fails with the places where it was looked for; what does
  /// not apply to the machine (collectives on one GPU, fp8 on a chip without it) is left out.
  ///
  /// - Parameters:
  ///   - bench: its first GPU runs the kernels, all of them the collectives.
  ///   - plan: sizes; of the catalogue's models when `nil`.
  ///   - reference: the profile that the results are compared with at the end, where there is one of this kind of GPU.
  public static func all(_ bench: Bench, plan: KernelPlan? = nil, reference: StepTimeProfile? = nil) -> [Measurement] {
    let plan = plan ?? standardPlan(quick: bench.isQuick)
    let shared = KernelBench(bench, plan)
    var list = LaunchMeasurements(shared).measurements()
    do {
      let name = LibraryName.cuBLASLt(driverVersion: bench.driver.version)
      let library = try DynamicLibrary(name, system: bench.system)
      list += matrices(shared, try CuBLASLtFunctions(library), path: library.path)
    } catch {
      list.append(Measurement(.gemm, "matrix products", expectedSeconds: 0) { _, _ in throw error })
    }
    list += AttentionMeasurements(shared).measurements()
    if bench.devices.count > 1 {
      do {
        let nccl = try NCCL(system: bench.system)
        list += collectives(bench, plan, nccl)
      } catch {
        list.append(Measurement(.collectives, "collectives", expectedSeconds: 0) { _, _ in throw error })
      }
    }
    if let reference { list.append(comparison(with: reference)) }
    return list
  }

  /// The plan for the catalogue's models.
  public static func standardPlan(quick: Bool) -> KernelPlan {
    let models = ModelCatalogue.names.compactMap { try? ModelCatalogue.model(named: $0) }
    return quick ? .quick(models) : .full(models)
  }

  static func matrices(_ shared: KernelBench, _ functions: CuBLASLtFunctions, path: String) -> [Measurement] {
    do {
      let library = try CuBLASLt(shared.device, functions, path: path)
      let version = Measurement(.gemm, "cuBLASLt's version", expectedSeconds: 0) { _, findings in
        findings.note("matrix products: cuBLASLt \(library.version), the heuristic's first algorithm")
      }
      return [version] + MatrixMeasurements(shared, library).measurements()
    } catch {
      return [Measurement(.gemm, "matrix products", expectedSeconds: 0) { _, _ in throw error }]
    }
  }

  static func collectives(_ bench: Bench, _ plan: KernelPlan, _ nccl: NCCL) -> [Measurement] {
    let version = Measurement(.collectives, "NCCL's version", expectedSeconds: 0) { _, findings in
      findings.note("collectives: NCCL \(nccl.version), bf16, one process, NVLink multicast off")
    }
    return [version] + CollectiveMeasurements(bench, plan, nccl).measurements()
  }

  static func comparison(with reference: StepTimeProfile) -> Measurement {
    Measurement(.gemm, "comparison with \(reference.name)", expectedSeconds: 0.2) { _, findings in
      let comparison = KernelComparison(findings.sections, against: reference)
      if comparison.points.isEmpty { return }
      findings.add([comparison.section])
      for line in comparison.summary { findings.note("against \(reference.name): \(line)") }
    }
  }
}
