//! Quadrature, special functions, counter-based random numbers and convergence verdicts
