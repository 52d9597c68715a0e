//! The one target: bytes as a request of the type that `FUZZ_REQUEST` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

static NAME: LazyLock<String> = LazyLock::new(|| std::env::var("FUZZ_REQUEST").expect("FUZZ_REQUEST names a request"));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    seedtest_fuzz::mutate(data, size, max_size, seed)
});
fuzz_target!(|bytes: &[u8]| seedtest_fuzz::check(&NAME, bytes));
