//! Items of QTI 3 (1EdTech) that have a text, options and a key, and no more: read from a document or a package,
//! written as a package.

mod draft;
mod read;
mod write;

use std::path::PathBuf;

use seedtest_fault::FaultKind;

pub use read::read_qti_items;
pub use write::qti_package;

/// The interaction of an item with options.
const CHOICE: &str = "qti-choice-interaction";
/// That of an item whose answer is written.
const ENTRY: &str = "qti-text-entry-interaction";
/// What stands in a text where an answer is written.
const GAP: &str = "___";

/// One item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QtiItem {
    /// Its id.
    pub item_id: String,
    /// What is asked; empty where nothing is written.
    pub text: String,
    /// What can be chosen; empty where the answer is written.
    pub options: Vec<QtiOption>,
    /// The right option, or the right answer; `None` where none is given.
    pub key: Option<String>,
}

/// One option.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QtiOption {
    /// What a response says.
    pub id: String,
    /// What the student reads.
    pub text: String,
}

/// Items that were read, and those that have more than text, options and key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QtiItems {
    /// In the order of their documents.
    pub items: Vec<QtiItem>,
    /// Id of each other item, and what it has more.
    pub left_out: Vec<(String, String)>,
}

/// Why items cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum QtiError {
    /// The file cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The package is damaged.
    #[error("{}: {message}", path.display())]
    Package {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A document is no well-formed XML.
    #[error("{document}: not readable as XML: {message}")]
    Xml {
        /// The document.
        document: String,
        /// What is wrong.
        message: String,
    },
    /// An item has no id, or one that another has.
    #[error("{document}: {message}")]
    Id {
        /// The document.
        document: String,
        /// What is wrong.
        message: String,
    },
    /// There is no item.
    #[error("{}: there is no qti-assessment-item", path.display())]
    NoItem {
        /// The file.
        path: PathBuf,
    },
    /// A package cannot be written.
    #[error("cannot write the package: {0}")]
    Write(String),
}

impl QtiError {
    /// What kind of fault it is.
    pub fn kind(&self) -> FaultKind {
        match self {
            Self::Io { .. } => FaultKind::Files,
            Self::Write(_) => FaultKind::Internal,
            _ => FaultKind::Data,
        }
    }

    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the path, and that the file may be read",
            Self::Package { .. } | Self::Xml { .. } => "export the items again",
            Self::Id { .. } => "give every item an identifier of its own",
            Self::NoItem { .. } => {
                "give a QTI 3 item (.xml) or a package of them (.zip); items of QTI 2 are converted by who wrote them"
            }
            Self::Write(_) => "this should not happen: please report it",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn item(id: &str, text: &str, options: &[(&str, &str)], key: Option<&str>) -> QtiItem {
        QtiItem {
            item_id: id.into(),
            text: text.into(),
            options: options
                .iter()
                .map(|(id, text)| QtiOption { id: (*id).into(), text: (*text).into() })
                .collect(),
            key: key.map(str::to_owned),
        }
    }

    fn read_text(text: &str) -> Result<QtiItems, QtiError> {
        let mut file = tempfile::Builder::new().suffix(".xml").tempfile().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        read_qti_items(file.path())
    }

    #[test]
    fn what_is_written_is_read_again() {
        let items = [
            item("q1", "1 + 1 = ?", &[("A", "one"), ("B", "two")], Some("B")),
            item(
                "수학-2",
                "a < b & \"c\"\nsecond line",
                &[("1", "1"), ("2", "2"), ("x y", "x y")],
                Some("x y"),
            ),
            item("q3", "The capital of France", &[], Some("Paris")),
            item("q4", "", &[("A", "A"), ("B", "B")], None),
            item(
                "q5",
                "",
                &[("1", "one"), ("①", "a circle"), ("_2", "two"), ("x_y", "x_y")],
                Some("①"),
            ),
            item("q6", "", &[], Some("3.5")),
        ];
        let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        file.write_all(&qti_package(&items).unwrap()).unwrap();
        let read = read_qti_items(file.path()).unwrap();
        assert_eq!(read.items, items);
        assert_eq!(read.left_out, []);
        assert_eq!(qti_package(&items).unwrap(), qti_package(&items).unwrap(), "the same bytes");
    }

