//! What every page must be, whatever is in it.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sample;

use proptest::prelude::*;
use roxmltree::{Document, Node, ParsingOptions};
use seedtest_report::{
    AbilityPoint, ClassName, ClassReport, ClassSegments, Custom, Error, ForecastDetail, ItemPage,
    Kpi, KpiCards, KpiKind, Lang, Logo, LogoFormat, OperatorReport, Provenance, Reason, Renderer,
    SchoolReport, StudentReport, TopicScore, Warning, WeekScore, file_name, render_class,
    render_student,
};

const HOSTILE: &str = "\"'><script>alert(1)</script>&amp;{{ 7*7 }}\u{1}\u{202e}../../x";

/// The page as a tree; the pages are written to be well-formed XML as well as HTML.
fn parse(html: &str) -> Document<'_> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    Document::parse_with_options(html, options).expect("the page is not well-formed")
}

fn elements<'a>(page: &'a Document, name: &str) -> Vec<Node<'a, 'a>> {
    page.descendants().filter(|node| node.tag_name().name() == name).collect()
}

fn text_of(node: Node) -> String {
    let is_read = |text: &Node| {
        text.is_text() && text.parent().is_none_or(|parent| !parent.has_tag_name("script"))
    };
    node.descendants().filter(is_read).filter_map(|text| text.text()).collect()
}

/// Everything that holds for every page.
fn check(html: &str) {
    let page = parse(html);
    assert!(elements(&page, "script").len() <= 1);
    for node in page.descendants().filter(Node::is_element) {
        let inline = node.attributes().find(|of| of.name().starts_with("on"));
        assert!(inline.is_none(), "a handler in an attribute");
    }
    let body = elements(&page, "body")[0];
    let text = text_of(body);
    for wrong in ["NaN", "Some(", "undefined", "{n}", "{share}"] {
        assert!(!text.contains(wrong), "the page says {wrong}");
    }
    let is_infinite = |word: &str| matches!(word, "inf" | "-inf" | "−inf");
    assert!(!text.split_whitespace().any(is_infinite), "the page says inf");
    let is_key = |word: &str| {
        word.trim_matches('.').contains('.')
            && word.bytes().all(|b| b.is_ascii_lowercase() || b"._".contains(&b))
    };
    assert_eq!(text.split_whitespace().find(|word| is_key(word)), None, "a key without a text");
    for node in page.descendants().filter(Node::is_element) {
        check_no_request(node);
    }
    check_ids(&page);
    check_charts(&page);
}

fn check_no_request(node: Node) {
    let targets = ["src", "href", "srcset", "data", "action", "poster"];
    for target in targets.iter().filter_map(|name| node.attribute(*name)) {
        let is_page =
            std::path::Path::new(target).extension().is_some_and(|ending| ending == "html")
                && !target.contains(['/', ':']);
        let kinds = ["student-", "class-", "index.", "others.", "operator."];
        let is_known = kinds.iter().any(|kind| target.starts_with(kind));
        assert!(is_page && is_known, "the page refers to {target}");
    }
    if node.tag_name().name() == "style" {
        let css = text_of(node);
        assert!(!css.contains("http") && !css.contains("@import") && !css.contains("url(/"));
    }
}

fn check_ids(page: &Document) {
    let mut ids: Vec<_> = page.descendants().filter_map(|node| node.attribute("id")).collect();
    ids.sort_unstable();
    for pair in ids.windows(2) {
        assert_ne!(pair[0], pair[1], "an id stands twice");
    }
    for labels in page.descendants().filter_map(|node| node.attribute("aria-labelledby")) {
        assert!(labels.split(' ').all(|label| ids.binary_search(&label).is_ok()), "{labels}");
    }
}

