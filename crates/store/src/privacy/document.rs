//! What a JSON document says of one student, found and taken out.
//!
//! Documents have many shapes: rows with the student in a field, maps by student, lists of levels
//! beside lists of numbers, sentences. A text is taken for the student only where one can stand: a model
//! that is called like a student stays a model.

use serde_json::{Map, Value as Json};

/// Whether a text names a student, as a word of its own.
pub fn names_student(text: &str, user_id: &str) -> bool {
    About::new(user_id).is_in(text)
}

/// The student looked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'s> {
    id: &'s str,
    /// Columns of the document's formulas: a coefficient is called as its column and its level, `studentamy`.
    columns: &'s [String],
}

/// What becomes of what is found.
#[derive(Debug, Clone, Copy)]
pub(super) enum How<'l> {
    /// It is taken out; a text that has to stay, beside numbers or in a sentence, becomes the label.
    Remove(&'l str),
    /// It stays, and the id becomes the label.
    Relabel(&'l str),
}

/// Fields whose texts are ids of students, or may be: levels of grouping factors are.
const FIELDS: [&str; 24] = [
    "user_id",
    "student_id",
    "user",
    "student",
    "users",
    "students",
    "user_ids",
    "student_ids",
    "level",
    "levels",
    "group",
    "groups",
    "unit",
    "units",
    "id",
    "ids",
    "label",
    "labels",
    "actor",
    "subject",
    "names",
    // Levels of the factors of a model.
    "fixed",
    // Two ids that became one.
    "old",
    "new",
];
/// How many of the fields say that a row is of a student; the others may hold any level.
const OF_STUDENT: usize = 10;
/// Fields with the rows of a request, whose columns may be called anything.
const ROWS: [&str; 10] = [
    "rows",
    "data",
    "data_rows",
    "observations",
    "responses",
    "series",
    "newdata",
    "new_data",
    "user_features",
    "future",
];
/// Ids that are shorter are no words that one may look for in sentences, but between quotes.
const SHORTEST_WORD: usize = 3;

impl<'s> About<'s> {
    pub(super) fn new(id: &'s str) -> Self {
        Self { id, columns: &[] }
    }

    /// Whether a sentence names the student.
    pub(super) fn is_in(self, sentence: &str) -> bool {
        sentence == self.id || self.words(sentence).next().is_some()
    }

    /// The sentence with a label in the place of the student; `None` when it names others only.
    pub(super) fn replaced(self, sentence: &str, label: &str) -> Option<String> {
        if sentence == self.id {
            return Some(label.to_string());
        }
        let mut replaced = String::new();
        let mut rest = 0;
        for at in self.words(sentence) {
            replaced.push_str(&sentence[rest..at]);
            replaced.push_str(label);
            rest = at + self.id.len();
        }
        (rest > 0).then(|| replaced + &sentence[rest..])
    }

    /// Where the id stands in a sentence, as a word of its own.
    fn words(self, sentence: &str) -> impl Iterator<Item = usize> {
        let id = if self.id.is_empty() { "\0" } else { self.id };
        let is_short = id.len() < SHORTEST_WORD;
        let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        sentence.match_indices(id).map(|(at, _)| at).filter(move |&at| {
            let around =
                (sentence[..at].chars().next_back(), sentence[at + id.len()..].chars().next());
            if is_short {
                return around == (Some('"'), Some('"'));
            }
            let (before, after) = around;
            !before.is_some_and(part) && !after.is_some_and(part)
        })
    }

    /// The id itself, one of several levels that are crossed (`amy:t1`), or its coefficient.
    fn is_level(self, text: &str) -> bool {
        text == self.id
            || text.split(':').any(|level| level == self.id || self.column_of(level).is_some())
    }

    /// The column of a coefficient of the student.
    fn column_of(self, coefficient: &str) -> Option<&str> {
        let column = coefficient.strip_suffix(self.id).filter(|column| !column.is_empty())?;
        self.columns.iter().any(|known| known == column).then_some(column)
    }

    /// Whether a text is the coefficient of the student, alone or crossed with others.
    fn is_coefficient(self, text: &str) -> bool {
        text.split(':').any(|part| self.column_of(part).is_some())
    }

    fn is_value(self, value: &Json) -> bool {
        match value {
            Json::String(text) => self.is_level(text),
            Json::Number(number) => number.to_string() == self.id,
            _ => false,
        }
    }

    /// Whether an element of a list of this name is a row about the student. A row of a request in which no
    /// column is called like one of students may name them in any; one without names of columns has none that
    /// is.
    fn is_row(self, list: &str, value: &Json) -> bool {
        let is_text = |value: &Json| value.as_str().is_some_and(|text| self.is_level(text));
        let fields = match value {
            Json::Array(cells) => return ROWS.contains(&list) && cells.iter().any(is_text),
            Json::Object(fields) => fields,
            _ => return false,
        };
        if fields.iter().any(|(key, value)| is_field(key) && self.is_value(value)) {
            return true;
        }
        let of_students = &FIELDS[..OF_STUDENT];
        let named = fields.keys().any(|key| of_students.contains(&&*key.replace('-', "_")));
        ROWS.contains(&list) && !named && fields.values().any(is_text)
    }

    /// The keys of a map by student that are this one. An object whose values are of several kinds is a
    /// record: its keys are names of fields.
    fn keys(self, map: &Map<String, Json>) -> Vec<String> {
        if !is_map(map) {
            return Vec::new();
        }
        map.keys().filter(|key| self.is_level(key)).cloned().collect()
    }

    /// The parts that are about the student: rows, entries of maps by student, sentences.
    pub(super) fn parts(self, value: &Json) -> Vec<Json> {
        let mut parts = Vec::new();
        let columns = columns_of_formulas(value);
        About { columns: &columns, ..self }.collect("", value, &mut parts);
        parts
    }

    fn collect(self, field: &str, value: &Json, parts: &mut Vec<Json>) {
        match value {
            Json::Object(_) if self.is_row(field, value) => parts.push(value.clone()),
            Json::Object(map) => {
                let keys = self.keys(map);
                for key in &keys {
                    parts.push(Json::Object(Map::from_iter([(key.clone(), map[key].clone())])));
                }
                for (key, value) in map.iter().filter(|(key, _)| !keys.contains(key)) {
                    self.collect(key, value, parts);
                }
            }
            Json::Array(list) => {
                for element in list {
                    // A list is a row only within the list of rows, which itself holds everybody.
                    if element.is_array() && self.is_row(field, element) {
                        parts.push(element.clone());
                    } else {
                        self.collect(field, element, parts);
                    }
                }
            }
            Json::String(text) if is_sentence(text) && self.is_in(text) => {
                parts.push(value.clone());
            }
            value if self.is_meant(field, value) => parts.push(value.clone()),
            _ => {}
        }
    }

    /// Takes out what is about the student; whether there was anything.
    pub(super) fn erase(self, value: &mut Json, how: How<'_>) -> bool {
        let columns = columns_of_formulas(value);
        About { columns: &columns, ..self }.erase_in("", value, how)
    }

    /// Whether a scalar in a field of this name is the student.
    fn is_meant(self, field: &str, scalar: &Json) -> bool {
        is_field(field) && self.is_value(scalar)
            || scalar.as_str().is_some_and(|text| self.is_coefficient(text))
    }

    fn erase_in(self, field: &str, value: &mut Json, how: How<'_>) -> bool {
        let (How::Remove(label) | How::Relabel(label)) = how;
        match value {
            Json::Object(map) => {
                let keys = self.keys(map);
                for key in &keys {
                    let entry = map.remove(key);
                    if let (How::Relabel(_), Some(entry)) = (how, entry) {
                        map.insert(self.relabelled(key, label), entry);
                    }
                }
                map.iter_mut().fold(!keys.is_empty(), |changed, (key, value)| {
                    self.erase_in(key, value, how) || changed
                })
            }
            Json::Array(list) => {
                let before = list.len();
                if matches!(how, How::Remove(_)) {
                    list.retain(|element| !self.is_row(field, element));
                }
                let removed = list.len() < before;
                list.iter_mut()
                    .fold(removed, |changed, element| self.erase_in(field, element, how) || changed)
            }
            Json::String(text) if is_sentence(text) => match self.replaced(text, label) {
                Some(replaced) => {
                    *text = replaced;
                    true
                }
                None => false,
            },
            scalar if self.is_meant(field, scalar) => {
                let text = scalar.as_str().map_or_else(|| scalar.to_string(), str::to_string);
                *scalar = Json::String(self.relabelled(&text, label));
                true
            }
            _ => false,
        }
    }

    /// A level with the label in the place of the student.
    fn relabelled(self, level: &str, label: &str) -> String {
        if level == self.id {
            return label.to_string();
        }
        let relabelled = |part: &str| match self.column_of(part) {
            Some(column) => format!("{column}{label}"),
            None if part == self.id => label.to_owned(),
            None => part.to_owned(),
        };
        level.split(':').map(relabelled).collect::<Vec<_>>().join(":")
    }
}

/// The words of every formula of a document, among which are the names of its columns.
fn columns_of_formulas(value: &Json) -> Vec<String> {
    let part = |c: char| !(c.is_alphanumeric() || c == '_' || c == '.');
    match value {
        Json::Object(map) => map
            .iter()
            .flat_map(|(key, value)| match value {
                Json::String(text) if key == "formula" => {
                    text.split(part).filter(|word| !word.is_empty()).map(str::to_owned).collect()
                }
                value => columns_of_formulas(value),
            })
            .collect(),
        Json::Array(list) => list.iter().flat_map(columns_of_formulas).collect(),
        _ => Vec::new(),
    }
}

/// Whether the texts of a field are ids; dashes and underscores are the same.
fn is_field(key: &str) -> bool {
    FIELDS.contains(&&*key.replace('-', "_"))
}

fn is_sentence(text: &str) -> bool {
    text.contains(char::is_whitespace)
}

/// Whether the values of an object are of one kind, where some may be null.
fn is_map(object: &Map<String, Json>) -> bool {
    let mut kinds = object.values().filter(|value| !value.is_null()).map(std::mem::discriminant);
    let Some(first) = kinds.next() else { return true };
    kinds.all(|kind| kind == first)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const REMOVE: How<'_> = How::Remove("(erased)");
    const RELABEL: How<'_> = How::Relabel("erased-1");

    fn erased(mut document: Json, how: How<'_>) -> Json {
        assert!(About::new("amy").erase(&mut document, how), "{document}");
        assert!(!document.to_string().contains("amy\""), "{document}");
        assert!(!About::new("amy").erase(&mut document, how), "twice: {document}");
        document
    }

    #[test]
    fn rows_entries_and_sentences_are_taken_out() {
        for (document, left) in [
            (
                json!({"model": "2PL", "rows": [{"student": "amy", "y": 1}, {"student": "ben", "y": 0}]}),
                json!({"model": "2PL", "rows": [{"student": "ben", "y": 0}]}),
            ),
            (json!({"clusters": {"amy": 1, "ben": 2}}), json!({"clusters": {"ben": 2}})),
            (json!({"by": {"amy": {"p": 1}, "ben": null}}), json!({"by": {"ben": null}})),
            (json!({"warnings": ["amy, ben: few"]}), json!({"warnings": ["(erased), ben: few"]})),
            (json!({"students": ["amy", "ben"]}), json!({"students": ["(erased)", "ben"]})),
            (json!({"settings": {"user": "amy"}}), json!({"settings": {"user": "(erased)"}})),
        ] {
            assert_eq!(erased(document, REMOVE), left);
        }
    }

    #[test]
    fn models_keep_their_shape() {
        let model = json!({"random": [{"group": "student", "levels": ["amy", "amy:t1", "ben"],
            "modes": [0.1, 0.2, 0.3]}], "effects": {"student": {"(Intercept)": {"amy": 0.1, "ben": 0.3}}}});
        let left = json!({"random": [{"group": "student", "levels": ["erased-1", "erased-1:t1", "ben"],
            "modes": [0.1, 0.2, 0.3]}], "effects": {"student": {"(Intercept)": {"erased-1": 0.1, "ben": 0.3}}}});
        assert_eq!(erased(model, RELABEL), left);
    }

    #[test]
    fn a_student_who_is_a_level_of_a_fixed_factor_becomes_a_label_everywhere() {
        let model = json!({"formula": "Surv(time, event) ~ student * week",
            "encoder": {"fixed": [["amy", "ben"], ["t1"]]},
            "coefficients": {"studentamy": 0.1, "studentben": 0.2, "week:studentamy": 0.3},
            "columns": [{"name": "studentamy", "mean": 0.5}, {"name": "weekamy2", "mean": 0.1}]});
        let left = json!({"formula": "Surv(time, event) ~ student * week",
            "encoder": {"fixed": [["erased-1", "ben"], ["t1"]]},
            "coefficients": {"studenterased-1": 0.1, "studentben": 0.2, "week:studenterased-1": 0.3},
            "columns": [{"name": "studenterased-1", "mean": 0.5}, {"name": "weekamy2", "mean": 0.1}]});
        let mut found = model;
        assert!(About::new("amy").erase(&mut found, RELABEL));
        assert_eq!(found, left);
        assert!(!About::new("amy").erase(&mut found, RELABEL), "twice is like once");
        // No column of the formula is called so.
        let mut other = json!({"formula": "y ~ week", "columns": [{"name": "studentamy"}]});
        assert!(!About::new("amy").erase(&mut other, RELABEL));
    }

    #[test]
    fn names_that_are_no_students_stay() {
        let document =
            json!({"model": "amy", "amy": 1, "item_id": "amy", "text": "an amyloid amy-2"});
        let mut kept = document.clone();
        assert!(!About::new("amy").erase(&mut kept, REMOVE));
        assert_eq!(kept, document);
        // A short id is looked for where ids stand, not in sentences.
        let mut counts = json!({"error": "row 7 of 9", "rows": [{"user_id": 7}, {"user_id": 8}]});
        assert!(About::new("7").erase(&mut counts, REMOVE));
        assert_eq!(counts, json!({"error": "row 7 of 9", "rows": [{"user_id": 8}]}));
        // Between quotes it is a name.
        let said = "no answer of student \"7\" among 7 students";
        let replaced = About::new("7").replaced(said, "x").unwrap();
        assert_eq!(replaced, "no answer of student \"x\" among 7 students");
    }

    #[test]
    fn ids_that_became_one_are_ids() {
        let document = json!({"old": "amy", "new": "bo", "told": "amy is bo from now on"});
        let left = json!({"old": "(erased)", "new": "bo", "told": "(erased) is bo from now on"});
        assert_eq!(erased(document, REMOVE), left);
    }

    #[test]
    fn rows_of_a_request_may_call_their_students_anything() {
        let rows = json!([{"pupil": "amy", "y": 1}, {"pupil": "ben", "y": 0}]);
        let mut request = json!({"rows": rows, "formula": "y ~ 1 + (1|pupil)"});
        assert_eq!(About::new("amy").parts(&request), [json!({"pupil": "amy", "y": 1})]);
        assert!(About::new("amy").erase(&mut request, REMOVE));
        assert_eq!(request["rows"], json!([{"pupil": "ben", "y": 0}]));
        // A column that is called so says whose a row is: an item of the same name is no student.
        let mut items = json!({"data": [{"student_id": "ben", "item_id": "amy"}]});
        assert!(!About::new("amy").erase(&mut items, REMOVE));
        let mut cells = json!({"rows": [["amy", 1], ["ben", 0]]});
        assert_eq!(About::new("amy").parts(&cells), [json!(["amy", 1])]);
        assert!(About::new("amy").erase(&mut cells, REMOVE));
        assert_eq!(cells, json!({"rows": [["ben", 0]]}));
        // Settings are none.
        assert!(
            About::new("amy").parts(&json!({"terms": [{"name": "x", "by": "amy"}]})).is_empty()
        );
    }

    #[test]
    fn parts_are_what_would_be_taken_out() {
        let document = json!({"rows": [{"student": "amy", "y": 1}, {"student": "ben", "y": 0}],
            "p": {"amy": 0.5, "ben": 0.6}, "note": "about amy"});
        let parts = About::new("amy").parts(&document);
        assert_eq!(parts.len(), 3, "{parts:?}");
        assert!(About::new("zoe").parts(&document).is_empty());
    }
}
