//! Writes against a real API server, with the operator's own account and the chart's policies in force.

#[path = "../../testbed/control_plane/mod.rs"]
mod control_plane;

mod lost;
mod mail;
#[path = "../email/server.rs"]
mod mail_server;
mod operator;
mod proxy;
mod stage;
mod writes;