/// Every chart has a title and a description, every figure with a chart a table of equal rows, and
/// nothing is drawn outside the canvas.
fn check_charts(page: &Document) {
    for svg in page.descendants().filter(|node| node.attribute("role") == Some("img")) {
        for name in ["title", "desc"] {
            let label = svg.children().find(|node| node.tag_name().name() == name).unwrap();
            assert!(!text_of(label).trim().is_empty());
        }
        check_canvas(svg);
    }
    for table in elements(page, "table") {
        let columns = elements_of(table, "thead", "th");
        let cells = elements_of(table, "tbody", "td") + elements_of(table, "tbody", "th");
        let is_even = columns > 1 && cells > 0 && cells.is_multiple_of(columns);
        assert!(
            is_even,
            "{cells} cells in {columns} columns: {:?} {}",
            table.attribute("id"),
            text_of(table.parent().unwrap())
        );
    }
}

fn elements_of(table: Node, part: &str, name: &str) -> usize {
    let part = table.children().find(|node| node.tag_name().name() == part).unwrap();
    part.descendants().filter(|node| node.tag_name().name() == name).count()
}

fn check_canvas(svg: Node) {
    let sizes: Vec<f64> =
        svg.attribute("viewBox").unwrap().split(' ').map(|n| n.parse().unwrap()).collect();
    for node in svg.descendants() {
        for (names, limit) in
            [(["x", "x1", "x2", "cx"], sizes[2]), (["y", "y1", "y2", "cy"], sizes[3])]
        {
            for value in names.iter().filter_map(|name| node.attribute(*name)) {
                let value: f64 = value.parse().unwrap();
                assert!((0.0..=limit).contains(&value), "{value} lies outside {limit}");
            }
        }
    }
}

fn students() -> [StudentReport; 3] {
    [sample::student(), sample::newcomer(), sample::empty_student()]
}

fn empty_class() -> ClassReport {
    ClassReport {
        class: None,
        students: Vec::new(),
        absent: Vec::new(),
        weekly_accuracy: Vec::new(),
        topics: Vec::new(),
        items: Vec::new(),
        provenance: None,
        segments: Some(ClassSegments { segments: Vec::new(), ..sample::segments() }),
        forecast: Some(ForecastDetail { weeks: Vec::new(), ..sample::forecast() }),
        ..sample::class()
    }
}

#[test]
fn every_sample_is_a_sound_page_in_both_languages() {
    for lang in Lang::ALL {
        for student in students() {
            check(&render_student(&student, lang).unwrap());
        }
        check(&render_class(&sample::class(), lang).unwrap());
        check(&render_class(&empty_class(), lang).unwrap());
        let renderer = Renderer::new(lang).unwrap();
        for school in [sample::school(), SchoolReport::default()] {
            check(&renderer.school(&school).unwrap());
        }
        for operator in [sample::operator(), OperatorReport::default()] {
            check(&renderer.operator(&operator, Some("index.html")).unwrap());
        }
    }
}

/// A school that has just begun: of every size up to one that is told of in shares, with items that
/// nobody answered often enough to be judged.
#[test]
fn beginnings_are_sound_pages_in_both_languages() {
    let full = sample::class();
    let unjudged = |mut page: ItemPage| {
        page.observed.clear();
        page
    };
    let item_pages: Vec<_> = sample::operator().item_pages.into_iter().map(unjudged).collect();
    for lang in Lang::ALL {
        let renderer = Renderer::new(lang).unwrap();
        for n in 0..=6 {
            let students = full.students[..n].to_vec();
            let class = ClassReport { students: students.clone(), ..full.clone() };
            check(&renderer.class(&class).unwrap());
            let mut school = sample::school();
            school.classes.truncate(1);
            school.classes[0].students = students;
            check(&renderer.school(&school).unwrap());
        }
        for items in [Vec::new(), full.items.clone()] {
            let operator = OperatorReport {
                items,
                item_pages: item_pages.clone(),
                ..OperatorReport::default()
            };
            let html = renderer.operator(&operator, None).unwrap();
            check(&html);
            assert!(html.contains("id=\"item0\""), "the item is drawn");
            renderer.operator_sheet(&operator).unwrap();
        }
    }
}

