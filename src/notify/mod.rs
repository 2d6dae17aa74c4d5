//! Notices on their way to the contacts (R10): notice → CloudEvent → signed POST → receipt.

pub mod cloudevent;
#[cfg(test)]
mod fixture;
pub mod secret;
pub mod signature;
