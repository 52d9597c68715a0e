//! Which refusals routes of a kind have.

use crate::error::Code;
use crate::routing::Who;

/// Of routes that read a body.
pub(crate) const BODY: [Code; 6] = [
    Code::Malformed,
    Code::InvalidParameter,
    Code::RequestTimeout,
    Code::TooLarge,
    Code::UnsupportedMediaType,
    Code::Busy,
];

/// Of routes that wait for a worker.
pub(crate) const WORKER: [Code; 2] = [Code::Busy, Code::Cancelled];

/// Of all routes that are guarded the same way.
pub(super) fn of_access(who: Who) -> &'static [Code] {
    match who {
        Who::Everybody => &[],
        Who::Internal(_) => {
            &[Code::Unauthorized, Code::RateLimited, Code::Internal, Code::InsufficientScope]
        }
        Who::User(_) => &OF_USER,
    }
}

/// Of routes for users of the platform.
const OF_USER: [Code; 6] = [
    Code::Unauthorized,
    Code::RateLimited,
    Code::Internal,
    Code::Upstream,
    Code::InsufficientScope,
    Code::Forbidden,
];