#[test]
fn only_the_table_of_a_class_has_a_script() {
    let scripts = |html: &str| elements(&parse(html), "script").len();
    let renderer = Renderer::new(Lang::En).unwrap();
    assert_eq!(scripts(&renderer.class(&sample::class()).unwrap()), 1);
    assert_eq!(scripts(&renderer.class(&empty_class()).unwrap()), 0);
    assert_eq!(scripts(&renderer.student(&sample::student()).unwrap()), 0);
    assert_eq!(scripts(&renderer.operator(&sample::operator(), None).unwrap()), 0);
}

#[test]
fn a_section_without_data_is_one_sentence() {
    for lang in Lang::ALL {
        let html = render_student(&sample::empty_student(), lang).unwrap();
        let page = parse(&html);
        let is_block = |node: &Node| {
            node.attribute("class")
                .is_some_and(|class| class.split(' ').any(|word| word == "block"))
        };
        let blocks: Vec<Node> = page.descendants().filter(is_block).collect();
        assert!(blocks.len() >= 13, "every section is there: {}", blocks.len());
        for block in blocks {
            let sentences = block.children().filter(|node| node.tag_name().name() == "p").count();
            let empty = block.attribute("class").is_some_and(|class| class.contains("quiet"));
            assert!(empty && sentences == 1, "{:?} has {sentences}", block.attribute("id"));
        }
    }
}

#[test]
fn a_report_without_a_goal_gives_no_chance() {
    let mut report = sample::student();
    report.goal = None;
    report.kpis.goal = Kpi::default();
    for lang in Lang::ALL {
        let html = render_student(&report, lang).unwrap();
        let page = parse(&html);
        let goal = page.descendants().find(|n| n.attribute("id") == Some("goalbox")).unwrap();
        assert!(!text_of(goal).contains('%'), "{}", text_of(goal));
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    let once = render_student(&sample::student(), Lang::Ko).unwrap();
    assert_eq!(once, render_student(&sample::student(), Lang::Ko).unwrap());
}

#[test]
fn hostile_texts_stay_texts() {
    let topic = TopicScore { topic: HOSTILE.into(), n: 9, right: 3, mean: None, ability: None };
    let mut student = sample::student();
    student.user_id = HOSTILE.into();
    student.display_name = Some(HOSTILE.into());
    student.generated_at = HOSTILE.into();
    student.topics = vec![topic.clone()];
    student.warnings = vec![Warning::Note { text: HOSTILE.into() }];
    student.provenance = Some(Provenance {
        run_id: HOSTILE.into(),
        model: HOSTILE.into(),
        fitted_at: Some(HOSTILE.into()),
        ..Provenance::default()
    });
    let mut class = sample::class();
    class.class =
        Some(ClassName { id: HOSTILE.into(), name: HOSTILE.into(), school: Some(HOSTILE.into()) });
    class.topics = vec![topic];
    class.students[0].user_id = HOSTILE.into();
    class.students[0].file = Some(file_name(HOSTILE));
    class.students[0].display_name = None;
    class.items[40].item = HOSTILE.into();
    class.items[40].topic = Some(HOSTILE.into());
    for lang in Lang::ALL {
        let html = render_student(&student, lang).unwrap();
        check(&html);
        let page = parse(&html);
        let heading = text_of(elements(&page, "h1")[0]);
        assert_eq!(heading, HOSTILE.replace('\u{1}', "\u{fffd}"));
        let html = render_class(&class, lang).unwrap();
        check(&html);
        assert!(html.contains(&file_name(HOSTILE)));
    }
}

#[test]
fn links_lead_to_the_files_that_are_written() {
    let mut class = sample::class();
    class.students[3].file = None;
    let html = render_class(&class, Lang::En).unwrap();
    for (i, student) in class.students.iter().enumerate() {
        let href = format!("href=\"{}\"", file_name(&student.user_id));
        assert_eq!(html.contains(&href), i != 3, "{}", student.user_id);
    }
}

#[test]
fn every_reason_says_why_and_what_helps() {
    for lang in Lang::ALL {
        for reason in Reason::ALL {
            let kpis = KpiCards { recovery: Kpi::unknown(reason), ..KpiCards::default() };
            let report = StudentReport { kpis, ..sample::newcomer() };
            let html = render_student(&report, lang).unwrap();
            check(&html);
            let page = parse(&html);
            let lines = page.descendants().find(|n| n.attribute("id") == Some("lines")).unwrap();
            let notes = elements_within(lines, "span");
            let note = notes.first().map(|node| text_of(*node)).unwrap_or_default();
            assert!(note.matches(['.', '다']).count() >= 2, "{reason:?}: {note}");
            assert!(!note.contains(reason.code()));
            let value = elements_within(lines, "strong");
            assert!(value.iter().all(|node| !text_of(*node).contains('0')), "unknown is not 0");
        }
    }
}

fn elements_within<'a>(of: Node<'a, 'a>, name: &str) -> Vec<Node<'a, 'a>> {
    of.descendants().filter(|node| node.tag_name().name() == name).collect()
}

