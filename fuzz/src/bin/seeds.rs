//! Fills `corpus/` from the scenarios.

fn main() -> std::io::Result<()> {
    seedtest_fuzz::write_seeds(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"))
}
