//! Rule R10: notices are written down, then sent, then have a receipt.

pub mod contacts;
pub mod invitation;
pub mod message;
pub mod outgoing;
pub mod receipts;
pub mod reminders;
