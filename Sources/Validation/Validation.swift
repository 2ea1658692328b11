// The room Validation.