    /// As other programs write items: prefixes, blocks, inline marks, entities, feedback-free outcome declarations.
    #[test]
    fn an_item_of_another_program() {
        let text = r#"<?xml version="1.0"?>
<q:qti-assessment-item xmlns:q="http://www.imsglobal.org/xsd/imsqtiasi_v3p0" identifier="choice-1" title="Luggage"
    adaptive="false" time-dependent="false">
  <q:qti-response-declaration identifier="RESPONSE" cardinality="single" base-type="identifier">
    <q:qti-correct-response><q:qti-value> ChoiceA </q:qti-value></q:qti-correct-response>
  </q:qti-response-declaration>
  <q:qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float">
    <q:qti-default-value><q:qti-value>0</q:qti-value></q:qti-default-value>
  </q:qti-outcome-declaration>
  <q:qti-item-body>
    <p>Look at the  text:</p><div>NEVER <em>leave</em> luggage &amp; bags &#8211; ever.</div>
    <q:qti-choice-interaction response-identifier="RESPONSE" shuffle="true" max-choices="1">
      <q:qti-prompt>What does it say?</q:qti-prompt>
      <q:qti-simple-choice identifier="ChoiceA">You must <b>stay</b>.</q:qti-simple-choice>
      <q:qti-simple-choice identifier="ChoiceB"><![CDATA[1 < 2]]></q:qti-simple-choice>
    </q:qti-choice-interaction>
  </q:qti-item-body>
  <q:qti-response-processing template="https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"/>
</q:qti-assessment-item>"#;
        let read = read_text(text).unwrap();
        let body = "Look at the text:\nNEVER leave luggage & bags – ever.\nWhat does it say?";
        let options = [("ChoiceA", "You must stay."), ("ChoiceB", "1 < 2")];
        assert_eq!(read.items, [item("choice-1", body, &options, Some("ChoiceA"))]);
    }

    #[test]
    fn items_that_carry_more_are_named() {
        let of = |declared: &str, body: &str, more: &str| {
            let text = format!(
                r#"<qti-assessment-item identifier="q" {more}>
                <qti-response-declaration identifier="R" {declared}/><qti-item-body>{body}</qti-item-body>
                </qti-assessment-item>"#
            );
            let read = read_text(&text).unwrap();
            assert_eq!(read.items, []);
            let [(id, what)] = &read.left_out[..] else { panic!("{read:?}") };
            assert_eq!(id, "q");
            what.clone()
        };
        let single = r#"cardinality="single""#;
        let choice = r#"<qti-choice-interaction><qti-simple-choice identifier="A">a</qti-simple-choice></qti-choice-interaction>"#;
        for (declared, body, more, said) in [
            (single, r#"<p>See <img src="x.png"/></p>"#, "", "img"),
            (single, "x<sup>2</sup>", "", "sup"),
            (single, "<qti-hotspot-interaction/>", "", "qti-hotspot-interaction"),
            (single, &format!("{choice}<qti-text-entry-interaction/>"), "", "several interactions"),
            (single, "only text", "", "no interaction"),
            (single, choice, r#"adaptive="true""#, "adaptive"),
            (r#"cardinality="multiple""#, choice, "", "several answers"),
            (single, r#"<qti-choice-interaction max-choices="2"/>"#, "", "several answers"),
        ] {
            let what = of(declared, body, more);
            assert!(what.contains(said), "{said}: {what}");
        }
    }

    #[test]
    fn what_is_no_item_is_refused() {
        assert!(matches!(read_text("<quiz/>"), Err(QtiError::NoItem { .. })));
        assert!(matches!(read_text("<qti-assessment-item"), Err(QtiError::Xml { .. })));
        assert!(matches!(
            read_text("<qti-assessment-item identifier=\"a\">"),
            Err(QtiError::Xml { .. })
        ));
        assert!(matches!(read_text("<qti-assessment-item/>"), Err(QtiError::Id { .. })));
        let twice = r#"<items><qti-assessment-item identifier="a"/><qti-assessment-item identifier="a"/></items>"#;
        assert!(read_text(twice).unwrap_err().to_string().contains("a is there twice"));
        let missing = read_qti_items(std::path::Path::new("no such.xml")).unwrap_err();
        assert!(matches!(missing, QtiError::Io { .. }));
    }
}
