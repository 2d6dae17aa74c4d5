//! Signing secrets, from a file: the operator needs no right to read Kubernetes Secrets.

use std::{fmt, io, path::Path};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

const PREFIX: &str = "whsec_";
/// Standard Webhooks: 192 to 512 bits.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A secret that messages are signed with. It is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// A file of secrets can't be used. The text never holds a part of a secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It can't be read.
    #[error("reading the signing secrets from {file}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// A line is no secret.
    #[error("{file}, line {line}: {problem}; write whsec_ and the base64 of 24 to 64 random bytes, one secret a line")]
    Line {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: Problem,
    },
    /// It holds comments at most.
    #[error("{file} holds no signing secret; write one a line: whsec_ and the base64 of 24 to 64 random bytes")]
    Empty {
        /// The file.
        file: String,
    },
}

/// What is wrong with a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It doesn't begin with `whsec_`.
    #[error("the secret does not begin with whsec_")]
    Prefix,
    /// What follows is not base64.
    #[error("what follows whsec_ is not base64")]
    Base64,
    /// Too short to be safe, or longer than the scheme allows.
    #[error("the secret has {0} bytes")]
    Length(usize),
}

impl Secret {
    /// Reads `whsec_<base64>`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let encoded = text.strip_prefix(PREFIX).ok_or(Problem::Prefix)?;
        // The decoder's error would name a byte of the secret, so it ends here.
        let bytes = BASE64.decode(encoded).map_err(|_| Problem::Base64)?;
        if BYTES.contains(&bytes.len()) { Ok(Self(bytes)) } else { Err(Problem::Length(bytes.len())) }
    }

    /// Reads one secret a line; blank lines and lines that begin with `#` are skipped. `file` is named in errors.
    pub fn parse_file(file: &str, text: &str) -> Result<Vec<Self>, SecretError> {
        let lines = text.lines().map(str::trim).enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let secret = |(index, line)| {
            Self::parse(line).map_err(|problem| SecretError::Line { file: file.into(), line: index + 1, problem })
        };
        let secrets = lines.map(secret).collect::<Result<Vec<_>, _>>()?;
        if secrets.is_empty() { Err(SecretError::Empty { file: file.into() }) } else { Ok(secrets) }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Reads the secrets once, blocking: the controller does it at its start. A changed file is taken up by a restart, which repeats
/// at most the notices without a receipt; list the old and the new secret while receivers change over.
pub fn load(path: &Path) -> Result<Vec<Secret>, SecretError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Secret::parse_file(&file, &text),
        Err(source) => Err(SecretError::Read { file, source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn a_file_holds_one_secret_a_line_and_comments() {
        let text = format!("# the new one\n{GOOD}\n\n  whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD  \n");
        let secrets = Secret::parse_file("secrets", &text).unwrap();
        assert_eq!(secrets.len(), 2);
        assert_eq!(format!("{secrets:?}"), "[Secret(…), Secret(…)]");
    }

    #[test]
    fn an_error_names_file_and_line_and_shows_nothing_of_the_secret() {
        for (line, problem) in [
            ("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_"),
            ("whsec_MfKQ9r8GKYqr!wjUPD8ILPZIo2LaLaSw", "base64"),
            ("whsec_MfKQ9r8G", "6 bytes"),
        ] {
            let error = Secret::parse_file("/etc/uplift/secrets", &format!("# old\n{line}\n")).unwrap_err().to_string();
            assert!(error.starts_with("/etc/uplift/secrets, line 2: ") && error.contains(problem), "{error}");
            assert!(!error.contains("MfKQ"), "{error}");
        }
    }

    #[test]
    fn a_missing_or_empty_file_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secrets");
        assert!(matches!(load(&path), Err(SecretError::Read { .. })));
        std::fs::write(&path, "# nothing yet\n").unwrap();
        assert!(load(&path).unwrap_err().to_string().contains("holds no signing secret"));
        std::fs::write(&path, GOOD).unwrap();
        assert_eq!(load(&path).unwrap(), [Secret::parse(GOOD).unwrap()]);
    }
}
