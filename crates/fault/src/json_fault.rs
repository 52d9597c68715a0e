//! What is wrong with a text of JSON, in words. The reader of JSON speaks of types, variants and the end of files.

/// The message of the reader in the words of JSON: no types of this program, and nothing of how it reads. What is none
/// of its messages stays as it is.
pub fn json_fault(message: &str) -> String {
    let (fault, place) = match message.rsplit_once(" at line ") {
        // A value that begins a line stands at column 0 for the reader.
        Some((fault, place)) => {
            let place = place
                .strip_suffix(" column 0")
                .map_or(place.to_owned(), |line| format!("{line} column 1"));
            (fault, format!(" (line {place})"))
        }
        None => (message, String::new()),
    };
    let told = wrong_type(fault).or_else(|| wrong_name(fault)).or_else(|| no_json(fault));
    format!("{}{place}", told.as_deref().unwrap_or(fault))
}

/// What is said of a value of the wrong type or length.
fn wrong_type(fault: &str) -> Option<String> {
    if let Some(name) = fault.strip_prefix("data did not match any variant of untagged enum ") {
        return name.chars().all(char::is_alphanumeric).then(|| NO_FORM.to_owned());
    }
    let (kind, rest) = fault.split_once(' ').and_then(|(first, rest)| {
        let (second, rest) = rest.split_once([':', ' '])?;
        (first == "invalid").then_some((second, rest.trim_start()))
    })?;
    let (found, expected) = rest.rsplit_once(", expected ")?;
    let expected = expected_words(expected);
    match kind {
        "type" | "value" => Some(format!("{expected} is expected, not {}", found_words(found))),
        "length" => Some(format!("{expected} is expected, not one of {found}")),
        _ => None,
    }
}

const NO_FORM: &str = "a value in one of the forms that the description has is expected";

/// What is said of a field, or of a word that is one of few.
fn wrong_name(fault: &str) -> Option<String> {
    let name_after = |prefix: &str| {
        let rest = fault.strip_prefix(prefix)?.strip_prefix('`')?;
        rest.split_once('`')
    };
    if let Some((name, _)) = name_after("missing field ") {
        return Some(format!("`{name}` is missing"));
    }
    if let Some((name, _)) = name_after("duplicate field ") {
        return Some(format!("`{name}` stands twice"));
    }
    let of = |rest: &str| {
        let known = rest.trim_start_matches(", expected ").trim_start_matches("one of ");
        known.replace(" or ", ", ")
    };
    if let Some((name, rest)) = name_after("unknown variant ") {
        return Some(format!("`{name}` is none of {}", of(rest)));
    }
    let (name, rest) = name_after("unknown field ")?;
    let known = of(rest);
    Some(if known.contains('`') {
        format!("there is no field `{name}`; known are {known}")
    } else {
        format!("there is no field `{name}`")
    })
}

/// What is said of a text that is no JSON.
fn no_json(fault: &str) -> Option<String> {
    let told = match fault {
        "EOF while parsing a list" => "the text ends in the middle of a list",
        "EOF while parsing an object" => "the text ends in the middle of an object",
        "EOF while parsing a string" => "the text ends in the middle of a text in quotes",
        "EOF while parsing a value" => "the text ends where a value should stand",
        "expected ident" => "what stands here is no JSON value",
        // The reader says the same of a value of another type where a word of few should stand.
        "expected value" => {
            "what stands here is no JSON value, or none of the words that may stand here"
        }
        "trailing characters" => "more stands behind the end of the JSON",
        "trailing comma" => "a comma stands before the end of a list or an object",
        "key must be a string" => "a key stands without quotes",
        "invalid number" => "a number is not written as JSON has them",
        "number out of range" => "a number is too large",
        "recursion limit exceeded" => "it is nested too deeply",
        "input contains invalid characters" | "premature end of input" | "trailing input" => {
            "a date as 2025-03-24 or a time as 2025-03-24T09:00:00Z is expected"
        }
        "input is out of range" => "there is no such date or time",
        _ => {
            let sign = fault.strip_prefix("expected ").filter(|sign| sign.starts_with('`'))?;
            return Some(format!("{sign} is missing here"));
        }
    };
    Some(told.to_owned())
}

fn expected_words(expected: &str) -> String {
    let words = match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" | "map" => "an object",
        "unit" => "null",
        "option" => "a value or null",
        "a character" => "one letter",
        "variant identifier" | "field identifier" => "a word",
        other if other.starts_with("struct ") => "an object",
        other if other.split(' ').any(|word| word == "enum") => NO_FORM_HERE,
        other => return list_of(other).unwrap_or_else(|| other.to_owned()),
    };
    words.to_owned()
}

/// A value in one of several forms.
const NO_FORM_HERE: &str = "a word or an object as the description has them";

/// A list of so many values: `a tuple of size 3`, `an array of length 2`, `tuple struct X with 2 elements`.
fn list_of(expected: &str) -> Option<String> {
    let is_list = ["tuple", "array"].iter().any(|kind| expected.contains(kind));
    let n = expected.split(' ').find(|word| word.chars().all(|c| c.is_ascii_digit()))?;
    is_list.then(|| format!("a list of {n} values"))
}

fn found_words(found: &str) -> String {
    match found.split_once(' ') {
        Some(("string", text)) => format!("the text {text}"),
        Some(("integer" | "boolean", value)) => value.to_owned(),
        Some(("floating", value)) => value.trim_start_matches("point ").to_owned(),
        _ if found == "map" => "an object".to_owned(),
        _ if found == "sequence" => "a list".to_owned(),
        _ => found.to_owned(),
    }
}
