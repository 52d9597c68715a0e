//! Writes sample reports in both languages: `cargo run --example sample_report -- DIR`.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use seedtest_report::{CLASS_FILE_NAME, Lang, file_name, render_class, render_student};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = env::args_os().nth(1).map(PathBuf::from).ok_or("give the directory to write to")?;
    for lang in Lang::ALL {
        let dir = dir.join(lang.tag());
        fs::create_dir_all(&dir)?;
        fs::write(dir.join(CLASS_FILE_NAME), render_class(&sample::class(), lang)?)?;
        for student in [sample::student(), sample::newcomer()] {
            fs::write(dir.join(file_name(&student.user_id)), render_student(&student, lang)?)?;
        }
    }
    Ok(())
}
