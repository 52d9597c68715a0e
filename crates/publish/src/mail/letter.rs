//! What is sent: plain text and HTML beside each other, with files.

use std::time::SystemTime;

use bytes::Bytes;
use lettre::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, Message, MultiPart, SinglePart};

use super::error::MailError;

/// A letter to one person.
#[derive(Debug, Clone)]
pub struct Letter<'a> {
    /// Address of the recipient.
    pub to: &'a str,
    /// BCP 47 tag of its language.
    pub lang: &'a str,
    /// Subject; line breaks in it become blanks.
    pub subject: &'a str,
    /// The letter as plain text.
    pub text: &'a str,
    /// The letter as HTML.
    pub html: &'a str,
    /// Files.
    pub attachments: &'a [Attachment],
    /// `Message-ID` without brackets: the same letter has the same one, so that a mailbox that gets it
    /// twice can tell.
    pub message_id: &'a str,
    /// How to be left in peace, as the value of `List-Unsubscribe`: `<mailto:…>` or `<https://…>`.
    pub unsubscribe: &'a str,
    /// Whether a POST to the address of `unsubscribe` is enough, with nobody to confirm it (RFC 8058).
    pub one_click: bool,
    /// Its date.
    pub date: SystemTime,
}

/// A file with a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// What it holds.
    pub content: Bytes,
}

/// Whether a text is the address of one mailbox that a letter can reach from anywhere: its domain has a dot, as
/// `home.kr`, or is an IP address in brackets. `p3@home` is a slip of the pen or a machine of one house.
pub fn valid_address(text: &str) -> bool {
    text.parse::<Address>().is_ok_and(|address| is_public(address.domain()))
}

/// Whether a domain can be looked up anywhere. No top-level domain is one letter or a number.
fn is_public(domain: &str) -> bool {
    if domain.starts_with('[') {
        return true;
    }
    domain.rsplit_once('.').is_some_and(|(_, top)| {
        top.chars().count() > 1 && !top.bytes().all(|byte| byte.is_ascii_digit())
    })
}

pub(super) fn message(letter: &Letter<'_>, from: &Mailbox) -> Result<Message, MailError> {
    let address: Address =
        letter.to.parse().map_err(|_| MailError::BadAddress { address: letter.to.to_owned() })?;
    let subject = letter.subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let builder = Message::builder()
        .from(from.clone())
        .to(Mailbox::new(None, address))
        .date(letter.date)
        .message_id(Some(format!("<{}>", letter.message_id)))
        .raw_header(header("Content-Language", letter.lang))
        .raw_header(header("List-Unsubscribe", letter.unsubscribe))
        // Nobody's out-of-office note is to answer it (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .subject(subject);
    let builder = if letter.one_click {
        builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    } else {
        builder
    };
    let body = MultiPart::alternative_plain_html(letter.text.to_owned(), letter.html.to_owned());
    let built = if letter.attachments.is_empty() {
        builder.multipart(body)
    } else {
        let mut mixed = MultiPart::mixed().multipart(body);
        for file in letter.attachments {
            mixed = mixed.singlepart(part(file)?);
        }
        builder.multipart(mixed)
    };
    built.map_err(|error| MailError::Letter { reason: error.to_string() })
}

fn part(file: &Attachment) -> Result<SinglePart, MailError> {
    let content_type = ContentType::parse(&file.content_type)
        .map_err(|error| MailError::Letter { reason: error.to_string() })?;
    Ok(Part::new(file.name.clone()).body(file.content.to_vec(), content_type))
}

fn header(name: &'static str, value: &str) -> HeaderValue {
    // A line break would begin a header of its own.
    let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

#[cfg(test)]
mod tests {
    use super::valid_address;

    #[test]
    fn an_address_can_be_reached_from_anywhere() {
        for address in
            ["p3@home.kr", "a.b+c@mail.school.example", "a@xn--bj0bj06e.kr", "a@[192.0.2.1]"]
        {
            assert!(valid_address(address), "{address}");
        }
        for text in
            ["p3@home", "p3", "@home.kr", "a b@home.kr", "a@home.", "a@b.1", "a@b.c", "a@localhost"]
        {
            assert!(!valid_address(text), "{text}");
        }
    }
}
