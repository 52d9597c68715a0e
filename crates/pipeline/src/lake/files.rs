//! Which files hold a table of a lake: all of a folder, or those that the log of a Delta table names.

use std::borrow::Cow;
use std::collections::BTreeSet;

use percent_encoding::percent_decode_str;
use seedtest_ingest::{TableFile, TableOptions, read_table_file};
use seedtest_publish::{Publisher, Target};
use serde_json::Value;

use crate::error::Error;
use crate::registry::Settings;
use crate::reports::{DESTINATION, Destination};
use crate::runs::Environment;

const LOG: &str = "_delta_log";

/// A place with a folder a table.
pub(super) struct Lake {
    place: Publisher,
}

impl Lake {
    /// Opens a directory or an address; credentials come from the same variables as those of reports.
    ///
    /// # Errors
    /// For an address that is none, and a directory that is not there.
    pub(super) fn open(from: &str, environment: Environment<'_>) -> Result<Self, Error> {
        if let Target::Directory(dir) = Target::parse(from)?
            && !dir.is_dir()
        {
            let reason = format!("{} is no directory", dir.display());
            return Err(Error::Lake { reason, hint: "give the path that seedtest_spark wrote to" });
        }
        let given = |key: &str| (key == "to").then(|| from.to_owned());
        let settings = Settings::look_up("lake", &DESTINATION, given, environment)?;
        let Some(destination) = Destination::read(&settings)? else {
            let hint = "give a directory, or s3://BUCKET/PREFIX";
            return Err(Error::Lake { reason: "nothing says where the lake is".into(), hint });
        };
        Ok(Self { place: destination.open()? })
    }

    /// That none of the folders is there.
    pub(super) fn empty(&self) -> Error {
        let reason = format!("{} holds no table of seedtest_spark", self.place.shown());
        let hint = "give the folder with mirt_fit_meta, mirt_ability or weekly_kpi in it";
        Error::Lake { reason, hint }
    }

    /// The files of a table, by name; those of no folder are none.
    ///
    /// # Errors
    /// For a log of a Delta table that does not begin with its first version.
    pub(super) async fn files(&self, table: &str) -> Result<Vec<String>, Error> {
        let log = self.place.list(&format!("{table}/{LOG}")).await?;
        if log.is_empty() {
            let mut files = self.place.list(table).await?;
            files.retain(|key| is_part(key));
            return Ok(files);
        }
        let mut active = BTreeSet::new();
        for (version, key) in commits(table, &log)?.into_iter().enumerate() {
            let text = self.place.get(key).await?;
            replay(&text, &mut active).map_err(|reason| {
                let reason = format!("{table}: version {version} of its log: {reason}");
                Error::Lake { reason, hint: "write the table as Parquet" }
            })?;
        }
        Ok(active.into_iter().map(|file| format!("{table}/{file}")).collect())
    }

    /// The rows of a file; `naming` are columns of ids.
    ///
    /// # Errors
    /// Where it cannot be got or read.
    pub(super) async fn rows(&self, key: &str, naming: &[&str]) -> Result<TableFile, Error> {
        let content = self.place.get(key).await?;
        let failed = |error: std::io::Error| Error::Lake {
            reason: format!("{key} cannot be kept on this machine: {error}"),
            hint: "make room in the directory for temporary files (TMPDIR)",
        };
        let file = tempfile::Builder::new().suffix(".parquet").tempfile().map_err(failed)?;
        std::fs::write(file.path(), &content).map_err(failed)?;
        let naming = naming.iter().map(|name| (*name).to_owned()).collect();
        let options = TableOptions { naming, ..TableOptions::default() };
        match read_table_file(file.path(), &options) {
            // An empty partition.
            Err(seedtest_ingest::Error::NoRows { .. }) => Ok(TableFile::default()),
            found => Ok(found?),
        }
    }
}

/// Whether a file holds rows: not `_SUCCESS`, nor a checksum.
fn is_part(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key);
    name.ends_with(".parquet") && !name.starts_with(['.', '_'])
}

/// The commits of a log from its first version on, in order.
fn commits<'a>(table: &str, log: &'a [String]) -> Result<Vec<&'a str>, Error> {
    let version = |key: &str| -> Option<u64> {
        let name = key.rsplit('/').next()?.strip_suffix(".json")?;
        name.parse().ok()
    };
    let mut found: Vec<(u64, &str)> =
        log.iter().filter_map(|key| Some((version(key)?, key.as_str()))).collect();
    found.sort_unstable();
    let is_whole = (0u64..).zip(&found).all(|(expected, (version, _))| expected == *version);
    if found.is_empty() || !is_whole {
        let reason = format!("{table}: the log of the Delta table does not begin with version 0");
        return Err(Error::Lake {
            reason,
            hint: "write the table as Parquet, or as a new Delta table",
        });
    }
    Ok(found.into_iter().map(|(_, key)| key).collect())
}

/// Files that a commit adds and removes.
fn replay(commit: &[u8], active: &mut BTreeSet<String>) -> Result<(), String> {
    for line in commit.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        let action: Value = serde_json::from_slice(line).map_err(|error| error.to_string())?;
        let path = |kind: &str| action[kind]["path"].as_str().map(decoded).transpose();
        if !action["add"]["deletionVector"].is_null() {
            return Err("files have deletion vectors".into());
        }
        active.extend(path("add")?);
        if let Some(removed) = path("remove")? {
            active.remove(&removed);
        }
    }
    Ok(())
}

/// A path of the log, which is written as part of a URL.
fn decoded(path: &str) -> Result<String, String> {
    let decoded = percent_decode_str(path).decode_utf8();
    decoded.map(Cow::into_owned).map_err(|_| format!("{path} is no path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_names_the_files_that_are_left() {
        let mut active = BTreeSet::new();
        let first = b"{\"metaData\":{}}\n{\"add\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"b.parquet\"}}\n";
        replay(first, &mut active).unwrap();
        replay(
            b"{\"remove\":{\"path\":\"a.parquet\"}}\n{\"add\":{\"path\":\"c.parquet\"}}",
            &mut active,
        )
        .unwrap();
        assert_eq!(active.into_iter().collect::<Vec<_>>(), ["b.parquet", "c.parquet"]);
        let mut spaced = BTreeSet::new();
        replay(b"{\"add\":{\"path\":\"grade%3D9/a%20b.parquet\"}}", &mut spaced).unwrap();
        assert!(spaced.contains("grade=9/a b.parquet"), "{spaced:?}");
        let vector = b"{\"add\":{\"path\":\"a\",\"deletionVector\":{\"storageType\":\"u\"}}}";
        assert!(replay(vector, &mut BTreeSet::new()).is_err());
        assert!(replay(b"{", &mut BTreeSet::new()).is_err());
    }

    #[test]
    fn a_log_without_its_beginning_is_refused() {
        let key = |version: u64| format!("t/{LOG}/{version:020}.json");
        let whole = [key(1), key(0), format!("t/{LOG}/_last_checkpoint")];
        assert_eq!(commits("t", &whole).unwrap(), [key(0).as_str(), key(1).as_str()]);
        assert!(commits("t", &[key(1)]).is_err() && commits("t", &[key(0), key(2)]).is_err());
    }

    #[test]
    fn only_parts_are_read() {
        assert!(is_part("t/part-0.zst.parquet"));
        assert!(
            !is_part("t/_SUCCESS") && !is_part("t/.part-0.parquet.crc") && !is_part("t/_x.parquet")
        );
    }
}
