//! What a simulation tells people who gave it something that it can't use.

use std::path::Path;

use super::{admission::FieldError, engine::stuck::Stuck, world::Refused};

/// Input that cannot be used: exit code 2.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file.
    pub file: String,
    /// The object in it, or the event.
    pub object: Option<String>,
    /// The field of that object.
    pub field: Option<String>,
    /// What is wrong, and what to write instead where that is known.
    pub message: String,
}

impl InputError {
    /// A file as a whole.
    pub fn file(file: &Path, message: impl Into<String>) -> Self {
        Self { file: file.display().to_string(), object: None, field: None, message: message.into() }
    }
    /// A field of an object.
    pub fn field(file: &Path, object: impl Into<String>, error: FieldError) -> Self {
        let field = Some(error.field).filter(|field| !field.is_empty());
        Self { object: Some(object.into()), field, ..Self::file(file, error.message) }
    }
    /// An edit that the world refused; `object` says where it stands in the file.
    pub fn refused(file: &Path, object: Option<&str>, refused: Refused) -> Self {
        let named = |key: String| object.map_or_else(|| key.clone(), |o| format!("{o}: {key}"));
        match refused {
            Refused::NotFound(key) => {
                Self { object: object.map(str::to_owned), ..Self::file(file, format!("there is no {key}")) }
            }
            Refused::Field(key, error) => Self::field(file, named(key.to_string()), error),
        }
    }
}

impl std::fmt::Display for InputError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: ", self.file)?;
        for part in [&self.object, &self.field].into_iter().flatten() {
            write!(f, "{part}: ")?;
        }
        f.write_str(&self.message)
    }
}
impl std::error::Error for InputError {}

/// Why a simulation ends without a result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The input cannot be used.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The rules never come to rest: a bug worth a report.
    #[error(transparent)]
    Stuck(#[from] Stuck),
    /// The output cannot be written.
    #[error("cannot write the output")]
    Output(#[from] std::io::Error),
}

impl Error {
    /// The exit code of the command.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Input(_) => 2,
            Self::Stuck(_) | Self::Output(_) => 1,
        }
    }
}
