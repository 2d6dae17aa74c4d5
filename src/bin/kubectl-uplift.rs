//! The `kubectl-uplift` binary: `kubectl uplift`.

use std::process::ExitCode;

fn main() -> ExitCode {
    // Before any client is made. It fails only when a provider is installed already, and then there is one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    uplift::cli::kubectl::main()
}
