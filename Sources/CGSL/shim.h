// GSL, made usable from Swift 6: C globals become accessors, and a random generator can run on four words that
// Swift owns, so that a stream stays a value.
#ifndef SPILLWAY_CGSL_SHIM_H
#define SPILLWAY_CGSL_SHIM_H
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_fit.h>
#include <gsl/gsl_multifit.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

// Random numbers: a GSL generator whose state is four words that Swift owns (Kernel.RandomStream.words). Both sides
// run xoshiro256++ (Blackman and Vigna, ACM TOMS 47, 2021), so drawing here or in Swift advances one stream. The
// gsl_rng lives on the stack for the length of a call: nothing is allocated and the stream stays a value.
// The callers check parameters; none of these functions reports errors.
#include <stdint.h>

static inline uint64_t spillway_xoshiro_next(uint64_t *words) {
  const uint64_t sum = words[0] + words[3];
  const uint64_t result = ((sum << 23) | (sum >> 41)) + words[0];
  const uint64_t shifted = words[1] << 17;
  words[2] ^= words[0];
  words[3] ^= words[1];
  words[1] ^= words[2];
  words[0] ^= words[3];
  words[2] ^= shifted;
  words[3] = (words[3] << 45) | (words[3] >> 19);
  return result;
}

// GSL asks for a seeding function; a stream is seeded in Swift, so this one leaves the words alone.
static void spillway_xoshiro_set(void *state, unsigned long seed) {
  (void)state;
  (void)seed;
}

static unsigned long spillway_xoshiro_get(void *state) { return spillway_xoshiro_next((uint64_t *)state); }

static double spillway_xoshiro_get_double(void *state) {
  return (double)(spillway_xoshiro_next((uint64_t *)state) >> 11) * 0x1p-53;
}

static const gsl_rng_type spillway_xoshiro = {
    "xoshiro256++", UINT64_MAX, 0, 4 * sizeof(uint64_t), spillway_xoshiro_set, spillway_xoshiro_get,
    spillway_xoshiro_get_double};

static inline double spillway_random_exponential(uint64_t *words, double mean) {
  const gsl_rng generator = {&spillway_xoshiro, words};
  return gsl_ran_exponential(&generator, mean);
}

static inline double spillway_random_gamma(uint64_t *words, double shape, double scale) {
  const gsl_rng generator = {&spillway_xoshiro, words};
  return gsl_ran_gamma(&generator, shape, scale);
}

static inline double spillway_random_weibull(uint64_t *words, double scale, double shape) {
  const gsl_rng generator = {&spillway_xoshiro, words};
  return gsl_ran_weibull(&generator, scale, shape);
}

static inline double spillway_random_lognormal(uint64_t *words, double mu, double sigma) {
  const gsl_rng generator = {&spillway_xoshiro, words};
  return gsl_ran_lognormal(&generator, mu, sigma);
}

// Tukey's bisquare weights; the library's global is a variable, which Swift 6 would not read.
static inline const gsl_multifit_robust_type *spillway_bisquare(void) { return gsl_multifit_robust_bisquare; }
#endif
