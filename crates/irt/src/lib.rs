//! Item response theory: calibration and scoring of binary responses
