//! `seedtest token`: who may ask the service, by name, with scopes and an end.

use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use seedtest_digest::sha256_hex;
use seedtest_server::TokenScope;
use seedtest_store::{Store, StoredToken};
use serde_json::json;
use uuid::Uuid;

use crate::cli::{Global, TokenAction, TokenArgs};
use crate::failure::Failure;
use crate::output::Output;
use crate::session;

/// Shortest secret that is accepted from outside, bytes: that of 128 random bits in hexadecimal.
const SHORTEST_SECRET: usize = 32;
/// Digits of a token's id.
const ID_DIGITS: usize = 12;

pub(crate) async fn run(
    args: &TokenArgs,
    global: &Global,
    output: &Output,
) -> Result<ExitCode, Failure> {
    // The database keeps microseconds.
    let now = session::clock()?.now().trunc_subsecs(6);
    match &args.action {
        TokenAction::Add { name, scopes, expires, secret_file } => {
            check_name(name)?;
            let scopes = scopes_of(scopes)?;
            let expires_at = expires.as_deref().map(|text| end(text, now)).transpose()?;
            let secret = secret_file.as_deref().map_or_else(|| Ok(made()), read_secret)?;
            let token = token(name, &secret, scopes, now, expires_at);
            // The first token may well come before the first answer.
            let store = session::open_or_create(global).await?;
            session::with(store, async |store| add(store, &token, None).await).await?;
            tell(&token, output);
            if secret_file.is_none() {
                output.line(&secret)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        TokenAction::List { json } => {
            let store = session::open(global).await?;
            let tokens = session::with(store, async |store| Ok(store.tokens().await?)).await?;
            list(&tokens, *json, now, output)
        }
        TokenAction::Revoke { which } => {
            let store = session::open(global).await?;
            session::with(store, async |store| revoke(store, which, now, output).await).await
        }
        TokenAction::Rotate { name, overlap, expires } => {
            let ends = now + span(overlap).ok_or_else(|| bad_time("--overlap", overlap))?;
            let expires_at = expires.as_deref().map(|text| end(text, now)).transpose()?;
            let secret = made();
            let store = session::open(global).await?;
            let token = session::with(store, async |store| {
                let scopes = newest_scopes(store, name, now).await?;
                let token = token(name, &secret, scopes, now, expires_at);
                add(store, &token, Some(ends)).await?;
                Ok(token)
            })
            .await?;
            tell(&token, output);
            output.note(&format!("those before end at {}", instant(ends)));
            output.line(&secret)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check_name(name: &str) -> Result<(), Failure> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let is_id = name.len() == ID_DIGITS && name.chars().all(|c| c.is_ascii_hexdigit());
    if (1..=64).contains(&name.len()) && name.chars().all(plain) && !is_id {
        return Ok(());
    }
    let hint = "use 1 to 64 letters, digits, `.`, `_` and `-`, and not the form of an id";
    Err(Failure::usage(format!("{name:?} is no name of a token"), hint))
}

/// The words of known scopes, each once, in one order.
fn scopes_of(words: &[String]) -> Result<String, Failure> {
    let known: Vec<_> = TokenScope::ALL.iter().map(|scope| scope.name()).collect();
    for word in words.iter().map(|word| word.trim()) {
        if !known.contains(&word) {
            let hint = format!("scopes: {}", known.join(", "));
            return Err(Failure::usage(format!("--scopes: {word:?} is no scope"), hint));
        }
    }
    let asked = |scope: &&&str| words.iter().any(|word| word.trim() == **scope);
    Ok(known.iter().filter(asked).copied().collect::<Vec<_>>().join(","))
}

/// A secret of 244 random bits.
fn made() -> String {
    format!("sdt_{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
}

fn read_secret(path: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    read.map_err(|error| {
        let hint = "name a file that this user may read";
        Failure::usage(format!("--secret-file {}: {error}", path.display()), hint)
    })?;
    let secret = text.trim();
    if secret.len() < SHORTEST_SECRET || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
        let hint =
            "write 32 or more printable ASCII characters without blanks, from a random source";
        return Err(Failure::usage(
            "--secret-file: the secret is too short or no plain text",
            hint,
        ));
    }
    Ok(secret.to_string())
}

fn token(
    name: &str,
    secret: &str,
    scopes: String,
    now: DateTime<Utc>,
    expires_at: Option<DateTime<Utc>>,
) -> StoredToken {
    let digest = sha256_hex(&[secret.as_bytes()]);
    StoredToken {
        token_id: Uuid::new_v4().simple().to_string()[..ID_DIGITS].to_string(),
        name: name.to_string(),
        digest,
        scopes,
        created_at: now,
        expires_at,
        revoked_at: None,
    }
}

/// Adds a token; those of the same name before it end at `ends`.
async fn add(
    store: &Store,
    token: &StoredToken,
    ends: Option<DateTime<Utc>>,
) -> Result<(), Failure> {
    let mut tx = store.begin().await?;
    if let Some(ends) = ends {
        tx.expire_tokens(&token.name, ends).await?;
    }
    tx.add_token(token).await?;
    Ok(tx.commit().await?)
}

/// The remark goes beside the secret, not before it: `SECRET=$(seedtest token add …)`.
fn tell(token: &StoredToken, output: &Output) {
    let until =
        token.expires_at.map_or("for good".to_string(), |at| format!("until {}", instant(at)));
    let (id, name, scopes) = (&token.token_id, &token.name, &token.scopes);
    output.note(&format!("token {id} of {name} opens {scopes} {until}"));
}

async fn newest_scopes(store: &Store, name: &str, now: DateTime<Utc>) -> Result<String, Failure> {
    let tokens = store.tokens().await?;
    let newest = tokens.into_iter().rfind(|token| token.name == name && state(token, now) == HOLDS);
    newest.map(|token| token.scopes).ok_or_else(|| none_called(name))
}

async fn revoke(
    store: &Store,
    which: &str,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    let mut tx = store.begin().await?;
    let revoked = tx.revoke_tokens(which, now).await?;
    tx.commit().await?;
    if revoked == 0 {
        return Err(none_called(which));
    }
    output.line(&format!("{revoked} revoked"))?;
    Ok(ExitCode::SUCCESS)
}

fn none_called(which: &str) -> Failure {
    let hint = "`seedtest token list` shows ids and names".to_string();
    Failure::new(format!("no token that holds is called {which:?}"), Some(hint))
}

const HOLDS: &str = "holds";

fn state(token: &StoredToken, now: DateTime<Utc>) -> &'static str {
    if token.revoked_at.is_some() {
        "revoked"
    } else if token.expires_at.is_some_and(|at| at <= now) {
        "expired"
    } else {
        HOLDS
    }
}

fn list(
    tokens: &[StoredToken],
    as_json: bool,
    now: DateTime<Utc>,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if tokens.is_empty() && !as_json {
        output.line("no tokens yet")?;
    }
    for token in tokens {
        let state = state(token, now);
        let line = if as_json {
            json!({
                "token_id": token.token_id,
                "name": token.name,
                "scopes": token.scopes.split(',').collect::<Vec<_>>(),
                "state": state,
                "created_at": instant(token.created_at),
                "expires_at": token.expires_at.map(instant),
                "revoked_at": token.revoked_at.map(instant),
            })
            .to_string()
        } else {
            let until = token.expires_at.map_or("for good".to_string(), instant);
            let StoredToken { token_id, name, scopes, .. } = token;
            format!("{token_id}  {state:<8} {name:<20} {scopes:<32} {until}")
        };
        output.line(&line)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// An end that lies ahead: after a time, at the end of a day, at an instant.
fn end(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Failure> {
    let text = text.trim();
    let after = span(text).and_then(|span| now.checked_add_signed(span));
    let of_day = || {
        let day = text.parse::<NaiveDate>().ok()?.succ_opt()?;
        Some(day.and_time(NaiveTime::MIN).and_utc())
    };
    let at = || DateTime::parse_from_rfc3339(text).ok().map(|at| at.to_utc());
    let end = after.or_else(of_day).or_else(at).ok_or_else(|| bad_time("--expires", text))?;
    if end > now {
        return Ok(end);
    }
    let message = format!("--expires: {text:?} is over: such a token would open nothing");
    Err(Failure::usage(message, format!("it is {}; name a time ahead", instant(now))))
}

/// `90d`, `12h`, `30m`.
fn span(text: &str) -> Option<TimeDelta> {
    let (number, unit) = text.trim().split_at_checked(text.trim().len().checked_sub(1)?)?;
    let number: u32 = number.parse().ok()?;
    match unit {
        "d" => TimeDelta::try_days(i64::from(number)),
        "h" => TimeDelta::try_hours(i64::from(number)),
        "m" => TimeDelta::try_minutes(i64::from(number)),
        _ => None,
    }
}

fn bad_time(flag: &str, text: &str) -> Failure {
    let hint =
        "write a time as 90d, 12h or 30m; --expires also takes 2026-01-31 or an instant ahead";
    Failure::usage(format!("{flag}: {text:?} is no such time"), hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn ends_are_times_days_and_instants_that_lie_ahead() {
        let now = at("2025-03-12T10:00:00Z");
        for (text, expected) in [
            ("90d", "2025-06-10T10:00:00Z"),
            ("12h", "2025-03-12T22:00:00Z"),
            ("30m", "2025-03-12T10:30:00Z"),
            ("2025-03-12", "2025-03-13T00:00:00Z"),
            ("2025-03-12T19:30:00+09:00", "2025-03-12T10:30:00Z"),
        ] {
            assert_eq!(end(text, now).unwrap(), at(expected), "{text}");
        }
        for text in ["", "d", "5x", "-1d", "soon", "٣d"] {
            let refused = end(text, now).unwrap_err();
            assert!(refused.told().0.contains("is no such time"), "{text}: {refused:?}");
        }
        for text in ["0d", "2025-03-11", "2025-03-12T09:00:00Z", "2025-03-12T10:00:00Z"] {
            let refused = end(text, now).unwrap_err();
            assert!(refused.told().0.contains("is over"), "{text}: {refused:?}");
        }
    }

    #[test]
    fn scopes_are_known_words_in_one_order() {
        let scopes =
            |text: &str| scopes_of(&text.split(',').map(str::to_string).collect::<Vec<_>>());
        assert_eq!(scopes("fit, read,fit").unwrap(), "read,fit");
        assert!(scopes("read,write").is_err());
        assert!(scopes("").is_err());
    }

    #[test]
    fn names_cannot_pass_for_ids_or_break_a_line() {
        assert!(check_name("cron.nightly-2").is_ok());
        for name in ["", "a b", "a\nb", "0123456789ab", &"x".repeat(65), "김"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
