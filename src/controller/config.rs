//! The configuration file.

mod contacts;
mod email;
mod trials;

use std::{
    fs, io,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

pub use contacts::{Contacts, ContactsError, PlatformContact};
pub use email::{Email, EmailError, Tls};
use serde::Deserialize;
pub use trials::Trials;

use crate::{
    api::{duration::Duration, tenant::Contact},
    fleet::ACCEPTANCE_NAMESPACE,
    lead::{self, Place},
    notify::{Settings, secret},
};

/// How long a Lease may be held without being renewed.
const LEASE_DURATIONS: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(lead::LONGEST));

/// What the operator is told by its configuration file. Every field but `notices.signingSecretFile` has a default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Config {
    /// How customers are told.
    pub notices: Notices,
    /// Who is told of what is nobody's but the platform's.
    pub contacts: Contacts,
    /// Where life cycles of software may be read from.
    pub lifecycle: Lifecycle,
    /// Where probes are answered.
    pub health: Health,
    /// Where Jobs run.
    pub jobs: Jobs,
    /// What trials may take.
    pub trials: Trials,
    /// How replicas agree on which of them acts; absent: this process acts alone, whatever else runs.
    pub leader_election: Option<LeaderElection>,
}

/// How customers are told.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Notices {
    /// The `source` of every CloudEvent: a URI or a name that tells this installation from others.
    pub source: String,
    /// The file with the signing secrets, one `whsec_…` in each line. There is no way to send unsigned notices: a receiver could
    /// not tell them from forged ones, and a forged date is worse than none.
    pub signing_secret_file: Option<PathBuf>,
    /// Hosts that notices may reach although they are private or speak plain http.
    pub allow_hosts: Vec<String>,
    /// A PEM bundle of authorities that are trusted besides the system's, by webhooks, for the mail server and for sources of life cycles.
    pub ca_file: Option<PathBuf>,
    /// The mail server; absent: no e-mail is sent, and a tenant whose contact is an e-mail address is blocked.
    pub email: Option<Email>,
}

impl Default for Notices {
    fn default() -> Self {
        Self { source: "uplift".into(), signing_secret_file: None, allow_hosts: vec![], ca_file: None, email: None }
    }
}

/// Where life cycles of software may be read from (R27).
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Lifecycle {
    /// Hosts that sources of products may name; no other is asked. They may be private, and speak plain http.
    pub allow_hosts: Vec<String>,
}

/// Where Jobs run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Jobs {
    /// The namespace where checks of releases run. No object can name another.
    pub acceptance_namespace: String,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { acceptance_namespace: ACCEPTANCE_NAMESPACE.into() }
    }
}

/// How replicas agree on which of them acts (R25).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeaderElection {
    /// The Lease that the leader holds.
    pub lease_name: String,
    /// Its namespace: the operator's.
    pub lease_namespace: String,
    /// How long the leader may be silent before another takes over.
    #[serde(default = "lease_duration")]
    pub lease_duration: Duration,
    /// The name of this process's pod, as its token says it. Mostly not in the file but in the environment, as `POD_NAME`.
    pub identity: Option<String>,
}

const fn lease_duration() -> Duration {
    Duration::from_secs(15)
}

impl LeaderElection {
    /// What the election needs to know.
    pub fn place(&self) -> Result<Place, ConfigError> {
        let (least, most) = LEASE_DURATIONS;
        if self.lease_duration < least || self.lease_duration > most {
            return Err(ConfigError::LeaseDuration(self.lease_duration));
        }
        Ok(Place {
            namespace: self.lease_namespace.clone(),
            name: self.lease_name.clone(),
            identity: self.identity.clone().filter(|name| !name.is_empty()).ok_or(ConfigError::NoPodName)?,
            duration: std::time::Duration::from_secs(self.lease_duration.as_secs().unsigned_abs()),
        })
    }
}

/// Where probes are answered.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Health {
    /// Address and port of `/livez` and `/readyz`.
    pub listen: SocketAddr,
}

impl Default for Health {
    fn default() -> Self {
        Self { listen: (Ipv4Addr::UNSPECIFIED, 8081).into() }
    }
}

