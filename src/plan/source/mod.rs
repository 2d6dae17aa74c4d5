//! Rule R27 for life cycles that are read from elsewhere: when a source is asked, what of its answer is believed, and what is said of it.
//! Nothing is fetched here.

mod ask;
mod believe;
mod host;
mod in_use;
pub mod say;

use crate::{
    api::{
        SoftwareProductStatus,
        product::{Fetched, Source},
    },
    fleet::{Product, Tried},
    plan::{
        output::{Plan, fetch::Fetch, story::Story},
        pass::Pass,
    },
};
pub use in_use::InUse;

/// What is to stand in the status.
pub enum Next {
    /// What stands there.
    Stands,
    /// This, with what is told of it.
    Becomes(Option<Fetched>, Vec<Story>),
}

/// The source of a product, and what is known of it.
struct Asked<'a> {
    product: &'a str,
    facts: &'a Product,
    source: &'a Source,
    /// What this very source said.
    known: Option<&'a Fetched>,
    /// The last try to ask it.
    tried: Option<&'a Tried>,
}

/// Has the source asked, if it is due, and judges what it said last.
pub fn next<'a>(
    pass: &mut Pass<'a>,
    plan: &mut Plan,
    (product, facts): (&'a str, &'a Product),
    seen: &'a SoftwareProductStatus,
    in_use: &InUse<'a>,
) -> Next {
    let Ok(spec) = &facts.spec else { return Next::Stands };
    let Some(source) = &spec.source else {
        return if seen.source.is_none() { Next::Stands } else { Next::Becomes(None, vec![]) };
    };
    let is_asked = |tried: &&Tried| tried.uid == facts.meta.uid && tried.url == source.url;
    let asked = Asked {
        product,
        facts,
        source,
        known: seen.source.as_ref().filter(|known| known.url == source.url),
        tried: pass.fleet.tried.get(product).filter(is_asked),
    };
    match asked.ask(pass, plan) {
        Err(refused) => asked.refused(pass.now, &refused),
        Ok(()) => asked.tried.map_or(Next::Stands, |tried| asked.believe(pass, tried, in_use)),
    }
}

impl Asked<'_> {
    /// Has it asked, if it is due; an error: it may not be asked.
    fn ask(&self, pass: &mut Pass, plan: &mut Plan) -> Result<(), String> {
        if let Some(due) = ask::due(self.source, self.known, self.tried, pass.now).filter(|due| *due > pass.now) {
            pass.wake.at(due);
            return Ok(());
        }
        host::check(&self.source.url, &pass.fleet.settings.source_hosts)?;
        plan.fetches.push(Fetch {
            product: self.product.to_owned(),
            uid: self.facts.meta.uid.clone(),
            url: self.source.url.clone(),
            etag: self.known.and_then(|known| known.etag.clone()),
        });
        Ok(())
    }
}
