//! What goes out to customers, against real servers and readers. The tests of one part: `cargo test --test wire email::`.

mod email;
mod email_text;
mod notify;