/// The configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file cannot be read.
    #[error("read {file}, which {field} names", file = .file.display())]
    Read {
        /// The field, or the option of the command line.
        field: &'static str,
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not what it should be; the message has the field and the line.
    #[error("{file}: {field}: {message}", file = .file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// The path of the field.
        field: String,
        /// What is wrong.
        message: String,
    },
    /// Notices would not be signed.
    #[error("notices.signingSecretFile is missing: write the path of a file with a secret like whsec_MfKQ… in each line")]
    NoSigningSecret,
    /// Who holds the Lease could not be told.
    #[error(
        "leaderElection: the name of this pod is missing: set the environment variable POD_NAME (metadata.name, by the downward API), or leave leaderElection out where one process runs alone"
    )]
    NoPodName,
    /// A leader that is silent for a moment would be replaced, or one that is dead stay for too long.
    #[error("leaderElection.leaseDuration: {0} is not between 5s and 5m")]
    LeaseDuration(Duration),
    /// The secrets are not what they should be.
    #[error("notices.signingSecretFile")]
    Secret(#[from] secret::SecretError),
    /// The mail server is not described as it should be; the message has the field.
    #[error(transparent)]
    Email(#[from] EmailError),
    /// A contact of the platform cannot be used; the message has the field.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
}

impl Config {
    /// Reads the file.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = read("--config", file)?;
        Self::parse(&text).map_err(|(field, message)| ConfigError::Invalid { file: file.into(), field, message })
    }

    /// Reads the text; an error is the path of the field and what is wrong with it.
    fn parse(text: &str) -> Result<Self, (String, String)> {
        if text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#')) {
            return Ok(Self::default()); // YAML takes an empty file for null
        }
        let mut field = String::from(".");
        // Without a snippet the message is one line.
        let options = serde_saphyr::options! { with_snippet: false };
        let parsed = serde_saphyr::with_deserializer_from_str_with_options(text, options, |yaml| {
            serde_path_to_error::deserialize(yaml).map_err(|error| {
                field = error.path().to_string();
                error.into_inner()
            })
        });
        parsed.map_err(|error| (field, error.to_string()))
    }

    /// Who is told of what the platform provides.
    pub fn platform(&self) -> Result<Vec<Contact>, ConfigError> {
        Ok(self.contacts.platform(&self.notices.allow_hosts, self.notices.email.is_some())?)
    }

    /// What the notifier needs, with its files read.
    pub fn notifier(&self) -> Result<Settings, ConfigError> {
        let file = self.notices.signing_secret_file.as_ref().ok_or(ConfigError::NoSigningSecret)?;
        let ca = self.notices.ca_file.as_ref().map(|file| read("notices.caFile", file)).transpose()?;
        let email = self.notices.email.as_ref().map(Email::settings).transpose()?;
        let settings = Settings::new(self.notices.source.clone(), secret::load(file)?);
        Ok(Settings { allow_hosts: self.notices.allow_hosts.clone(), ca_pem: ca.map(String::into_bytes), email, ..settings })
    }
}

fn read(field: &'static str, file: &Path) -> Result<String, ConfigError> {
    fs::read_to_string(file).map_err(|source| ConfigError::Read { field, file: file.into(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_all_defaults_but_signs_nothing_and_is_refused() {
        let config = Config::parse("# nothing\n").unwrap();
        assert_eq!(config, Config::default());
        assert!(matches!(config.notifier(), Err(ConfigError::NoSigningSecret)));
    }

    #[test]
    fn every_field_is_read() {
        let text = "notices: {source: prod, signingSecretFile: /s, allowHosts: ['a:1'], caFile: null}\nhealth: {listen: '[::]:9'}\n\
                    lifecycle: {allowHosts: [eol.corp.example]}\njobs: {acceptanceNamespace: a}\ntrials: {maxRunning: 9, maxTtl: 24h}\nleaderElection: {leaseName: u, leaseNamespace: n, leaseDuration: 20s}";
        let config = Config::parse(text).unwrap();
        assert_eq!((config.notices.source.as_str(), config.notices.allow_hosts.len()), ("prod", 1));
        assert_eq!((config.notices.ca_file, config.health.listen.port()), (None, 9));
        assert_eq!(
            (&*config.jobs.acceptance_namespace, &*config.lifecycle.allow_hosts),
            ("a", &["eol.corp.example".to_owned()][..])
        );
        let trials = config.trials.settings();
        assert_eq!((trials.max_running, trials.max_ttl), (9, Duration::from_hours(24)));
        let election = config.leader_election.unwrap();
        assert!(matches!(election.place(), Err(ConfigError::NoPodName)));
        let place = LeaderElection { identity: Some("uplift-0".into()), ..election.clone() }.place().unwrap();
        assert_eq!((&*place.name, &*place.namespace, &*place.identity, place.duration.as_secs()), ("u", "n", "uplift-0", 20));
        let short = LeaderElection { lease_duration: Duration::from_secs(2), ..election };
        assert!(matches!(short.place(), Err(ConfigError::LeaseDuration(_))));
    }

    #[test]
    fn every_field_of_the_mail_server_is_read() {
        let text = "notices:\n  email: {host: a.example, port: 2525, tls: Implicit, username: u, passwordFile: /p, from: a@b.example, \
                    replyTo: c@d.example, templatesDir: /t}";
        let email = Email {
            host: "a.example".into(),
            port: Some(2525),
            tls: Tls::Implicit,
            username: Some("u".into()),
            password_file: Some("/p".into()),
            from: "a@b.example".into(),
            reply_to: Some("c@d.example".into()),
            templates_dir: Some("/t".into()),
        };
        assert_eq!(Config::parse(text).unwrap().notices.email, Some(email));
    }

    #[test]
    fn an_error_names_the_field() {
        let field = |text: &str| Config::parse(text).unwrap_err();
        let (path, message) = field("notices: {allowHosts: 3}");
        assert_eq!(path, "notices.allowHosts", "{message}");
        let (path, message) = field("notices: {email: {host: a.example}}");
        assert!(path.starts_with("notices.email") && message.contains("from"), "{path}: {message}");
        let (path, message) = field("notices: {email: {host: a.example, from: a@b.example, tls: Opportunistic}}");
        assert_eq!(path, "notices.email.tls", "{message}");
        let (path, message) = field("health: {listne: 'x'}");
        assert!(path.starts_with("health") && message.contains("listne"), "{path}: {message}");
        let (path, message) = field("health: {listen: 'x'}");
        assert_eq!(path, "health.listen", "{message}");
    }
}
