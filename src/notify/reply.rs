//! What a reply, or the lack of one, means for the next try.

use std::{error::Error, time::Duration};

use http::{
    HeaderMap, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use jiff::{Timestamp, fmt::rfc2822};

use super::address::LeadsInwards;

/// The longest error text, in characters; it goes into a status.
const LONGEST: usize = 256;

/// What became of one attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// A status of 2xx arrived, or the mail server's 2xx for the whole message, at that time.
    Accepted {
        /// The clock's time when it arrived.
        at: Timestamp,
    },
    /// It may work later.
    Retry {
        /// The status or the step that failed; at most 256 characters, without the URL's query and without secrets.
        error: String,
        /// How long the receiver asked to be left alone; not bounded yet.
        after: Option<Duration>,
    },
    /// It will never work.
    Permanent {
        /// Like the error of `Retry`.
        error: String,
    },
}

impl Attempt {
    pub(super) fn permanent(error: &str) -> Self {
        Self::Permanent { error: shorten(error) }
    }

    pub(super) fn retry(error: &str) -> Self {
        Self::Retry { error: shorten(error), after: None }
    }

    /// Judges a status that arrived `at` that time.
    pub(super) fn from_status(status: StatusCode, headers: &HeaderMap, at: Timestamp) -> Self {
        match status {
            _ if status.is_success() => Self::Accepted { at },
            StatusCode::GONE => Self::permanent("HTTP 410 Gone: the receiver wants no more messages here"),
            _ if status.is_redirection() => {
                Self::permanent(&format!("HTTP {status}: redirects are not followed; write the final address"))
            }
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                Self::Retry { error: format!("HTTP {status}"), after: retry_after(headers, at) }
            }
            _ => Self::retry(&format!("HTTP {status}")),
        }
    }

    /// Judges an exchange that broke off before a status arrived.
    pub(super) fn from_error(error: &reqwest::Error) -> Self {
        if let Some(inwards) = causes(error).find_map(|cause| cause.downcast_ref::<LeadsInwards>()) {
            return Self::permanent(&inwards.to_string());
        }
        Self::retry(&in_words(error))
    }
}

/// Which step broke off, and why. Only the innermost cause: the outermost names the URL with its query.
pub(crate) fn in_words(error: &reqwest::Error) -> String {
    let cause = causes(error).skip(1).last().map_or_else(|| "unknown cause".into(), ToString::to_string);
    format!("{}: {cause}", step(error))
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn step(error: &reqwest::Error) -> &'static str {
    match error {
        _ if error.is_timeout() => "waiting for an answer",
        _ if error.is_dns() => "resolving the name",
        _ if error.is_connect() => "connecting",
        _ => "exchanging request and answer",
    }
}

/// Seconds, or a date; a date is measured against the receiver's own clock where the reply tells it.
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| rfc2822::DateTimeParser::new().parse_timestamp(text).ok();
    let sent = headers.get(DATE).and_then(|value| date(value.to_str().ok()?)).unwrap_or(now);
    Duration::try_from(date(text)?.duration_since(sent)).ok()
}

/// One line, and no more than a status takes.
pub(crate) fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    fn judge(status: u16, headers: &[(http::HeaderName, &str)]) -> Attempt {
        let headers = headers.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect();
        Attempt::from_status(StatusCode::from_u16(status).unwrap(), &headers, NOW)
    }

    fn after(headers: &[(http::HeaderName, &str)]) -> Option<Duration> {
        let Attempt::Retry { after, .. } = judge(503, headers) else { panic!("503 may work later") };
        after
    }

    #[test]
    fn every_2xx_accepts_and_only_gone_and_redirects_are_final() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(judge(status, &[]), Attempt::Accepted { at: NOW }, "{status}");
        }
        for status in [301, 302, 304, 307, 308, 410] {
            assert!(matches!(judge(status, &[]), Attempt::Permanent { .. }), "{status}");
        }
        for status in [400, 401, 404, 408, 413, 429, 500, 502, 503, 504] {
            assert!(matches!(judge(status, &[]), Attempt::Retry { after: None, .. }), "{status}");
        }
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_on_the_receivers_clock() {
        assert_eq!(after(&[(RETRY_AFTER, "120")]), Some(Duration::from_mins(2)));
        let date = (DATE, "Tue, 01 Dec 2026 09:00:00 GMT");
        assert_eq!(after(&[(RETRY_AFTER, "Tue, 01 Dec 2026 09:01:30 GMT"), date]), Some(Duration::from_secs(90)));
        assert_eq!(after(&[(RETRY_AFTER, "Thu, 01 Jan 1970 00:00:07 GMT")]), Some(Duration::from_secs(7)));
        assert_eq!(after(&[(RETRY_AFTER, "soon")]), None);
        assert_eq!(after(&[(RETRY_AFTER, "-5")]), None);
    }

    #[test]
    fn error_texts_are_short_and_on_one_line() {
        let Attempt::Permanent { error } = Attempt::permanent(&format!("a\nb\u{1b}{}", "ü".repeat(300))) else { panic!() };
        assert_eq!(error.chars().count(), 256);
        assert!(error.starts_with("abü"));
    }
}
