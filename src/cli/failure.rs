//! Why a command did not work, and the exit code that says so.

use std::process::ExitCode;

/// Why a command did not work.
#[derive(Debug)]
pub enum Failure {
    /// It failed while it ran: exit code 1.
    Runtime(anyhow::Error),
    /// The input cannot be used: exit code 2.
    Input(anyhow::Error),
    /// It worked, and the answer is no, which was printed: exit code 3. Only for commands that answer a question.
    No,
}

impl Failure {
    pub(super) fn runtime(error: impl Into<anyhow::Error>) -> Self {
        Self::Runtime(error.into())
    }
    pub(super) fn input(error: impl Into<anyhow::Error>) -> Self {
        Self::Input(error.into())
    }
    /// Prints the error with its causes.
    pub(super) fn exit(&self, program: &str) -> ExitCode {
        if let Self::Runtime(error) | Self::Input(error) = self {
            eprintln!("{program}: {error:#}");
        }
        self.code()
    }
    pub(super) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Runtime(_) => 1,
            Self::Input(_) => 2,
            Self::No => 3,
        })
    }
}
