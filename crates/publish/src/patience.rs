//! How often and how long to try.

use std::time::Duration;

use object_store::{BackoffConfig, ClientOptions, RetryConfig};

/// How often and how long a request is tried. Waits double from try to try, with chance in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Tries after the first one.
    pub retries: usize,
    /// Wait before the second try.
    pub first_wait: Duration,
    /// Longest wait between two tries.
    pub longest_wait: Duration,
    /// After this much time no further try begins.
    pub altogether: Duration,
    /// How long one try may take.
    pub one_try: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            retries: 4,
            first_wait: Duration::from_millis(500),
            longest_wait: Duration::from_secs(15),
            altogether: Duration::from_mins(2),
            one_try: Duration::from_secs(30),
        }
    }
}

impl Patience {
    pub(crate) fn retry(self) -> RetryConfig {
        RetryConfig {
            backoff: BackoffConfig {
                init_backoff: self.first_wait,
                max_backoff: self.longest_wait,
                base: 2.0,
            },
            max_retries: self.retries,
            retry_timeout: self.altogether,
        }
    }

    pub(crate) fn client(self, allow_http: bool) -> ClientOptions {
        ClientOptions::new()
            .with_timeout(self.one_try)
            .with_connect_timeout(self.one_try.min(Duration::from_secs(5)))
            .with_allow_http(allow_http)
    }
}
