//! How every watch stream is asked for.

use kube::runtime::watcher;

/// Seconds after which the server ends a watch and it is opened anew: within the 90 s that R18 allows, also where an idle watch
/// gets no bookmark, which was seen. Longer than a minute, since bookmarks come once a minute: at 60 s the second watch and every
/// later one got none, and [`Observation::Current`](super::Observation::Current) stood still.
const WATCH: u32 = 70;
/// Objects in a page of a list. A page is held as text while it is parsed, and the memory stays: this sets the process's size.
const PAGE: u32 = 50;

/// A consistent read, then a watch from there. Not a streaming list: in kube 5 that asks with resourceVersion 0 and may be older
/// than what was seen before (R25).
pub(super) fn config(label: Option<(&str, &str)>) -> watcher::Config {
    let all = watcher::Config::default().page_size(PAGE).timeout(WATCH);
    label.map_or(all.clone(), |(key, value)| all.labels(&format!("{key}={value}")))
}
