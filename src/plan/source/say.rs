//! What the condition `SourceReady` says. It names instants, and no ages: those change by themselves.

use crate::api::{
    product::{Fetched, Source},
    reason::Reason,
};

/// Status, reason and message. What another source said counts for nothing.
pub fn said(source: &Source, known: Option<&Fetched>) -> (bool, Reason, String) {
    let url = &source.url;
    let known = known.filter(|known| known.url == *url);
    let error = known.and_then(|known| known.error.as_ref());
    let fetched = known.and_then(|known| Some((known.fetched_at?, known.releases.len())));
    match (error, fetched) {
        (None, None) => (false, Reason::FetchPending, format!("{url} has not answered yet; nothing is known of its releases")),
        (None, Some((_, releases))) => (true, Reason::Fetched, format!("cycles that {url} lists: {releases}")),
        (Some(error), fetched) => {
            // A word of another operator is none that this one can explain.
            let reason = error.reason.known().unwrap_or(Reason::SourceUnreachable);
            let in_force = match fetched {
                Some((at, _)) => format!("what it said last is in force; that was confirmed at {at}"),
                None => "nothing is known of its releases until it answers".into(),
            };
            let (since, advice) = (error.at, advice(reason));
            (false, reason, format!("{}{advice}. It fails since {since}; {in_force}", error.message))
        }
    }
}

/// What to do, where the message does not say it.
fn advice(reason: Reason) -> &'static str {
    match reason {
        Reason::SourceUnreachable => "; see that the operator reaches it, or correct spec.source.url",
        Reason::TooManyRequests => "; it is left alone for as long as it asks, or write a longer spec.source.interval",
        Reason::Redirected => "; redirects are not followed: write the final address into spec.source.url",
        Reason::Malformed => "; correct spec.source.url, or the document: a product of the endoflife.date API v1",
        Reason::TooLarge | Reason::TooManyReleases => "; let spec.source.url serve one product, or write spec.releases by hand",
        Reason::Shrunk => "; correct the source, or write spec.releases by hand",
        Reason::HttpError => "; correct spec.source.url, or the server",
        _ => "",
    }
}
