//! The words of the letters: the built-in templates, and those that the operator's folder puts in their place.
//!
//! What can be wrong with a template is found when it is loaded. What still fails while a notice is written costs the notice nothing: the
//! built-in template takes its place, and the log says so.

use std::{fs, io, path::Path};

use minijinja::{Environment, Error, ErrorKind, UndefinedBehavior, Value, escape_formatter};

use super::facts::{KINDS, facts, samples};
use crate::{
    api::tenant::NoticeKind,
    letters::{Message, Outgoing},
    notify::cloudevent::kind as word,
};

/// One of the four texts of a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Subject,
    Text,
    Html,
    /// The title of the entry in the calendar.
    Title,
}

const PARTS: [Part; 4] = [Part::Subject, Part::Text, Part::Html, Part::Title];

impl Part {
    /// The file for every kind.
    const fn file(self) -> &'static str {
        match self {
            Self::Subject => "subject.txt",
            Self::Text => "body.txt",
            Self::Html => "body.html",
            Self::Title => "calendar.txt",
        }
    }

    /// The file for one kind, which goes before the other.
    fn file_for(self, kind: NoticeKind) -> String {
        let suffix = match self {
            Self::Text => "txt",
            Self::Html => "html",
            Self::Subject | Self::Title => self.file(),
        };
        format!("{}.{suffix}", word(kind))
    }

    const fn built_in(self) -> (&'static str, &'static str) {
        match self {
            Self::Subject => ("built-in/subject.txt", include_str!("templates/subject.txt")),
            Self::Text => ("built-in/body.txt", include_str!("templates/body.txt")),
            Self::Html => ("built-in/body.html", include_str!("templates/body.html")),
            Self::Title => ("built-in/calendar.txt", include_str!("templates/calendar.txt")),
        }
    }
}

/// A folder of templates can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The engine can't be set up.
    #[error("setting up the e-mail templates")]
    Engine(#[from] Error),
    /// The folder or a file in it can't be read.
    #[error("reading the e-mail templates in {path}")]
    Read {
        /// The folder, or the file.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file has a name that stands for no part of a letter.
    #[error(
        "{file:?} is no e-mail template; names are {}, or for one kind of notice such as {}",
        names(None),
        names(Some(NoticeKind::Planned))
    )]
    Name {
        /// Its name.
        file: String,
    },
    /// A template does not parse.
    #[error("the e-mail template {at} does not parse: {why}")]
    Syntax {
        /// `file:line`.
        at: String,
        /// What is wrong.
        why: String,
    },
    /// A template uses what no notice has.
    #[error("the e-mail template {at} uses {name:?}, which no notice has; docs/formats/notices.md lists what there is")]
    Unknown {
        /// `file:line`.
        at: String,
        /// The name.
        name: String,
    },
    /// A template can't be filled in for some notices.
    #[error(
        "the e-mail template {at} fails for some {} notices: {why}; put what may be absent between {{% if … %}} and {{% endif %}}",
        .kind.name()
    )]
    Fails {
        /// `file:line`.
        at: String,
        /// The kind of notice.
        kind: NoticeKind,
        /// What is wrong.
        why: String,
    },
}

fn names(kind: Option<NoticeKind>) -> String {
    PARTS.map(|part| kind.map_or_else(|| part.file().into(), |kind| part.file_for(kind))).join(", ")
}

/// Templates: the built-in ones, or those of a folder.
#[derive(Debug)]
pub struct Templates {
    env: Environment<'static>,
}

impl Templates {
    /// The built-in templates, with those of the folder in their place.
    pub fn load(folder: Option<&Path>) -> Result<Self, TemplateError> {
        let mut templates = Self { env: environment()? };
        for (name, source) in PARTS.map(Part::built_in) {
            templates.add(name, source.into())?;
        }
        let files = folder.map(read).transpose()?.unwrap_or_default();
        for (name, source) in &files {
            templates.add(name, source.clone())?;
        }
        for (name, source) in &files {
            templates.check(name, source)?;
        }
        Ok(templates)
    }

    fn add(&mut self, name: &str, source: String) -> Result<(), TemplateError> {
        let wrong = |error: Error| TemplateError::Syntax { at: place(&error, name), why: why(&error) };
        self.env.add_template_owned(name.to_owned(), source).map_err(wrong)
    }

