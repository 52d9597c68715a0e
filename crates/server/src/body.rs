//! Bodies: how much of them is read, how long it may take, and how they are unpacked.

use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::http::{HeaderMap, Request, header};
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::error::{ApiError, ApiResult, Code};

/// Unit in which memory for bodies is counted.
const UNIT: usize = 16 << 10;
/// A body of more bytes gets [`ROOM`].
const LARGE: usize = 256 << 10;
/// What allocators ask the system for, and give back, as a whole: of smaller pieces, those that a growing body
/// leaves behind one after the other, glibc keeps megabytes for later in every thread that ever read one.
const ROOM: usize = 64 << 20;

/// Memory for all bodies together.
#[derive(Debug, Clone)]
pub(crate) struct Budget(Arc<Semaphore>);

/// A body as it arrived, and its share of the memory.
#[derive(Debug)]
pub(crate) struct Received {
    bytes: Bytes,
    gzip: bool,
    limit: usize,
    /// Whether a flag of the service raises the limit.
    may_be_raised: bool,
    share: Share,
}

/// A body that can be read, and its share of the memory.
#[derive(Debug)]
pub(crate) struct Text {
    bytes: Bytes,
    _share: Share,
}

impl std::ops::Deref for Text {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

#[derive(Debug)]
struct Share {
    budget: Budget,
    held: Option<OwnedSemaphorePermit>,
    units: usize,
}

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.div_ceil(UNIT))))
    }

    fn share(&self) -> Share {
        Share { budget: self.clone(), held: None, units: 0 }
    }
}

impl Share {
    fn grow_to(&mut self, bytes: usize) -> ApiResult<()> {
        let needed = bytes.div_ceil(UNIT);
        let more = needed.saturating_sub(self.units);
        if more == 0 {
            return Ok(());
        }
        let permit =
            self.budget.0.clone().try_acquire_many_owned(more as u32).map_err(|_| busy())?;
        self.units = needed;
        match &mut self.held {
            Some(held) => held.merge(permit),
            None => self.held = Some(permit),
        }
        Ok(())
    }
}

fn busy() -> ApiError {
    ApiError::new(Code::Busy, "too many large requests at once")
        .hint("send the request again later")
        .retry_after(std::time::Duration::from_secs(2))
}

fn too_large(limit: usize, may_be_raised: bool) -> ApiError {
    let hint = if may_be_raised {
        "send less data; the service can be started with a larger limit (max-body-mib)"
    } else {
        "send less data"
    };
    ApiError::new(Code::TooLarge, format!("the body is larger than {limit} bytes")).hint(hint)
}

/// Receives the body of a request of at most `limit` bytes, packed or not.
pub(crate) async fn receive(
    request: Request<Body>,
    limit: usize,
    limits: &Limits,
    budget: &Budget,
) -> ApiResult<Received> {
    check_type(request.headers())?;
    let may_be_raised = limit == limits.fit_body;
    let gzip = encoding(request.headers())?;
    let declared = request.headers().get(header::CONTENT_LENGTH);
    let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large(limit, may_be_raised));
    }
    let began = Instant::now();
    let mut share = budget.share();
    let mut bytes = Vec::with_capacity(declared.unwrap_or(0).min(UNIT));
    let mut body = request.into_body();
    loop {
        let left = limits.arrival.worth(bytes.len() as u64).saturating_sub(began.elapsed());
        let frame = tokio::time::timeout(limits.body_silence.min(left), body.frame()).await;
        let frame = match frame {
            Err(_) => {
                return Err(ApiError::new(Code::RequestTimeout, "the body arrives too slowly"));
            }
            Ok(None) => break,
            Ok(Some(Err(error))) => {
                return Err(ApiError::new(Code::Malformed, format!("the body broke off: {error}")));
            }
            Ok(Some(Ok(frame))) => frame,
        };
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > limit {
            return Err(too_large(limit, may_be_raised));
        }
        share.grow_to(bytes.len() + data.len())?;
        // What arrived so far is proof of as much again, three times over; a length is only claimed.
        let left = declared.unwrap_or(0).saturating_sub(bytes.len());
        make_room(&mut bytes, left.min(4 * data.len()).max(data.len()), limit);
        bytes.extend_from_slice(&data);
    }
    Ok(Received { bytes: bytes.into(), gzip, limit, may_be_raised, share })
}

