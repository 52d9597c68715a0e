//! Files that are sent as they lie in memory, however many ask for them: packed, or plain for a caller
//! who cannot unpack.

use std::io::{self, Read, Write};
use std::sync::OnceLock;

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::error::{ApiError, ApiResult};

/// A file in both forms; the plain one once somebody wanted it.
#[derive(Debug)]
pub(crate) struct Packed {
    gzip: Bytes,
    plain: OnceLock<Bytes>,
}

impl Packed {
    /// A file that lies in the binary, packed with gzip.
    pub(super) const fn of_binary(gzip: &'static [u8]) -> Self {
        Self { gzip: Bytes::from_static(gzip), plain: OnceLock::new() }
    }

    /// Packs a file.
    pub(super) fn new(plain: Vec<u8>) -> io::Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&plain)?;
        let gzip = gzip.finish()?.into();
        Ok(Self { gzip, plain: OnceLock::from(Bytes::from(plain)) })
    }

    /// The file in the form that a caller with these headers takes.
    pub(super) fn answer(&self, headers: &HeaderMap, media: &'static str) -> ApiResult<Response> {
        let common = [(header::CONTENT_TYPE, media), (header::VARY, "accept-encoding")];
        if takes_gzip(headers) {
            let gzip = self.gzip.clone();
            return Ok((common, [(header::CONTENT_ENCODING, "gzip")], gzip).into_response());
        }
        Ok((common, self.plain()?).into_response())
    }

    fn plain(&self) -> ApiResult<Bytes> {
        if let Some(plain) = self.plain.get() {
            return Ok(plain.clone());
        }
        let mut plain = Vec::new();
        GzDecoder::new(&*self.gzip)
            .read_to_end(&mut plain)
            .map_err(|error| ApiError::internal(&error))?;
        Ok(self.plain.get_or_init(|| plain.into()).clone())
    }
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings = headers.get_all(header::ACCEPT_ENCODING).iter();
    codings.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(
        |coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let refused = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
            name.trim().eq_ignore_ascii_case("gzip") && !refused
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_lie_in_memory_once() {
        let packed = Packed::new(vec![b'x'; 100_000]).unwrap();
        assert!(packed.gzip.len() < 1_000);
        let (one, two) = (packed.plain().unwrap(), packed.plain().unwrap());
        assert_eq!(one.as_ptr(), two.as_ptr());
        let of_binary = Packed::of_binary(b"no gzip");
        assert!(of_binary.plain().is_err());
    }
}
