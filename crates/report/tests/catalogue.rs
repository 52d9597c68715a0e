//! The catalogue holds no text that nothing shows.

use std::collections::BTreeMap;
use std::path::Path;
use std::{fs, io};

fn read_all(dir: &Path, sources: &mut String) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, sources)?;
        } else {
            sources.push_str(&fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// Whether the sources name the key, or build it from parts that they name: `kpi.churn.name` from
/// `"kpi.{}.name"` and `"churn"`.
fn is_named(key: &str, sources: &str) -> bool {
    let base = key.strip_suffix(".one").or_else(|| key.strip_suffix(".other")).unwrap_or(key);
    if [base, key].iter().any(|name| sources.contains(&format!("\"{name}\""))) {
        return true;
    }
    let mut parts = base.split('.');
    let family = parts.next().unwrap_or_default();
    let is_built = sources.contains(&format!("\"{family}.{{"))
        || sources.contains(&format!("\"{family}.\" ~"));
    is_built
        && parts.all(|part| {
            sources.contains(&format!("\"{part}\"")) || sources.contains(&format!("}}.{part}\""))
        })
}

#[test]
fn every_text_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = String::new();
    read_all(&root.join("src"), &mut sources).unwrap();
    read_all(&root.join("templates"), &mut sources).unwrap();
    let texts = fs::read_to_string(root.join("catalogue/en.json")).unwrap();
    let texts: BTreeMap<String, String> = serde_json::from_str(&texts).unwrap();
    let unused: Vec<_> = texts.keys().filter(|key| !is_named(key, &sources)).collect();
    assert!(unused.is_empty(), "nothing shows {unused:?}");
    assert!(!is_named("kpi.churn.no_such_band", &sources) && !is_named("nothing", &sources));
}
