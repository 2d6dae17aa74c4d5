//! What stands in a status, and how it is changed.

pub mod draft;
pub mod evidence;
pub mod forget;
pub mod history;
pub mod ids;
pub mod next;
pub mod phase;
pub mod receipts;
pub mod room;
pub mod steps;
