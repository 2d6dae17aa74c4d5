//! Notices by e-mail (R10): notice → letter → SMTP → receipt.

mod calendar;
mod connect;
mod facts;
mod letter;
mod refusal;
mod settings;
mod smtp;
mod templates;

pub use letter::{LetterError, TemplateError, Templates};
pub use settings::{Login, PasswordError, Security, Sender, Settings};
pub(super) use smtp::Email;
