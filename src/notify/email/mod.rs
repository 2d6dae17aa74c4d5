//! Notices by e-mail (R10): notice → letter → SMTP → receipt.

mod settings;

pub use settings::Sender;
