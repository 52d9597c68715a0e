//! Adaptive tests: which item comes next, and when it is enough.
//!
//! A [`Bank`] of items with known curves, what was answered so far ([`State`]) and a [`Spec`] go into [`next()`]; out
//! comes a [`Step`]: the item with the reason it was picked and a report on every constraint, or why the test ends. The
//! same step is what [`simulate()`] takes over and over for simulated students, and [`sympson_hetter()`] for
//! exposure parameters.
//!
//! | rule | what is largest (or smallest) |
//! |---|---|
//! | maximum information | Fisher information at the estimate (Lord 1980) |
//! | Kullback–Leibler | Σ w(θ) KL(θ̂ ‖ θ) over the posterior w (Chang and Ying 1996) |
//! | minimum expected posterior variance | Σ_k P(k)·Var(θ | k) by the posterior predictive P (van der Linden 1998) |

mod bank;
mod content;
mod error;
mod estimate;
mod exposure;
mod next;
mod rule;
mod simulate;
mod spec;
mod stop;

pub use bank::{Bank, BankItem};
pub use content::{AreaReport, ContentArea, Relaxed};
pub use error::CatError;
pub use estimate::Estimate;
pub use exposure::{Exposure, SympsonHetter, SympsonHetterSpec, sympson_hetter};
pub use next::{Answered, Pick, State, Step, Why, next};
pub use rule::Rule;
pub use simulate::{Bin, Simulated, Simulation, SimulationSpec, simulate};
pub use spec::{Classification, Spec, Stopping};
pub use stop::Stop;
