//! Takes the two files of Swagger UI that the page of the description needs out of the archive that
//! a crate brings along, and packs them the way they are sent.

#![allow(clippy::print_stdout, reason = "build scripts talk to cargo this way")]

use std::error::Error;
use std::io::{Cursor, Write, copy};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use zip::ZipArchive;

const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").ok_or("OUT_DIR is not set")?;
    let mut archive =
        ZipArchive::new(Cursor::new(utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED))?;
    for file in FILES {
        let wanted = format!("/dist/{file}");
        let names = archive.file_names().collect::<Result<Vec<_>, _>>()?;
        let path = names.iter().find(|name| name.ends_with(&wanted)).map(ToString::to_string);
        let mut packed = GzEncoder::new(Vec::new(), Compression::best());
        copy(&mut archive.by_name(&path.ok_or(wanted)?)?, &mut packed)?;
        std::fs::File::create(Path::new(&out).join(format!("{file}.gz")))?
            .write_all(&packed.finish()?)?;
    }
    Ok(())
}
