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
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#endif