/// Words of a page that end as sentences do in one register of Korean.
fn endings(text: &str, are_ends: fn(&str) -> bool) -> Vec<&str> {
    let words = text.split(|letter: char| !('가'..='힣').contains(&letter));
    words.filter(|word| are_ends(word)).collect()
}

// Students and families are spoken to in 해요체, teachers and operators in 합니다체.
#[test]
fn nobody_is_spoken_to_in_two_registers_on_one_page() {
    let renderer = Renderer::new(Lang::Ko).unwrap();
    let formal = |word: &str| ["니다", "니까", "십시오"].iter().any(|end| word.ends_with(end));
    for report in [sample::student(), sample::newcomer(), sample::empty_student()] {
        let html = renderer.student(&report).unwrap();
        let found = endings(&text_of(parse(&html).root_element()), formal).join(" ");
        assert_eq!(found, "", "on the page of {}", report.user_id);
    }
    let friendly = |word: &str| word.ends_with('요') && !["필요", "아니요"].contains(&word);
    let class = renderer.class(&sample::class()).unwrap();
    let operator = renderer.operator(&sample::operator(), None).unwrap();
    let school = renderer.school(&sample::school()).unwrap();
    for html in [class, operator, school] {
        assert_eq!(endings(&text_of(parse(&html).root_element()), friendly).join(" "), "");
    }
}

#[test]
fn a_student_reads_of_no_parameters_before_the_fold() {
    let report =
        StudentReport { warnings: vec![Warning::UnscoredItems { n: 6 }], ..sample::student() };
    for lang in Lang::ALL {
        let html = render_student(&report, lang).unwrap();
        let (first, fold) = html.split_once("<details class=\"fold\"").unwrap();
        assert!(!first.contains("class=\"warnings\"") && fold.contains("class=\"warnings\""));
    }
}

#[test]
fn a_per_cent_sign_stays_on_the_line_of_its_ending() {
    let html = Renderer::new(Lang::Ko).unwrap().class(&sample::class()).unwrap();
    assert!(html.contains("%\u{2060}입니다"));
    let is_syllable = |letter: char| ('가'..='힣').contains(&letter);
    assert!(!html.split('%').skip(1).any(|after| after.starts_with(is_syllable)));
}

#[test]
fn every_warning_has_a_text() {
    let warnings: Vec<Warning> = (1..3)
        .flat_map(|n| {
            [
                Warning::FewAnswers { n },
                Warning::AllRight { n },
                Warning::AllWrong { n },
                Warning::OldFit { days: n },
                Warning::UnscoredItems { n },
                Warning::StaleFits { n },
            ]
        })
        .collect();
    for lang in Lang::ALL {
        let report = StudentReport { warnings: warnings.clone(), ..sample::newcomer() };
        let html = render_student(&report, lang).unwrap();
        check(&html);
        let page = parse(&html);
        let of = |n: &Node| n.attribute("class") == Some("warnings");
        let listed = elements_within(page.descendants().find(of).unwrap(), "li").len();
        assert_eq!(listed, warnings.len() + 1, "one more for the fit that did not converge");
    }
}

