//! Rule R10: notices are written down with what their words are made of, then sent, then have a receipt.

pub mod contacts;
pub mod facts;
pub mod outgoing;
pub mod receipts;
pub mod reminders;
