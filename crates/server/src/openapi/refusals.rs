//! Which refusals routes of a kind have.

use crate::error::Code;
use crate::routing::{Scopes, Who};

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
        Who::Internal => &[Code::Unauthorized, Code::RateLimited, Code::Internal],
        Who::User(Scopes::None) => &OF_USER[..4],
        Who::User(_) => &OF_USER,
    }
}

/// Of routes for users of the platform; the last of those that want scopes.
const OF_USER: [Code; 5] = [
    Code::Unauthorized,
    Code::RateLimited,
    Code::Internal,
    Code::Upstream,
    Code::InsufficientScope,
];
