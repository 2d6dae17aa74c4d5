//! How long it holds that a turn came to nothing.

use std::collections::BTreeSet;

use super::{
    Pass,
    awaited::Awaited,
    depends::{Depends, Trace},
    stock::{Order, Rest, Row},
    wake::Wake,
};

impl<'a> Pass<'a> {
    /// Takes a turn, or a part of one, and says what it depended on.
    pub fn trace<T>(&mut self, turn: impl FnOnce(&mut Self) -> T) -> (T, Trace<'a>) {
        let before = std::mem::replace(&mut self.wake, Wake::new(self.now));
        self.depends.set(Depends::default());
        let done = turn(self);
        let until = std::mem::replace(&mut self.wake, before).earliest();
        if let Some(until) = until {
            self.wake.at(until);
        }
        (done, Trace { until, depends: self.depends.take() })
    }

    /// How long it holds that a turn came to nothing, if it did, and if others cannot change that.
    pub fn rest(&mut self, trace: Trace<'a>, order: Order, to_nothing: bool) -> Option<Rest> {
        let Depends { at_limit, places, room, others } = trace.depends;
        if !to_nothing || others {
            self.unsettled.extend(places);
            return None;
        }
        let windows = at_limit.map(|window| Awaited::Window(window.to_owned()));
        let awaited = windows.into_iter().chain(room.map(Awaited::Room)).collect();
        Some(Rest { until: trace.until, order, awaited, places: places.map(str::to_owned) })
    }

    /// Whether that still holds of the tenant in this row: no fact of its namespace has changed since. In the unsettled windows somebody
    /// who looks for a place may find another than in the last pass. What it waits for see [`Queues`](super::queue::Queues).
    pub fn rests(&self, row: &Row, unsettled: &BTreeSet<String>) -> bool {
        let Some(Rest { until, places, .. }) = &row.rest else { return false };
        until.is_none_or(|until| self.now < until) && places.as_ref().is_none_or(|window| !unsettled.contains(window))
    }

    /// The windows in which those who had a turn looked for a place.
    pub fn looked_into(&self) -> BTreeSet<String> {
        self.looked_into.borrow().iter().map(|window| (*window).to_owned()).collect()
    }

    /// Those of them in which somebody took one, or found something to do: in the next pass the others may find another.
    pub fn unsettled(&self) -> BTreeSet<String> {
        self.unsettled.iter().map(|window| (*window).to_owned()).collect()
    }

    /// Notes that the turn that is being taken depends on the places of a window.
    pub(super) fn depends_on_places(&self, window: &str) {
        let Some((window, _)) = self.fleet.windows.get_key_value(window) else { return };
        self.looked_into.borrow_mut().insert(window);
        self.depends(Depends { places: Some(window), ..Depends::default() });
    }

    /// Notes that it depends on the turns of others.
    pub fn depends_on_others(&self) {
        self.depends(Depends { others: true, ..Depends::default() });
    }

    /// Notes what it depends on.
    pub(super) fn depends(&self, on: Depends<'a>) {
        self.depends.set(self.depends.get().and(on));
    }
}
