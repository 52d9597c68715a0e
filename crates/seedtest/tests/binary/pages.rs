//! What the pages say can be typed is a command, with flags that it has. Pages written from the code are not
//! looked at, nor what was decided or changed at a time.

use std::fs;
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;

use crate::playground::Playground;

/// Flags of other programs that pages name.
const OF_OTHERS: [&str; 1] = ["--full"];

struct Page {
    name: String,
    text: String,
}

/// `README.md` in its languages, the pages of `docs`, and those of models, contract and tutorials.
fn pages() -> Vec<Page> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let of = |folder: &str| {
        let entries = fs::read_dir(root.join(folder)).unwrap();
        let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    };
    let mut files = vec![root.join("README.md"), root.join("README.ko.md")];
    let folders = ["docs", "docs/models", "docs/contract", "docs/tutorials"];
    files.extend(folders.into_iter().flat_map(of));
    let pages = files.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md"));
    let page = |path: PathBuf| Page {
        name: path.file_name().unwrap().to_string_lossy().into_owned(),
        text: fs::read_to_string(path).unwrap(),
    };
    pages.map(page).collect()
}

/// The parts of a page by turns: what stands outside and inside of blocks of commands.
fn outside_and_inside(page: &Page) -> (Vec<&str>, Vec<&str>) {
    let (mut outside, mut inside) = (Vec::new(), Vec::new());
    let mut is_inside = false;
    for line in page.text.lines() {
        if line.starts_with("```") {
            is_inside = !is_inside;
        } else if is_inside {
            inside.push(line);
        } else {
            outside.push(line);
        }
    }
    (outside, inside)
}

/// What stands between backticks in a line; a pipe in a table has a stroke before it.
fn spans(line: &str) -> Vec<String> {
    line.split('`').skip(1).step_by(2).map(|span| span.replace("\\|", "|")).collect()
}

/// The lines of a block that call the program, from its name on; a text in quotes may go over several lines.
fn calls(lines: &[&str]) -> Vec<String> {
    let mut calls: Vec<String> = Vec::new();
    let mut is_open = false;
    for line in lines {
        if is_open {
            let call = calls.last_mut().unwrap();
            call.push(' ');
            call.push_str(line.trim());
            is_open = call.matches('"').count() % 2 == 1;
            continue;
        }
        let line = line.replacen("cargo run --release -- ", "seedtest ", 1).replacen("$(", " ", 1);
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_setting = |word: &&&str| word.contains('=');
        let before = words.iter().take_while(is_setting).count();
        if words.get(before) != Some(&"seedtest") {
            continue;
        }
        let at = line.find("seedtest ").unwrap_or_default();
        is_open = line[at..].matches('"').count() % 2 == 1;
        calls.push(line[at..].to_owned());
    }
    calls
}

