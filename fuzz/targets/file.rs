//! Bytes as a file: the first byte says what it is called, the rest is what it holds.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| seedtest_fuzz::files::check(bytes));
