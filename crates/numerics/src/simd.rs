//! Kernels for the vector instructions of the machine.

use pulp::Arch;

/// Runs `kernel` compiled for the widest vector instructions of this machine.
///
/// Kernels may only use element-wise arithmetic and sums over a fixed number of lanes, and Rust never
/// fuses or reorders floating-point operations, so the bytes do not depend on the machine.
#[inline]
pub fn vectorized<R>(kernel: impl FnOnce() -> R) -> R {
    Arch::new().dispatch(kernel)
}
