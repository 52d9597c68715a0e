//! Files that pages name: styles, scripts, fonts.

use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use seedtest_digest::sha256_hex;

use crate::pages::ASSETS;
use crate::refusal::{PageResult, Refusal};
use crate::routing::{Access, Pages};

/// A file that pages name.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) bytes: &'static [u8],
}

/// Digits of a digest in the address of a file.
const DIGITS: usize = 12;

pub(crate) fn routes() -> Pages {
    Pages::new().get("/assets/{version}/{name}", Access::open(), show)
}

fn version(asset: &Asset) -> String {
    let mut digest = sha256_hex(&[asset.bytes]);
    digest.truncate(DIGITS);
    digest
}

/// The address of a file: it changes with its bytes, so that browsers may keep it for good.
pub(crate) fn path(name: &str) -> Result<String, minijinja::Error> {
    let found = ASSETS.iter().find(|asset| asset.name == name).ok_or_else(|| {
        let message = format!("there is no asset {name:?}");
        minijinja::Error::new(minijinja::ErrorKind::InvalidOperation, message)
    })?;
    Ok(format!("/assets/{}/{name}", version(found)))
}

async fn show(Path((asked, name)): Path<(String, String)>) -> PageResult<Response> {
    let found = ASSETS.iter().find(|asset| asset.name == name);
    let asset = found.ok_or_else(Refusal::not_found)?;
    // A page of another release asks for another version: it gets this one, which it does not keep.
    let kept =
        if version(asset) == asked { "public, max-age=31536000, immutable" } else { "no-cache" };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(asset.media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    Ok((headers, asset.bytes).into_response())
}
