import Glibc

// The elementary functions of the C library, under names that don't clash with ours.

func logarithm(_ x: Double) -> Double { Glibc.log(x) }
func exponential(_ x: Double) -> Double { Glibc.exp(x) }
func power(_ x: Double, _ y: Double) -> Double { Glibc.pow(x, y) }

/// mu and sigma of the log-normal distribution with this mean and coefficient of variation:
/// sigma² = ln(1 + cv²), mu = ln(mean) - sigma²/2.
func logNormalParametersOf(mean: Double, cv: Double) -> (mu: Double, sigma: Double) {
  let variance = Glibc.log1p(cv * cv)
  return (Glibc.log(mean) - variance / 2, variance.squareRoot())
}
