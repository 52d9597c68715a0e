//! The plain address of an object: where it would be opened by who may read it.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::place::{AzurePlace, GcsPlace, Place, S3Place};

/// Everything but what a path may hold as it is (RFC 3986, unreserved), and the slash.
const IN_PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// `key` below `base`.
pub(crate) fn below(base: &str, key: &str) -> String {
    format!("{}/{}", base.trim_end_matches('/'), utf8_percent_encode(key, IN_PATH))
}

/// Where the keys of a place begin; `None` for a directory, whose files have addresses of their own.
pub(crate) fn base(place: &Place) -> Option<String> {
    match place {
        Place::S3(place) => Some(of_s3(place)),
        Place::Gcs(place) => Some(of_gcs(place)),
        Place::Azure(place) => Some(of_azure(place)),
        Place::Directory(_) => None,
    }
}

/// As docs/contract/jobs.md J13 has it. A bucket with dots has no certificate of its own and stands in the
/// path.
fn of_s3(place: &S3Place) -> String {
    let S3Place { bucket, region, endpoint, path_style, .. } = place;
    let Some(endpoint) = endpoint else {
        let in_path = *path_style || bucket.contains('.');
        return if in_path {
            format!("https://s3.{region}.amazonaws.com/{bucket}")
        } else {
            format!("https://{bucket}.s3.{region}.amazonaws.com")
        };
    };
    let endpoint = endpoint.trim_end_matches('/');
    match endpoint.split_once("://") {
        Some((scheme, host)) if !path_style => format!("{scheme}://{bucket}.{host}"),
        _ => format!("{endpoint}/{bucket}"),
    }
}

fn of_gcs(place: &GcsPlace) -> String {
    let host = place.endpoint.as_deref().unwrap_or("https://storage.googleapis.com");
    format!("{}/{}", host.trim_end_matches('/'), place.bucket)
}

fn of_azure(place: &AzurePlace) -> String {
    let AzurePlace { account, container, endpoint, .. } = place;
    match endpoint {
        Some(endpoint) => format!("{}/{container}", endpoint.trim_end_matches('/')),
        None => format!("https://{account}.blob.core.windows.net/{container}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::S3Credentials;

    fn s3(bucket: &str, endpoint: Option<&str>, path_style: bool) -> String {
        of_s3(&S3Place {
            bucket: bucket.into(),
            prefix: String::new(),
            region: "ap-northeast-2".into(),
            endpoint: endpoint.map(str::to_owned),
            path_style,
            allow_http: false,
            credentials: S3Credentials::Machine,
        })
    }

    #[test]
    fn addresses_are_those_of_the_services() {
        let amazon = "https://seedtest-reports.s3.ap-northeast-2.amazonaws.com";
        assert_eq!(s3("seedtest-reports", None, false), amazon);
        assert_eq!(s3("a.b", None, false), "https://s3.ap-northeast-2.amazonaws.com/a.b");
        assert_eq!(s3("abc", Some("http://127.0.0.1:9/"), true), "http://127.0.0.1:9/abc");
        assert_eq!(s3("abc", Some("https://r2.example"), false), "https://abc.r2.example");
    }

    #[test]
    fn a_key_is_spelled_so_that_it_opens() {
        let spelled = below("https://b/", "reports/a=2f b/가@x/report.html");
        assert_eq!(spelled, "https://b/reports/a%3D2f%20b/%EA%B0%80%40x/report.html");
    }
}
