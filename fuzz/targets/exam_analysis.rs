#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    seedtest_fuzz::mutate(data, size, max_size, seed)
});
fuzz_target!(|bytes: &[u8]| seedtest_fuzz::check("exam_analysis", bytes));
