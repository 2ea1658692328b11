// The room Calibration.
