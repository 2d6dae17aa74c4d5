//! Notices by e-mail (R10): notice → letter → SMTP → receipt.

mod calendar;
mod facts;
mod letter;
mod settings;
mod templates;

pub use letter::{LetterError, TemplateError, Templates};
pub use settings::Sender;