/// Makes room for `more` bytes of a body that has at most `limit`. Room that is not written to takes no memory.
fn make_room(bytes: &mut Vec<u8>, more: usize, limit: usize) {
    let needed = bytes.len() + more;
    if needed > bytes.capacity() && needed > LARGE {
        let room = (2 * needed).max(ROOM).min(limit).max(needed);
        // A system that does not give as much before it is needed gives it piece by piece.
        let _ = bytes.try_reserve_exact(room - bytes.len());
    }
    bytes.reserve(more);
}

impl Received {
    /// Bytes that arrived.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether it has to be unpacked.
    pub(crate) fn is_packed(&self) -> bool {
        self.gzip
    }

    /// The unpacked body.
    pub(crate) fn unpack(self) -> ApiResult<Text> {
        let Self { bytes, gzip, limit, may_be_raised, mut share } = self;
        if !gzip {
            return Ok(Text { bytes, _share: share });
        }
        let packed = bytes.len();
        let mut reader = MultiGzDecoder::new(bytes.as_ref());
        let mut unpacked = Vec::new();
        let mut chunk = vec![0; 64 << 10];
        loop {
            let n = reader.read(&mut chunk).map_err(|error| {
                ApiError::new(Code::Malformed, format!("the body is not gzip: {error}"))
            })?;
            if n == 0 {
                break;
            }
            if unpacked.len() + n > limit {
                return Err(too_large(limit, may_be_raised));
            }
            share.grow_to(packed + unpacked.len() + n)?;
            make_room(&mut unpacked, n, limit);
            unpacked.extend_from_slice(&chunk[..n]);
        }
        Ok(Text { bytes: unpacked.into(), _share: share })
    }
}

/// Whether the body is declared as JSON.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|media| {
        media == "application/json" || media == "text/json" || media.ends_with("+json")
    })
}

fn media_type(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().unwrap_or_default();
    Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
}

fn check_type(headers: &HeaderMap) -> ApiResult<()> {
    let Some(media) = media_type(headers) else { return Ok(()) };
    if is_json(headers) {
        return Ok(());
    }
    Err(ApiError::new(Code::UnsupportedMediaType, format!("{media:?} is not read"))
        .hint("send Content-Type: application/json"))
}

fn encoding(headers: &HeaderMap) -> ApiResult<bool> {
    let Some(value) = headers.get(header::CONTENT_ENCODING) else { return Ok(false) };
    match value.to_str().unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        other => Err(ApiError::new(
            Code::UnsupportedMediaType,
            format!("content encoding {other:?} is not read"),
        )
        .hint("send the body plain or with Content-Encoding: gzip")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Capacities that a body goes through which arrives in pieces.
    fn rooms(size: usize, limit: usize) -> Vec<usize> {
        let piece = [b' '; UNIT];
        let mut bytes = Vec::new();
        let mut rooms = Vec::new();
        while bytes.len() < size {
            make_room(&mut bytes, piece.len(), limit);
            bytes.extend_from_slice(&piece);
            rooms.push(bytes.capacity());
        }
        rooms.dedup();
        rooms
    }

    #[test]
    fn a_small_body_takes_little_and_a_large_one_grows_once() {
        let limit = 128 << 20;
        assert!(rooms(LARGE, limit).iter().all(|&room| room <= 2 * LARGE));
        let large = rooms(100 << 20, limit);
        let (grown, whole) = large.split_at(large.len() - 2);
        assert!(grown.iter().all(|&room| room <= 2 * LARGE), "{large:?}");
        assert_eq!(whole, [ROOM, limit], "{large:?}");
        assert_eq!(rooms(3 << 20, 4 << 20).last(), Some(&(4 << 20)));
    }
}
