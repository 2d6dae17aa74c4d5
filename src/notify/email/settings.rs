//! What the configuration says about e-mail.

use std::{
    fmt, io,
    path::{Path, PathBuf},
};

use lettre::message::Mailbox;

/// The mail server, and how mail is written.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The server's name or address. Its certificate must be for it.
    pub host: String,
    /// The server's port.
    pub port: u16,
    /// How the connection is protected.
    pub security: Security,
    /// How to sign in; none: the server takes mail without.
    pub login: Option<Login>,
    /// Who sends.
    pub sender: Sender,
    /// The folder with templates that replace the built-in ones.
    pub templates_dir: Option<PathBuf>,
}

/// How a connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS by STARTTLS. A server that does not offer it gets nothing.
    StartTls,
    /// TLS from the first byte.
    Implicit,
    /// None at all.
    None,
}

/// A name and its password.
#[derive(Clone, Debug)]
pub struct Login {
    /// The name.
    pub username: String,
    /// The file with the password. Every attempt reads it, so a changed one counts at once.
    pub password_file: PathBuf,
}

/// Who sends.
#[derive(Clone, Debug)]
pub struct Sender {
    /// The `From` of each mail, and the organizer of each invitation.
    pub from: Mailbox,
    /// Where answers go, if not there.
    pub reply_to: Option<Mailbox>,
    /// The right side of each `Message-ID`.
    pub domain: String,
}

/// A password. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub(super) String);

/// There is no password to sign in with. The text never holds a part of one.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    /// The file can't be read.
    #[error("reading the password for the mail server from {file}: {source}", file = .file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file holds something else.
    #[error("{file} holds no password for the mail server, or more than one line; write the password alone", file = .file.display())]
    NotOneLine {
        /// The file.
        file: PathBuf,
    },
}

impl Login {
    /// Reads the password.
    pub async fn password(&self) -> Result<Password, PasswordError> {
        judge(&self.password_file, tokio::fs::read_to_string(&self.password_file).await)
    }

    /// Reads the password, blocking: for a look at it when the operator starts.
    pub fn check(&self) -> Result<(), PasswordError> {
        judge(&self.password_file, std::fs::read_to_string(&self.password_file)).map(|_| ())
    }
}

/// One line, with or without its end; spaces may be part of a password.
fn judge(file: &Path, text: io::Result<String>) -> Result<Password, PasswordError> {
    let text = text.map_err(|source| PasswordError::Read { file: file.into(), source })?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').unwrap_or(line);
    let alone = !line.is_empty() && !line.contains(['\r', '\n', '\0']);
    alone.then(|| Password(line.into())).ok_or_else(|| PasswordError::NotOneLine { file: file.into() })
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Password, PasswordError> {
        judge(Path::new("/etc/uplift/mail/password"), Ok(text.into()))
    }

    #[test]
    fn a_password_is_one_line_whatever_ends_it() {
        for text in ["pass word ", "pass word \n", "pass word \r\n"] {
            assert_eq!(read(text).unwrap(), Password("pass word ".into()), "{text:?}");
        }
    }

    #[test]
    fn an_empty_file_or_a_second_line_is_an_error_that_shows_nothing_of_it() {
        for text in ["", "\n", "s3cret\n\n", "s3cret\nmore\n"] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.starts_with("/etc/uplift/mail/password holds no password") && !error.contains("s3cret"), "{error}");
        }
    }
}
