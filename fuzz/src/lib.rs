//! The service of the server's tests, asked in this process; the types of requests are those of its
//! table of routes.

#[path = "../../crates/server/tests/http/fuzzing/answering.rs"]
mod answering;
#[path = "../../crates/server/tests/http/fuzzing/kinds.rs"]
mod kinds;
#[path = "../../crates/server/tests/http/fuzzing/mutate.rs"]
mod mutate;
#[path = "../../crates/server/tests/http/scenarios/rows.rs"]
mod rows;
#[path = "../../crates/server/tests/http/fuzzing/seeds.rs"]
mod seeds;

pub mod files;

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use answering::Answering;
use kinds::Kind;

const SCENARIOS: &str = "../crates/server/tests/scenarios";

static ANSWERING: LazyLock<Answering> = LazyLock::new(Answering::embedded);

/// Sends `bytes` as a request of the named type; panics when the service fails.
pub fn check(name: &str, bytes: &[u8]) {
    ANSWERING.check(Kind::named(name), bytes);
}

/// Changes JSON as JSON every other time, and bytes as libFuzzer does.
pub fn mutate(data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
    let json = seed % 2 == 0;
    let body = json.then(|| serde_json::from_slice::<Value>(&data[..size]).ok()).flatten();
    let changed = body.map(|body| mutate::mutated(&body, u64::from(seed), 1 + seed / 2 % 3).to_string());
    match changed {
        Some(text) if text.len() <= max_size => {
            data[..text.len()].copy_from_slice(text.as_bytes());
            text.len()
        }
        _ => libfuzzer_sys::fuzzer_mutate(data, size, max_size),
    }
}

/// Writes the requests of the scenarios into `corpus/TYPE`, one file each.
pub fn write_seeds(folder: &Path) -> std::io::Result<()> {
    for kind in kinds::KINDS.iter() {
        let folder = folder.join(kind.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in seeds::seeds(*kind).iter().enumerate() {
            std::fs::write(folder.join(format!("scenario-{number:03}")), seed)?;
        }
    }
    files::write_seeds(folder)
}