#[test]
fn every_band_of_every_kpi_has_a_text() {
    let values = (-20..=20).map(|i| f64::from(i) / 20.0);
    for (value, lang) in values.flat_map(|value| Lang::ALL.map(|lang| (value, lang))) {
        let kpi = |kind: KpiKind| {
            let (lowest, highest) = kind.range();
            let inside = if value < lowest { -value } else { value };
            Kpi {
                lower: Some(inside - 0.1),
                upper: Some(inside + 0.1),
                n: Some(12),
                ..Kpi::known(inside.min(highest))
            }
        };
        let kpis = KpiCards {
            improvement: kpi(KpiKind::Improvement),
            efficiency: kpi(KpiKind::Efficiency),
            recovery: kpi(KpiKind::Recovery),
            engagement: kpi(KpiKind::Engagement),
            goal: kpi(KpiKind::Goal),
            churn: kpi(KpiKind::Churn),
            sessions: kpi(KpiKind::Sessions),
            active_days: kpi(KpiKind::ActiveDays),
        };
        check(&render_student(&StudentReport { kpis, ..sample::student() }, lang).unwrap());
    }
}

#[test]
fn long_histories_are_drawn() {
    let start = sample::monday() - chrono::Days::new(7 * 199);
    let dates = (0..200).map(|week| start + chrono::Days::new(7 * week));
    let report = StudentReport {
        ability: dates
            .clone()
            .enumerate()
            .map(|(i, date)| AbilityPoint {
                date,
                theta: (i as f64 / 9.0).sin(),
                se: (i % 50 > 10).then_some(0.3),
            })
            .collect(),
        weekly_accuracy: dates
            .map(|week_start| WeekScore { week_start, n: 10, right: 4, mean: None, group: None })
            .collect(),
        topics: (0..130)
            .map(|i| TopicScore {
                topic: format!("주제 {i}"),
                n: 1 + i,
                right: i / 2,
                mean: None,
                ability: None,
            })
            .collect(),
        ..sample::student()
    };
    let html = render_student(&report, Lang::Ko).unwrap();
    check(&html);
    assert!(html.contains("주제 0"), "the table holds every topic");
}

