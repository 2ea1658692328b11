// The room Regression.
