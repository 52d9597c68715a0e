//! A package of items.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use quick_xml::escape::escape;

use super::draft::identifier_of;
use super::{CHOICE, ENTRY, QtiError, QtiItem};

const ITEM_NAMESPACE: &str = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0";
const PACKAGE_NAMESPACE: &str = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1";
const MATCH_CORRECT: &str =
    "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml";

/// The bytes of a package: a manifest, and a document an item. The same items give the same bytes.
///
/// # Errors
/// When the package cannot be put together.
pub fn qti_package(items: &[QtiItem]) -> Result<Vec<u8>, QtiError> {
    let failed = |error: &dyn std::fmt::Display| QtiError::Write(error.to_string());
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let names: Vec<String> = (1..=items.len()).map(|n| format!("items/{n:05}.xml")).collect();
    let documents = items.iter().map(document).zip(&names);
    let manifest = (manifest(&names), "imsmanifest.xml");
    for (text, name) in
        std::iter::once(manifest).chain(documents.map(|(text, name)| (text, name.as_str())))
    {
        let options = zip::write::SimpleFileOptions::default();
        archive.start_file(name, options).map_err(|error| failed(&error))?;
        archive.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(archive.finish().map_err(|error| failed(&error))?.into_inner())
}

fn manifest(names: &[String]) -> String {
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<manifest xmlns=\"{PACKAGE_NAMESPACE}\" identifier=\"bank\">\n\
         <metadata><schema>QTI Package</schema><schemaversion>3.0.0</schemaversion></metadata>\n\
         <organizations/>\n<resources>\n"
    );
    for (n, name) in (1..).zip(names) {
        let _ = writeln!(
            text,
            "<resource identifier=\"item{n}\" type=\"imsqti_item_xmlv3p0\" href=\"{name}\"><file href=\"{name}\"/></resource>"
        );
    }
    text.push_str("</resources>\n</manifest>\n");
    text
}

fn document(item: &QtiItem) -> String {
    let id = escape(item.item_id.as_str());
    let ids: Vec<String> = item.options.iter().map(|option| identifier_of(&option.id)).collect();
    let is_choice = !item.options.is_empty();
    let base = if is_choice { "identifier" } else { "string" };
    let key = item.key.as_deref().map(|key| {
        let own = item.options.iter().position(|option| option.id == key);
        own.map_or(key, |at| ids[at].as_str())
    });
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<qti-assessment-item xmlns=\"{ITEM_NAMESPACE}\" identifier=\"{id}\" \
         title=\"{id}\" adaptive=\"false\" time-dependent=\"false\">\n\
         <qti-response-declaration identifier=\"RESPONSE\" cardinality=\"single\" base-type=\"{base}\">"
    );
    if let Some(key) = key {
        let key = escape(key);
        let _ = write!(
            text,
            "<qti-correct-response><qti-value>{key}</qti-value></qti-correct-response>"
        );
    }
    text.push_str(
        "</qti-response-declaration>\n<qti-outcome-declaration identifier=\"SCORE\" cardinality=\"single\" \
         base-type=\"float\"><qti-default-value><qti-value>0</qti-value></qti-default-value></qti-outcome-declaration>\n\
         <qti-item-body>\n",
    );
    for line in item.text.lines() {
        let _ = writeln!(text, "<p>{}</p>", escape(line));
    }
    if is_choice {
        let _ = writeln!(
            text,
            "<{CHOICE} response-identifier=\"RESPONSE\" shuffle=\"false\" max-choices=\"1\">"
        );
        for (option, id) in item.options.iter().zip(&ids) {
            let _ = writeln!(
                text,
                "<qti-simple-choice identifier=\"{id}\">{}</qti-simple-choice>",
                escape(option.text.as_str())
            );
        }
        let _ = writeln!(text, "</{CHOICE}>");
    } else {
        let _ = writeln!(text, "<p><{ENTRY} response-identifier=\"RESPONSE\"/></p>");
    }
    let _ = writeln!(
        text,
        "</qti-item-body>\n<qti-response-processing template=\"{MATCH_CORRECT}\"/>\n</qti-assessment-item>"
    );
    text
}