#[test]
fn bad_numbers_are_refused_by_name() {
    let message =
        |report: &StudentReport| render_student(report, Lang::En).unwrap_err().to_string();
    let mut report = sample::student();
    report.ability[2].theta = f64::NAN;
    assert_eq!(message(&report), "ability[2].theta is NaN, not a finite number");
    let mut report = sample::student();
    report.weekly_accuracy[1].right = 99;
    assert_eq!(message(&report), "weekly_accuracy[1] has 99 right answers out of 28");
    let mut report = sample::student();
    report.kpis.engagement.value = Some(63.0);
    assert_eq!(message(&report), "kpis.engagement.value is 63, outside 0..1");
    let mut report = sample::student();
    report.kpis.improvement.lower = Some(0.4);
    report.kpis.improvement.upper = Some(0.1);
    assert_eq!(message(&report), "kpis.improvement.lower is 0.4, outside -inf..0.1");
    let mut report = sample::student();
    report.daily.swap(0, 1);
    let error = render_student(&report, Lang::En).unwrap_err();
    assert!(matches!(&error, Error::NotAscending { field } if field == "daily[1]"));
    assert!(!error.hint().is_empty());
    let mut class = sample::class();
    class.items[0].difficulty = Some(f64::INFINITY);
    let error = render_class(&class, Lang::En).unwrap_err();
    assert_eq!(error.to_string(), "items[0].difficulty is inf, not a finite number");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_sound_numbers_make_a_sound_page(
        thetas in prop::collection::vec((-5.0..5.0_f64, 0.01..3.0_f64), 0..6),
        weeks in prop::collection::vec((0_u32..400, 0.0..=1.0_f64), 0..6),
        difficulties in prop::collection::vec(-40.0..40.0_f64, 0..30),
        attempts in prop::collection::vec(0_u32..100_000, 0..28),
        topic in any::<String>(),
    ) {
        let day = |i: usize| sample::monday() + chrono::Days::new(i as u64) - chrono::Days::new(21);
        let week = |i: usize| sample::monday() + chrono::Days::new(7 * i as u64);
        let report = StudentReport {
            ability: (0..).zip(&thetas)
                .map(|(i, &(theta, se))| AbilityPoint { date: week(i), theta, se: Some(se) })
                .collect(),
            weekly_accuracy: (0..).zip(&weeks)
                .map(|(i, &(n, share))| WeekScore {
                    week_start: week(i), n, right: (f64::from(n) * share) as u32, mean: None, group: None,
                })
                .collect(),
            item_difficulty: difficulties,
            daily: (0..).zip(&attempts)
                .map(|(i, &attempts)| seedtest_report::DayActivity {
                    date: day(i), attempts, minutes: None,
                })
                .collect(),
            topics: weeks.iter()
                .map(|&(n, share)| TopicScore {
                    topic: topic.clone(), n, right: (f64::from(n) * share) as u32, mean: None, ability: None,
                })
                .collect(),
            ..sample::empty_student()
        };
        // The text of a topic may be anything, also what `check` takes for a fault of ours.
        let html = render_student(&report, Lang::En).unwrap();
        check_charts(&parse(&html));
    }
}

#[test]
fn a_class_of_four_has_no_figures_of_the_group() {
    let shown = |students: usize, lang| {
        let mut class = sample::class();
        class.students.truncate(students);
        let html = render_class(&class, lang).unwrap();
        check(&html);
        let page = parse(&html);
        let section = |id: &str| {
            page.descendants().find(|node| node.attribute("id") == Some(id)).is_some_and(
                |section| {
                    section
                        .descendants()
                        .any(|node| node.has_tag_name("svg") || node.has_tag_name("table"))
                },
            )
        };
        ["trends", "items", "hardest"].map(section)
    };
    for lang in Lang::ALL {
        assert_eq!(shown(4, lang), [false; 3]);
        assert!(shown(5, lang)[0]);
    }
}

#[test]
fn a_school_puts_its_own_in_the_place_of_ours() {
    let custom = Custom {
        school: Some("하늘 <고등학교>".into()),
        logo: Some(Logo { format: LogoFormat::Png, data: vec![1, 2, 3] }),
        colours: [("accent".into(), "#7a1fa2".into())].into(),
        hidden: vec!["bytopic".into(), "models".into(), "about".into()],
        texts: [(Lang::Ko, [("section.weeks".into(), "한 주씩".into())].into())].into(),
        templates: [("student.html".into(), "{% extends \"page.html\" %}{% block body %}<p>ours</p>{% endblock %}{% block rest %}{% for of in blocks %}<h2 id=\"{{ of.id }}\">{{ of.title }}</h2>{% endfor %}{% endblock %}".into())].into(),
        ..Custom::default()
    };
    let renderer = Renderer::with(Lang::Ko, custom).unwrap();
    let html = renderer.student(&sample::student()).unwrap();
    for expected in [
        "하늘 &lt;고등학교&gt;",
        "data:image/png;base64,AQID",
        "--accent:#7a1fa2;",
        "<p>ours</p>",
        ">한 주씩</h2>",
    ] {
        assert!(html.contains(expected), "{expected} is missing");
    }
    for hidden in ["id=\"bytopic\"", "id=\"models\"", "id=\"about\""] {
        assert!(!html.contains(hidden), "{hidden} is shown");
    }
    let sheet = renderer.student_sheet(&sample::student()).unwrap();
    assert!(sheet.json().contains("#7a1fa2") && !sheet.json().contains("var(--"));
    assert_eq!(sheet.logo(), Some(("logo.png", &[1_u8, 2, 3][..])));
    let english = renderer_with_bad_template();
    let error = english.err().unwrap();
    assert!(matches!(error, Error::Template { is_own: true, .. }));
    // It says where.
    assert!(error.to_string().contains("page.html:1"), "{error}");
}

