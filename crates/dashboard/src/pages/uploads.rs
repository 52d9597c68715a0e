//! Files that were sent and wait to be imported. They lie in a directory of their own under a name that cannot be
//! guessed, until they are imported or a day has gone by.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use tokio::fs;
use tokio::io::AsyncWriteExt;

use crate::refusal::{PageResult, Refusal};
use crate::secrets::{is_secret, secret};

/// Most bytes of a file.
pub(crate) const LARGEST: u64 = 2 << 30;
const LIMITS: Limits = Limits { largest: LARGEST, silence: Duration::from_secs(30) };
/// Most characters of its name.
const LONGEST_NAME: usize = 120;
/// How long a file waits.
const PATIENCE: Duration = Duration::from_hours(24);

/// How much is taken, and how long nothing may come.
#[derive(Debug, Clone, Copy)]
struct Limits {
    largest: u64,
    silence: Duration,
}

/// The folder of a file that is on its way. Unless it arrives nothing is left of it, also where its sender is gone and
/// nobody goes on with the work.
struct Arriving {
    folder: Option<PathBuf>,
}

impl Arriving {
    fn arrived(mut self) {
        self.folder = None;
    }
}

impl Drop for Arriving {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // What cannot be removed now is removed with the old ones.
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

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
/// [`Refusal::too_large`], where it stops coming, and where the disk refuses; nothing is left then.
pub(crate) async fn receive(dir: &Path, name: &str, body: Body) -> PageResult<Upload> {
    forget_old(dir).await;
    take(dir, name, body, LIMITS).await
}

async fn take(dir: &Path, name: &str, body: Body, limits: Limits) -> PageResult<Upload> {
    // What says that it is too large need not come first.
    if body.size_hint().lower() > limits.largest {
        return Err(Refusal::too_large());
    }
    let (id, name) = (secret()?, plain_name(name));
    let folder = dir.join(&id);
    fs::create_dir_all(&folder).await.map_err(|error| Refusal::internal(&error))?;
    let path = folder.join(&name);
    let arriving = Arriving { folder: Some(folder) };
    write(&path, body, limits).await?;
    arriving.arrived();
    Ok(Upload { id, path, name })
}

async fn write(path: &Path, mut body: Body, limits: Limits) -> PageResult<()> {
    let failed = |error: std::io::Error| Refusal::internal(&error);
    let broke_off = || Refusal::invalid("file", "import.broke_off");
    let mut file = fs::File::create_new(path).await.map_err(failed)?;
    let mut size = 0_u64;
    loop {
        let next = tokio::time::timeout(limits.silence, body.frame()).await;
        let Some(frame) = next.map_err(|_| broke_off())? else { break };
        let Ok(data) = frame.map_err(|_| broke_off())?.into_data() else { continue };
        size += data.len() as u64;
        if size > limits.largest {
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
        assert_eq!(left(dir.path()), 0);
    }

    fn left(dir: &Path) -> usize {
        std::fs::read_dir(dir).unwrap().count()
    }

    /// A body of these parts; then it breaks off, or nothing comes any more.
    fn half(parts: u64, breaks_off: bool) -> Body {
        let came = futures_util::stream::iter((0..parts).map(|_| Ok("0123456789")));
        let end = futures_util::stream::once(async move {
            if breaks_off { Err("gone") } else { std::future::pending().await }
        });
        Body::from_stream(futures_util::StreamExt::chain(came, end))
    }

    #[tokio::test]
    async fn of_a_file_that_does_not_arrive_nothing_is_left() {
        let dir = tempfile::tempdir().unwrap();
        let limits = Limits { largest: 100, silence: Duration::from_millis(50) };
        for (body, status, word) in [
            (half(3, true), 422, "import.broke_off"),
            (half(3, false), 422, "import.broke_off"),
            // Too large without having said so, and having said so.
            (half(11, true), 413, "refusal.too_large"),
            (Body::from("x".repeat(101)), 413, "refusal.too_large"),
        ] {
            let refused = take(dir.path(), "a.csv", body, limits).await.unwrap_err();
            assert_eq!((refused.status.as_u16(), refused.word), (status, word));
            assert_eq!(left(dir.path()), 0, "{word}");
        }
        // Its sender is gone, and the work is dropped where it stands.
        let work = take(dir.path(), "a.csv", half(3, false), LIMITS);
        assert!(tokio::time::timeout(Duration::from_millis(100), work).await.is_err());
        assert_eq!(left(dir.path()), 0);
        let whole = take(dir.path(), "a.csv", Body::from("x".repeat(100)), limits).await.unwrap();
        assert_eq!(std::fs::metadata(whole.path).unwrap().len(), 100);
    }
}
