//! What goes out to customers, and what is read from elsewhere, against real servers and readers. The tests of one part: `cargo test --test wire email::`.

mod email;
mod email_text;
mod notify;
mod sources;
