//! Writes against a real API server, with the operator's own account and the chart's policies in force.

mod lost;
mod mail;
#[path = "../../wire/email/server.rs"]
mod mail_server;
mod operator;
mod proxy;
mod stage;
mod writes;
