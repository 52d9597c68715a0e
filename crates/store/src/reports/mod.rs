//! Reports that were published, and who gets them by mail.

pub(crate) mod artifacts;
pub(crate) mod mails;
pub(crate) mod recipients;

use crate::schema::Migration;

/// The step that brings what is known of published objects, monthly reports, and mail.
const PUBLISHING: Migration =
    Migration { version: 11, name: "published objects, monthly reports, recipients and mails" };