/// The words of a call, up to a comment, a pipe or what stands apart.
fn words(call: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let (mut is_quoted, mut spaces) = (false, 0);
    for letter in call.trim().chars() {
        spaces = if letter == ' ' { spaces + 1 } else { 0 };
        match letter {
            '"' | '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted && spaces > 1 => break,
            ' ' if !is_quoted => words.push(String::new()),
            '[' | ']' | ')' if !is_quoted => {}
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    let ends = |word: &String| ["#", "|", ">"].contains(&word.as_str());
    let words = words.into_iter().take_while(|word| !ends(word));
    words.filter(|word| !word.is_empty() && word != "…").collect()
}

/// What may stand for a placeholder.
fn value_of(word: &str) -> &str {
    match word {
        "DAY" | "D" | "DATE" => "2025-03-24",
        "TIME" | "INSTANT" => "2025-03-24T08:00:00Z",
        "N" | "X" => "1",
        _ => word.trim_end_matches('…'),
    }
}

/// Why a call is none; one that names several commands at once need only name some that are there.
fn refusal(command: &clap::Command, call: &str) -> Option<String> {
    let words = words(call);
    if words.iter().any(|word| word.contains('|') && !word.contains(' ')) {
        return fault(command, &words[1..].join(" "));
    }
    let error =
        command.clone().try_get_matches_from(words.iter().map(|word| value_of(word))).err()?;
    let is_help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    (!is_help).then(|| error.to_string())
}

#[test]
fn every_call_of_a_page_is_understood() {
    let command = seedtest::command();
    let mut met = 0;
    let mut refused = Vec::new();
    for page in pages() {
        for call in calls(&outside_and_inside(&page).1) {
            met += 1;
            let refusal = refusal(&command, &call);
            refused.extend(refusal.map(|refusal| format!("{}: {call}\n{refusal}", page.name)));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(met > 30, "{met}");
}

/// Every file under a folder.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let each = |path: PathBuf| if path.is_dir() { files_under(&path) } else { vec![path] };
    entries.flat_map(each).collect()
}

/// A list of words that the Dockerfile gives under this name.
fn of_image(deploy: &Path, name: &str) -> Vec<String> {
    let file = fs::read_to_string(deploy.join("Dockerfile")).unwrap();
    let list = file.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    serde_json::from_str(list).unwrap()
}

#[test]
fn units_and_manifests_call_what_is_there() {
    let deploy = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy");
    // What a manifest gives stands after the entry point and in the place of the rest.
    let entry_point = of_image(&deploy, "ENTRYPOINT").split_off(1);
    let in_image = |arguments: Vec<String>| [entry_point.clone(), arguments].concat();
    let by_itself = in_image(of_image(&deploy, "CMD"));
    let understood =
        seedtest::command().try_get_matches_from([vec!["seedtest".into()], by_itself].concat());
    assert!(understood.is_ok(), "Dockerfile: {}", understood.unwrap_err());
    let mut met = 0;
    for path in files_under(&deploy) {
        let text = fs::read_to_string(&path).unwrap();
        let units =
            text.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/bin/seedtest "));
        let mut called: Vec<Vec<String>> = units.map(words).collect();
        let arguments = text.lines().filter_map(|line| line.trim().strip_prefix("args: "));
        let ours = arguments.filter(|arguments| arguments.contains("--data-dir"));
        called.extend(ours.map(|arguments| in_image(serde_json::from_str(arguments).unwrap())));
        for arguments in called {
            let typed = std::iter::once("seedtest").chain(arguments.iter().map(String::as_str));
            let understood = seedtest::command().try_get_matches_from(typed);
            assert!(understood.is_ok(), "{}: {}", path.display(), understood.unwrap_err());
            met += 1;
        }
    }
    assert!(met > 15, "{met}");
}

#[test]
fn the_file_of_settings_of_the_page_is_one() {
    let page = include_str!("../../../../docs/configuration.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    let place = Playground::new();
    let secrets = place.path("secrets");
    fs::create_dir(&secrets).unwrap();
    fs::write(secrets.join("database-url"), "postgresql://me@localhost/school").unwrap();
    fs::write(secrets.join("token"), "a-secret-of-the-service").unwrap();
    place.write("seedtest.toml", example.replace("/run/secrets", &secrets.to_string_lossy()));
    let shown = place.must(&["config", "show", "lookback-days", "--origin"]);
    assert!(shown.stdout.contains("seedtest.toml"), "{}", shown.stdout);
}

/// What is wrong with the name of a command in a text, which may leave out what it needs.
fn fault(command: &clap::Command, span: &str) -> Option<String> {
    let mut at = command;
    for word in span.split([' ', '[', ']', '(', ')']).filter(|word| !word.is_empty()) {
        let alternatives = || word.split('|').map(|one| one.trim_matches(['…', '.', ',']));
        if word.starts_with('-') {
            let unknown = alternatives()
                .filter(|one| one.starts_with("--"))
                .find(|one| !some_command_has(at, one));
            if let Some(unknown) = unknown {
                return Some(format!("{} has no {unknown}", at.get_name()));
            }
            continue;
        }
        let unknown = alternatives().find(|one| at.find_subcommand(one).is_none());
        match unknown {
            None => at = alternatives().next().and_then(|one| at.find_subcommand(one))?,
            Some(one) if at.is_subcommand_required_set() && !is_placeholder(one) => {
                return Some(format!("{} has no {one}", at.get_name()));
            }
            Some(_) => {}
        }
    }
    None
}

fn is_placeholder(word: &str) -> bool {
    word.is_empty() || word.chars().all(char::is_uppercase)
}

fn has_flag(command: &clap::Command, flag: &str) -> bool {
    let name = flag.trim_start_matches('-').split('=').next().unwrap_or_default();
    let is_it = |arg: &clap::Arg| {
        arg.get_long() == Some(name) || arg.get_all_aliases().unwrap_or_default().contains(&name)
    };
    command.get_arguments().any(is_it)
}

/// Whether a command or one of those below it has a flag: `fit --json` is a flag of every fit.
fn some_command_has(command: &clap::Command, flag: &str) -> bool {
    has_flag(command, flag) || command.get_subcommands().any(|inner| some_command_has(inner, flag))
}

#[test]
fn commands_and_flags_that_texts_name_are_there() {
    let mut command = seedtest::command();
    command.build();
    let mut met = 0;
    let mut faults = Vec::new();
    for page in pages() {
        for span in outside_and_inside(&page).0.into_iter().flat_map(spans) {
            let first = span.split(' ').next().unwrap_or_default();
            let of_command = command.find_subcommand(first).is_some() && span.contains(" --");
            let fault = if first == "seedtest" {
                span.split('#').next().and_then(|span| fault(&command, &span["seedtest".len()..]))
            } else if of_command {
                fault(&command, &span)
            } else if first.starts_with("--") && !OF_OTHERS.contains(&first) {
                let flag = first.split(['=', '|', '/', ',']).next().unwrap_or_default();
                (!some_command_has(&command, flag)).then(|| format!("no command has {flag}"))
            } else {
                continue;
            };
            met += 1;
            faults.extend(fault.map(|fault| format!("{}: `{span}`: {fault}", page.name)));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(met > 100, "{met}");
}

#[test]
fn what_no_command_has_is_found() {
    let mut command = seedtest::command();
    command.build();
    for (span, said) in [
        ("token add NAME --scope read", "add has no --scope"),
        ("fit irt --data FILE [--modell 2pl|3pl]", "irt has no --modell"),
        ("bank import|exprot", "bank has no exprot"),
        ("serve --with-scheduler|--once", "serve has no --once"),
    ] {
        assert_eq!(fault(&command, span).as_deref(), Some(said), "{span}");
    }
    assert_eq!(fault(&command, "answer void|restore [--at TIME]"), None);
    assert_eq!(
        words("seedtest --query \"SELECT 1  FROM a\" pipeline daily  # at night"),
        ["seedtest", "--query", "SELECT 1  FROM a", "pipeline", "daily"]
    );
}
