//! Writes sample reports in both languages: `cargo run --example sample_report -- DIR`. Beside each page is
//! its sheet for paper, the `data.json` of the template `report.typ`.

#[path = "../tests/sample/mod.rs"]
mod sample;

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use seedtest_report::{
    CLASS_FILE_NAME, Lang, OPERATOR_FILE_NAME, Renderer, class_file_name, file_name,
};

fn main() -> Result<(), Box<dyn Error>> {
    let dir = env::args_os().nth(1).map(PathBuf::from).ok_or("give the directory to write to")?;
    for lang in Lang::ALL {
        let dir = dir.join(lang.tag());
        fs::create_dir_all(&dir)?;
        let renderer = Renderer::new(lang)?;
        fs::write(dir.join(CLASS_FILE_NAME), renderer.school(&sample::school())?)?;
        fs::write(dir.join("school.json"), renderer.school_sheet(&sample::school())?.json())?;
        fs::write(dir.join(class_file_name("c23")), renderer.class(&sample::class())?)?;
        fs::write(dir.join("class.json"), renderer.class_sheet(&sample::class())?.json())?;
        let operator = renderer.operator(&sample::operator(), Some(CLASS_FILE_NAME))?;
        fs::write(dir.join(OPERATOR_FILE_NAME), operator)?;
        let operator = renderer.operator_sheet(&sample::operator())?;
        fs::write(dir.join("operator.json"), operator.json())?;
        for student in [sample::student(), sample::newcomer()] {
            let page = dir.join(file_name(&student.user_id));
            fs::write(page.with_extension("json"), renderer.student_sheet(&student)?.json())?;
            fs::write(page, renderer.student(&student)?)?;
        }
    }
    Ok(())
}
