//! Warnings of the API server. kube's client drops the header, and with it what an admission policy has to say to whoever writes.

use std::{
    io::Write,
    task::{Context, Poll},
};

use futures::{FutureExt, future::BoxFuture};
use http::{HeaderMap, Request, Response, header::WARNING};
use tower::{Layer, Service};

/// Puts [`Warnings`] under a client.
#[derive(Clone, Debug)]
pub struct WarningsLayer;

impl<S> Layer<S> for WarningsLayer {
    type Service = Warnings<S>;
    fn layer(&self, inner: S) -> Warnings<S> {
        Warnings { inner }
    }
}

/// The client's service, with each warning of an answer printed on stderr, as kubectl does.
#[derive(Clone, Debug)]
pub struct Warnings<S> {
    inner: S,
}

impl<S, Q, B> Service<Request<Q>> for Warnings<S>
where
    S: Service<Request<Q>, Response = Response<B>>,
    S::Future: Send + 'static,
{
    type Response = Response<B>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Response<B>, S::Error>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Q>) -> Self::Future {
        let answer = self.inner.call(request);
        async move {
            let answer = answer.await?;
            show(answer.headers());
            Ok(answer)
        }
        .boxed()
    }
}

fn show(headers: &HeaderMap) {
    for text in headers.get_all(WARNING).iter().flat_map(|value| texts(&String::from_utf8_lossy(value.as_bytes()))) {
        // Whoever closed stderr wants no warnings.
        let _ = writeln!(std::io::stderr(), "Warning: {text}");
    }
}

/// The texts of a header like `299 - "too late", 299 - "and too much"`: what stands between quotes. A date may follow in quotes of
/// its own; the API server sends none.
fn texts(header: &str) -> Vec<String> {
    let mut texts = vec![];
    let mut open: Option<String> = None;
    let mut characters = header.chars();
    while let Some(character) = characters.next() {
        match (&mut open, character) {
            (None, '"') => open = Some(String::new()),
            (None, _) => {}
            (Some(_), '"') => texts.extend(open.take()),
            (Some(text), '\\') => text.extend(characters.next()),
            (Some(text), other) => text.push(other),
        }
    }
    texts.extend(open); // cut off in the middle: better than nothing
    texts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_what_stands_between_the_quotes() {
        assert_eq!(texts(r#"299 - "too late""#), ["too late"]);
        assert_eq!(texts(r#"299 - "a, b", 299 - "say \"no\" by C:\\" "#), ["a, b", r#"say "no" by C:\"#]);
        assert_eq!(texts(r#"299 - "cut o"#), ["cut o"]);
        assert!(texts("299 -").is_empty());
    }
}