    /// Looks for names that no notice has, also where no notice would come, and tries every kind of notice.
    fn check(&self, name: &str, source: &str) -> Result<(), TemplateError> {
        let syntax = |error: Error| TemplateError::Syntax { at: place(&error, name), why: why(&error) };
        let template = self.env.get_template(name).map_err(syntax)?;
        let mut used: Vec<_> = template.undeclared_variables(true).into_iter().collect();
        used.sort();
        if let Some(unknown) = used.into_iter().find(|path| !self.knows(path) && !sets(source, path)) {
            return Err(TemplateError::Unknown { at: format!("{name}:{}", line_of(source, &unknown)), name: unknown });
        }
        // An entry of the calendar has a title; other notices have no entry.
        let entered = |message: &Message| !name.ends_with(Part::Title.file()) || message.invitation.is_some();
        let of_kind = |message: &Message| KINDS.iter().all(|kind| !is_for(name, *kind)) || is_for(name, message.kind);
        let meant = |message: &Message| of_kind(message) && entered(message);
        for message in samples().iter().filter(|message| meant(message)) {
            let wrong = |error: Error| TemplateError::Fails { at: place(&error, name), kind: message.kind, why: why(&error) };
            self.fill(name, &facts(message)).map_err(wrong)?;
        }
        Ok(())
    }

    fn knows(&self, path: &str) -> bool {
        let there = |facts: Value| {
            let found = path.split('.').try_fold(facts, |value, name| value.get_attr(name).ok());
            found.is_some_and(|value| !value.is_undefined())
        };
        samples().iter().any(|message| there(facts(message))) || self.env.globals().any(|(name, _)| name == path)
    }

    /// One text of a letter. An operator's template that fails gives way to the built-in one.
    pub(super) fn render(&self, part: Part, notice: &Outgoing) -> Result<String, Error> {
        let facts = facts(&notice.message);
        for name in [part.file_for(notice.message.kind).as_str(), part.file()] {
            if self.env.get_template(name).is_err() {
                continue;
            }
            match self.fill(name, &facts) {
                Ok(text) => return Ok(text),
                Err(error) => warn(notice, name, &error),
            }
        }
        self.fill(part.built_in().0, &facts)
    }

    fn fill(&self, name: &str, facts: &Value) -> Result<String, Error> {
        let text = clean(self.env.get_template(name)?.render(facts)?.trim());
        if text.is_empty() {
            return Err(Error::new(ErrorKind::InvalidOperation, "it says nothing"));
        }
        Ok(text)
    }
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut env = Environment::new();
    env.set_syntax(env.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).build()?);
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_formatter(|out, state, value| {
        if value.is_none() {
            return Err(Error::new(ErrorKind::UndefinedError, "this notice does not have the value"));
        }
        escape_formatter(out, state, value)
    });
    Ok(env)
}

/// The files of a folder in the order of their names. A folder that Kubernetes mounts holds hidden entries beside them.
fn read(folder: &Path) -> Result<Vec<(String, String)>, TemplateError> {
    let unread = |path: &Path| {
        let path = path.display().to_string();
        move |source| TemplateError::Read { path, source }
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unread(folder))? {
        let path = entry.map_err(unread(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("..") {
            continue;
        }
        if !PARTS.iter().any(|part| part.file() == name || KINDS.iter().any(|kind| part.file_for(*kind) == name)) {
            return Err(TemplateError::Name { file: name });
        }
        files.push((name, fs::read_to_string(&path).map_err(unread(&path))?));
    }
    files.sort();
    Ok(files)
}

fn is_for(file: &str, kind: NoticeKind) -> bool {
    PARTS.iter().any(|part| part.file_for(kind) == file)
}

/// `file:line`; an error of no certain place is of the whole file.
fn place(error: &Error, name: &str) -> String {
    format!("{}:{}", error.name().unwrap_or(name), error.line().unwrap_or(1))
}

fn why(error: &Error) -> String {
    let what = error.detail().map_or_else(|| error.kind().to_string(), Into::into);
    match error.kind() {
        ErrorKind::UndefinedError => format!("{what}; put what may be absent between {{% if … %}} and {{% endif %}}"),
        _ => what,
    }
}

/// Whether the template sets the name itself: the parser forgets what was set within an `if`.
fn sets(source: &str, path: &str) -> bool {
    let name = path.split('.').next().unwrap_or_default();
    source.split("set ").skip(1).any(|after| after.split(|c: char| c != '_' && !c.is_alphanumeric()).next() == Some(name))
}

/// The first line that holds the name. The parser does not keep it.
fn line_of(source: &str, name: &str) -> usize {
    source.lines().position(|line| line.contains(name)).map_or(1, |before| before + 1)
}

/// Names and reasons are other people's input: only line ends and tabs are left of the control characters.
fn clean(text: &str) -> String {
    let plain = |c: char| if c.is_control() && c != '\n' && c != '\t' { ' ' } else { c };
    text.replace("\r\n", "\n").replace('\r', "\n").chars().map(plain).collect()
}

fn warn(notice: &Outgoing, name: &str, error: &Error) {
    tracing::error!(
        tenant = %notice.tenant,
        notice = %notice.key,
        kind = notice.message.kind.name(),
        template = place(error, name),
        error = why(error),
        "an e-mail template failed; the built-in one is sent in its place: correct the template and restart"
    );
}