/// A template can read well and name what no page has; in a part of a page, too.
#[test]
fn a_template_that_names_what_is_not_there_is_told_by_line_and_word() {
    let part = seedtest_report::template_source("block.html").unwrap();
    let student = "{% extends \"page.html\" %}\n{% block body %}\n{{ heding }}{% endblock %}";
    for (name, source, told, word) in [
        ("student.html", student, "student.html:3", "heding"),
        ("style.css", "a {}\n{{ brand.colour.x }}", "style.css:2", "brand.colour"),
        ("letter.html", "\n\n{{ subjct }}", "letter.html:3", "subjct"),
    ] {
        let templates = [(name.to_owned(), source.to_owned())].into();
        let renderer = Renderer::with(Lang::Ko, Custom { templates, ..Custom::default() }).unwrap();
        let error = renderer.try_templates().unwrap_err();
        let said = error.to_string();
        assert!(matches!(error, Error::Template { is_own: true, .. }), "{said}");
        assert!(said.contains(told) && said.contains(word), "{said}");
    }
    let templates = [("block.html".to_owned(), part.to_owned())].into();
    let renderer = Renderer::with(Lang::En, Custom { templates, ..Custom::default() }).unwrap();
    renderer.try_templates().unwrap();
}

fn renderer_with_bad_template() -> Result<Renderer, Error> {
    let templates = [("page.html".into(), "{% if %}".into())].into();
    Renderer::with(Lang::En, Custom { templates, ..Custom::default() })
}

#[test]
fn korean_needs_no_font_of_the_machine() {
    let faces =
        |lang| render_student(&sample::student(), lang).unwrap().matches("@font-face").count();
    assert!(faces(Lang::Ko) >= 4);
    let html = render_student(&sample::student(), Lang::Ko).unwrap();
    assert!(html.len() < 600_000, "{} bytes", html.len());
}

/// A part of a page of others has neither head nor style nor script, which a strict policy would refuse, and nothing of
/// the page is missing in them together.
#[test]
fn the_parts_of_a_page_are_those_of_the_page() {
    for lang in Lang::ALL {
        let renderer = Renderer::new(lang).unwrap();
        let parts = renderer.class_parts(&sample::class()).unwrap();
        let student = renderer.student_parts(&sample::student(), true).unwrap();
        let without = renderer.student_parts(&sample::student().without_risk(), false).unwrap();
        assert!(student.rest.contains("id=\"stay\"") && !without.rest.contains("id=\"stay\""));
        let operator = renderer.operator_parts(&sample::operator()).unwrap();
        for part in [&parts, &student, &operator] {
            let all = [&*part.first, &part.rest, &part.about].concat();
            for refused in ["<html", "<head>", "<style", "<script", " style=", "<body"] {
                assert!(!all.contains(refused), "{refused}");
            }
            assert_eq!(all.matches("<h1>").count(), 1);
        }
        let whole = renderer.class(&sample::class()).unwrap();
        let lines = |html: &str| -> Vec<String> {
            let sections = html.lines().filter(|line| line.contains(" id=\""));
            sections.map(str::to_owned).collect()
        };
        let together = lines(&[parts.first, parts.rest, parts.about].concat());
        assert_eq!(together, lines(&whole));
        assert!(renderer.item_part(&sample::operator().item_pages[0]).unwrap().contains("<svg "));
    }
}
