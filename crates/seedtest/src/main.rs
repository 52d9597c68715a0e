//! The binary; everything it does is in the library beside it.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Setting pages on paper, JSON and imports allocate much in small pieces (docs/decisions/0026).
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    seedtest::run()
}
