//! What is on paper: everything the page says, to be searched, heard and turned to.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../../report/tests/sample/mod.rs"]
mod sample;

use std::collections::BTreeMap;
use std::thread;

use lopdf::{Dictionary, Document, Object};
use rayon::ThreadPoolBuilder;
use rayon::prelude::*;
use seedtest_pdf::{PdfError, Printer};
use seedtest_report::{ClassReport, Custom, Lang, Renderer, Sheet, StudentReport, TopicScore};
use serde_json::Value;

const MOST_BYTES: usize = 500_000;

fn renderer(lang: Lang) -> Renderer {
    Renderer::new(lang).unwrap()
}

fn print(sheet: &Sheet) -> Vec<u8> {
    Printer::new().unwrap().print(sheet).unwrap()
}

fn parsed(pdf: &[u8]) -> Document {
    Document::load_mem(pdf).unwrap()
}

/// The text of each page, without gaps: where a line ends is the template's affair.
fn texts(document: &Document) -> Vec<String> {
    let text = |page: &u32| document.extract_text(&[*page]).unwrap();
    document.get_pages().keys().map(|page| dense(&text(page))).collect()
}

fn dense(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Every text the sheet shows outside its drawings.
fn said(value: &Value, found: &mut Vec<String>) {
    // Texts of the frame, and what paper has no use for: addresses, and the tables behind drawings.
    const LEFT_OUT: [&str; 14] = [
        "t",
        "chart_style",
        "colours",
        "kind",
        "lang",
        "svg",
        "links",
        "file",
        "id",
        "hidden",
        "school",
        "logo",
        "empty",
        "layout",
    ];
    match value {
        Value::String(text) => found.push(dense(text)),
        Value::Array(list) => list.iter().for_each(|value| said(value, found)),
        Value::Object(fields) => {
            let is_figure = fields.contains_key("svg");
            let is_shown = |name: &str| {
                let is_left_out = LEFT_OUT.contains(&name) || name.starts_with("no_");
                !is_left_out && (!is_figure || name != "table")
            };
            fields
                .iter()
                .filter(|(name, _)| is_shown(name))
                .for_each(|(_, value)| said(value, found));
        }
        _ => {}
    }
}

fn check_says_all(sheet: &Sheet, pdf: &[u8]) {
    let whole = texts(&parsed(pdf)).concat();
    let mut found = Vec::new();
    said(&serde_json::from_str(sheet.json()).unwrap(), &mut found);
    assert!(found.len() > 20);
    for text in found {
        assert!(whole.contains(&text), "paper does not say {text}\n{whole}");
    }
}

/// Titles of the bookmarks in their order.
fn bookmarks(document: &Document) -> Vec<String> {
    fn below(document: &Document, node: &Dictionary, found: &mut Vec<String>) {
        let mut next = node.get_deref(b"First", document).and_then(Object::as_dict).ok();
        while let Some(entry) = next {
            found.push(lopdf::decode_text_string(entry.get(b"Title").unwrap()).unwrap());
            below(document, entry, found);
            next = entry.get_deref(b"Next", document).and_then(Object::as_dict).ok();
        }
    }
    let mut found = Vec::new();
    let outlines = document.catalog().unwrap().get_deref(b"Outlines", document).unwrap();
    below(document, outlines.as_dict().unwrap(), &mut found);
    found
}

#[test]
fn a_student_reads_on_paper_what_the_page_says() {
    for lang in Lang::ALL {
        let sheet = renderer(lang).student_sheet(&sample::student()).unwrap();
        let pdf = print(&sheet);
        check_says_all(&sheet, &pdf);
        assert!(pdf.len() < MOST_BYTES, "{} bytes", pdf.len());
        assert!((2..=6).contains(&parsed(&pdf).get_pages().len()));
    }
}

#[test]
fn the_name_and_the_numbers_of_the_view_are_found() {
    let mut student = sample::student();
    student.display_name = Some("선우빛나래".into());
    let week = student.weekly_accuracy.last_mut().unwrap();
    (week.right, week.n) = (17, 23);
    student.kpis.active_days.value = Some(19.0);
    let sheet = renderer(Lang::Ko).student_sheet(&student).unwrap();
    let whole = texts(&parsed(&print(&sheet))).concat();
    for expected in ["선우빛나래", "23문제", "74%", "28일중19일", "2학년3반", "한빛중학교"]
    {
        assert!(whole.contains(expected), "{expected} is missing in {whole}");
    }
}

#[test]
fn a_class_a_school_and_the_models_are_on_paper_too() {
    for lang in Lang::ALL {
        let renderer = renderer(lang);
        let sheets = [
            renderer.class_sheet(&sample::class()).unwrap(),
            renderer.operator_sheet(&sample::operator()).unwrap(),
        ];
        for sheet in sheets {
            let pdf = print(&sheet);
            check_says_all(&sheet, &pdf);
            assert!(pdf.len() < MOST_BYTES, "{} bytes", pdf.len());
        }
        let school = renderer.school_sheet(&sample::school()).unwrap();
        let whole = texts(&parsed(&print(&school))).concat();
        assert!(whole.contains("2학년3반") && whole.contains("한빛중학교"));
    }
}

/// A class of 240: the size of a whole year of a school.
fn large_class() -> ClassReport {
    let class = sample::class();
    let row = |i: usize| {
        let mut row = class.students[i % class.students.len()].clone();
        row.user_id = format!("s{i:03}");
        row.display_name = Some(format!("학생 {i:03}"));
        row
    };
    ClassReport { students: (0..240).map(row).collect(), ..class.clone() }
}

#[test]
fn a_large_class_stays_small_and_repeats_its_head() {
    let sheet = renderer(Lang::Ko).class_sheet(&large_class()).unwrap();
    let pdf = print(&sheet);
    assert!(pdf.len() < MOST_BYTES, "{} bytes", pdf.len());
    let pages = texts(&parsed(&pdf));
    let with_students = pages.iter().filter(|page| page.matches("학생0").count() > 15);
    let heads = with_students.map(|page| page.contains("마지막답안")).collect::<Vec<_>>();
    assert!(heads.len() > 1 && heads.iter().all(|has| *has), "{heads:?}");
}

/// A column beside a long name is not pressed to one letter a line.
#[test]
fn a_long_name_costs_a_class_no_pages() {
    let pages = |class: &ClassReport| {
        let sheet = renderer(Lang::Ko).class_sheet(class).unwrap();
        parsed(&print(&sheet)).get_pages().len()
    };
    let mut class = large_class();
    let usual = pages(&class);
    class.students[7].display_name = Some(format!("황보{}", "빛나래온누리".repeat(6)));
    let with_long_name = pages(&class);
    assert!(with_long_name <= usual + 1, "{usual} pages, with a long name {with_long_name}");
}

#[test]
fn no_page_break_cuts_a_chart_from_its_words() {
    let sheet = renderer(Lang::Ko).student_sheet(&sample::student()).unwrap();
    let pages = texts(&parsed(&print(&sheet)));
    let page: Value = serde_json::from_str(sheet.json()).unwrap();
    let sections = ["blocks", "fold"].map(|key| page[key].as_array().unwrap().clone()).concat();
    let figures = sections.iter().flat_map(|section| section["figures"].as_array().unwrap());
    let mut checked = 0;
    for figure in figures {
        let text = |key: &str| dense(figure[key].as_str().unwrap_or_default());
        let is_whole = |page: &String| {
            ["title", "reading", "legend"].iter().all(|key| page.contains(&text(key)))
        };
        assert!(pages.iter().any(is_whole), "{figure}");
        checked += 1;
    }
    assert!(checked > 8, "{checked}");
}

#[test]
fn sections_are_bookmarks() {
    let sheet = renderer(Lang::Ko).student_sheet(&sample::student()).unwrap();
    let titles = bookmarks(&parsed(&print(&sheet)));
    let page: Value = serde_json::from_str(sheet.json()).unwrap();
    assert_eq!(titles[0], page["heading"].as_str().unwrap());
    for section in ["blocks", "fold"].iter().flat_map(|key| page[*key].as_array().unwrap()) {
        let title = section["title"].as_str().unwrap();
        assert!(titles.iter().any(|known| known == title), "{title} is not in {titles:?}");
    }
}

#[test]
fn a_screen_reader_knows_language_title_and_structure() {
    for lang in Lang::ALL {
        let sheet = renderer(lang).student_sheet(&sample::student()).unwrap();
        let document = parsed(&print(&sheet));
        let catalog = document.catalog().unwrap();
        let spoken =
            String::from_utf8_lossy(catalog.get(b"Lang").unwrap().as_str().unwrap()).into_owned();
        assert!(spoken.starts_with(lang.tag()), "{spoken}");
        let of = |key: &[u8]| catalog.get_deref(key, &document).unwrap().as_dict().unwrap();
        assert!(of(b"MarkInfo").get(b"Marked").unwrap().as_bool().unwrap());
        assert!(of(b"ViewerPreferences").get(b"DisplayDocTitle").unwrap().as_bool().unwrap());
        assert!(of(b"StructTreeRoot").has(b"K"));
        let metadata = catalog.get_deref(b"Metadata", &document).unwrap().as_stream().unwrap();
        let metadata = String::from_utf8_lossy(&metadata.content).into_owned();
        assert!(metadata.contains("pdfuaid:part"), "{metadata}");
        assert!(metadata.contains(&sample::student().display_name.unwrap()));
    }
}

#[test]
fn the_same_sheet_gives_the_same_bytes_on_every_thread() {
    let printer = Printer::new().unwrap();
    let renderer = renderer(Lang::Ko);
    let sheet = renderer.student_sheet(&sample::student()).unwrap();
    let other = renderer.class_sheet(&sample::class()).unwrap();
    let first = printer.print(&sheet).unwrap();
    thread::scope(|scope| {
        let of_thread = || {
            printer.print(&other).unwrap();
            printer.print(&sheet).unwrap()
        };
        let threads = [scope.spawn(of_thread), scope.spawn(of_thread)];
        for thread in threads {
            assert!(thread.join().unwrap() == first);
        }
    });
    assert!(print(&sheet) == first);
}

/// Threads of rayon's that wait take up other work on the same stack. Asked for from such threads, the next document
/// must not be set on top of the one that waits: with 256 kB there is no room for even one.
#[test]
fn many_documents_asked_for_from_a_pool_need_no_stack_of_it() {
    let printer = Printer::new().unwrap();
    let renderer = renderer(Lang::Ko);
    let sheet = |i: usize| {
        let mut student = sample::student();
        student.display_name = Some(format!("학생 {i}"));
        renderer.student_sheet(&student).unwrap()
    };
    let sheets: Vec<Sheet> = (0..60).map(sheet).collect();
    let small = ThreadPoolBuilder::new().num_threads(4).stack_size(256 << 10).build().unwrap();
    let sizes: Vec<usize> = small
        .install(|| sheets.par_iter().map(|sheet| printer.print(sheet).unwrap().len()).collect());
    assert!(sizes.iter().all(|&bytes| bytes > 10_000), "{sizes:?}");
}

#[test]
fn whatever_a_name_holds_there_is_a_report() {
    let mut student = sample::student();
    student.display_name = Some("\"'>#strong[x] $x$ \\ \u{1}\u{202e}🙂 مريم 뷁 ".repeat(3));
    for name in ["W".repeat(80), "가".repeat(80), "#panic()".into()] {
        student.topics.push(TopicScore {
            topic: name,
            n: 4_000_000,
            right: 3_999_999,
            mean: None,
            ability: None,
        });
    }
    for student in [student, sample::newcomer(), sample::empty_student(), StudentReport::default()]
    {
        for lang in Lang::ALL {
            let pdf = print(&renderer(lang).student_sheet(&student).unwrap());
            assert!(!parsed(&pdf).get_pages().is_empty());
        }
    }
    let empty = renderer(Lang::En).class_sheet(&ClassReport::default()).unwrap();
    assert!(!parsed(&print(&empty)).get_pages().is_empty());
}

#[test]
fn a_school_has_its_name_and_a_template_of_its_own() {
    let custom = Custom { school: Some("하늘고등학교".into()), ..Custom::default() };
    let renderer = Renderer::with(Lang::Ko, custom).unwrap();
    let sheet = renderer.student_sheet(&sample::student()).unwrap();
    assert!(texts(&parsed(&print(&sheet))).concat().contains("하늘고등학교"));

    let own =
        "#set document(title: [x])\n#let of = json(\"data.json\")\n= #of.heading\n#read(\"a.txt\")";
    let files: BTreeMap<String, Vec<u8>> =
        [("report.typ".into(), own.into()), ("a.txt".into(), "beside".into())].into();
    let pdf = Printer::with(files, Vec::new()).unwrap().print(&sheet).unwrap();
    let text = texts(&parsed(&pdf)).concat();
    assert!(text.contains("beside") && text.len() < 100, "{text}");
}

/// A name with a syllable outside the 2 350 of KS X 1001.
#[test]
fn a_font_of_the_school_shows_what_those_that_ship_lack() {
    let mut student = sample::student();
    student.display_name = Some("서뷁나".into());
    let sheet = renderer(Lang::Ko).student_sheet(&student).unwrap();
    let name = |printer: &Printer| {
        let whole = texts(&parsed(&printer.print(&sheet).unwrap())).concat();
        ["서□나", "서뷁나"].map(|name| whole.contains(name))
    };
    assert_eq!(name(&Printer::new().unwrap()), [true, false]);
    let own = vec![("own.ttf".to_owned(), include_bytes!("font/own.ttf").to_vec())];
    assert_eq!(name(&Printer::with(BTreeMap::new(), own).unwrap()), [false, true]);
}

#[test]
fn a_fault_of_a_template_says_where_it_is() {
    let sheet = renderer(Lang::Ko).student_sheet(&sample::student()).unwrap();
    let files = [("report.typ".into(), b"= A\n#let x = nothing-here".to_vec())].into();
    let fault = Printer::with(files, Vec::new()).unwrap().print(&sheet).unwrap_err();
    let PdfError::Template { file, message } = fault else { panic!("{fault}") };
    assert_eq!(file, "report.typ:2:10");
    assert!(message.contains("nothing-here"), "{message}");
    let outside = [("report.typ".into(), b"#read(\"/etc/passwd\")".to_vec())].into();
    assert!(Printer::with(outside, Vec::new()).unwrap().print(&sheet).is_err());
    let font = vec![("a.ttf".to_owned(), b"no font".to_vec())];
    assert!(matches!(Printer::with(BTreeMap::new(), font), Err(PdfError::Font { .. })));
}
