//! Files that were sent and wait to be imported. They lie in a directory of their own under a name that cannot be
//! guessed, until they are imported or a day has gone by.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::body::Body;
use http_body_util::BodyExt;
use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::refusal::{PageResult, Refusal};
use crate::secrets::{is_secret, secret};

/// Most bytes of a file.
const LARGEST: u64 = 2 << 30;
/// Most characters of its name.
const LONGEST_NAME: usize = 120;
/// How long a file waits.
const PATIENCE: Duration = Duration::from_hours(24);

/// A file that waits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) path: PathBuf,
    /// The name it was sent under.
    pub(crate) name: String,
}

/// A name without folders, without what a file system does not take, and never empty.
fn plain_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last
        .chars()
        .filter(|c| !c.is_control() && !"<>:\"|?*".contains(*c))
        .take(LONGEST_NAME)
        .collect();
    let kept = kept.trim().trim_start_matches('.').to_owned();
    if kept.is_empty() { "upload".to_owned() } else { kept }
}

/// Takes a file to the disk as it comes.
///
/// # Errors
/// [`Refusal::too_large`], and where the disk refuses; nothing is left then.
pub(crate) async fn receive(dir: &Path, name: &str, body: Body) -> PageResult<Upload> {
    forget_old(dir).await;
    let (id, name) = (secret()?, plain_name(name));
    let folder = dir.join(&id);
    fs::create_dir_all(&folder).await.map_err(|error| Refusal::internal(&error))?;
    let path = folder.join(&name);
    match write(&path, body).await {
        Ok(()) => Ok(Upload { id, path, name }),
        Err(refused) => {
            // What came of it is of no use; that it cannot be removed, the old ones' turn will see.
            let _ = fs::remove_dir_all(&folder).await;
            Err(refused)
        }
    }
}

async fn write(path: &Path, mut body: Body) -> PageResult<()> {
    let failed = |error: std::io::Error| Refusal::internal(&error);
    let mut file = fs::File::create_new(path).await.map_err(failed)?;
    let mut size = 0_u64;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::invalid("file", "import.broke_off"))?;
        let Ok(data) = frame.into_data() else { continue };
        size += data.len() as u64;
        if size > LARGEST {
            return Err(Refusal::too_large());
        }
        file.write_all(&data).await.map_err(failed)?;
    }
    if size == 0 {
        return Err(Refusal::invalid("file", "import.empty"));
    }
    file.flush().await.map_err(failed)?;
    file.sync_all().await.map_err(failed)
}

/// The file of an id.
///
/// # Errors
/// [`Refusal::not_found`] where it was imported, or waited too long.
pub(crate) async fn find(dir: &Path, id: &str) -> PageResult<Upload> {
    if !is_secret(id) {
        return Err(Refusal::not_found());
    }
    let mut files = fs::read_dir(dir.join(id)).await.map_err(|_| Refusal::not_found())?;
    let file = files.next_entry().await.ok().flatten().ok_or_else(Refusal::not_found)?;
    let name = file.file_name().to_string_lossy().into_owned();
    Ok(Upload { id: id.to_owned(), path: file.path(), name })
}

/// Lets go of a file.
pub(crate) async fn forget(upload: &Upload) {
    if let Some(folder) = upload.path.parent()
        && let Err(error) = fs::remove_dir_all(folder).await
    {
        tracing::warn!(%error, "an imported file stays on the disk");
    }
}

/// Lets go of files nobody came back for.
#[allow(clippy::disallowed_methods)] // the age of files is by the clock of their file system
async fn forget_old(dir: &Path) {
    let Ok(mut all) = fs::read_dir(dir).await else { return };
    while let Ok(Some(folder)) = all.next_entry().await {
        let changed = folder.metadata().await.and_then(|about| about.modified());
        let is_old = changed
            .is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age > PATIENCE));
        if is_old && folder.file_name().to_str().is_some_and(is_secret) {
            let _ = fs::remove_dir_all(folder.path()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere() {
        for (given, name) in [
            ("grades.csv", "grades.csv"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\y.xlsx", "y.xlsx"),
            ("..", "upload"),
            ("", "upload"),
            (".hidden", "hidden"),
            ("3반 <b>\u{0}\n.csv", "3반 b.csv"),
        ] {
            assert_eq!(plain_name(given), name);
        }
        assert_eq!(plain_name(&"가".repeat(500)).chars().count(), LONGEST_NAME);
    }

    #[tokio::test]
    async fn a_file_is_kept_until_it_is_let_go() {
        let dir = tempfile::tempdir().unwrap();
        let sent = receive(dir.path(), "a.csv", Body::from("x,y\n1,2\n")).await.unwrap();
        let found = find(dir.path(), &sent.id).await.unwrap();
        assert_eq!(found, sent);
        assert_eq!(std::fs::read_to_string(&found.path).unwrap(), "x,y\n1,2\n");
        forget(&found).await;
        assert_eq!(find(dir.path(), &sent.id).await, Err(Refusal::not_found()));
        for id in ["", "..", "../x", "0"] {
            assert_eq!(find(dir.path(), id).await, Err(Refusal::not_found()));
        }
        let empty = receive(dir.path(), "a.csv", Body::empty()).await.unwrap_err();
        assert_eq!(empty.word, "import.empty");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "nothing is left of it");
    }
}
