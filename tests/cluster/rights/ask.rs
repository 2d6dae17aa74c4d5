//! A row of the table as one request.

use anyhow::{Context, Result, bail};
use http::Request;
use kube::{Client, client::Body};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    answer::Answer,
    table::{Act, Row, Way},
};
use crate::admission::{Act as Write, Patch};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

pub enum Ask {
    /// As tests/cluster/admission writes it.
    Write(Write),
    /// A change of an object, which can go in many ways.
    Change(Change),
    /// For what kubectl has no word.
    Send(Send),
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Change {
    to: String,
    subresource: Option<String>,
    #[serde(rename = "change")]
    part: Value,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
pub struct Send {
    method: String,
    path: String,
    #[serde(rename = "type", default = "Send::json")]
    content: String,
    body: Option<Value>,
    /// In whose name.
    #[serde(rename = "as")]
    in_name: Option<String>,
}

// === impl Ask ===

impl Ask {
    pub fn read(target: &str) -> Self {
        Self::Write(Write::Get(target.to_owned()))
    }

    pub fn of_act(act: &Act, user: &str) -> Result<Self> {
        let ask = Value::from(act.ask.clone()).to_string().replace("$user", user);
        let ask: Map<String, Value> = serde_json::from_str(&ask)?;
        if act.is_change() { Ok(Self::Change(serde_json::from_value(ask.into())?)) } else { Self::of(ask) }
    }

    pub fn of_row(row: &Row, job: &Value) -> Result<Self> {
        let mut ask = row.ask.clone();
        if let Some(change) = ask.remove("job") {
            let mut job = merged(job.clone(), &change);
            // The one that the others are made from is there already.
            if change["metadata"]["name"].is_null() {
                job["metadata"]["name"] = "uplift-smoke-11111111".into();
            }
            ask.insert("create".to_owned(), job);
        }
        Self::of(ask)
    }

    fn of(mut ask: Map<String, Value>) -> Result<Self> {
        if ask.len() != 1 {
            bail!("one thing is asked, not {:?}", ask.keys().collect::<Vec<_>>());
        }
        if let Some(send) = ask.remove("send") {
            return Ok(Self::Send(serde_json::from_value(send)?));
        }
        Ok(Self::Write(serde_json::from_value(ask.into())?))
    }

    /// A change as it goes in this way.
    pub async fn by(self, way: Way, root: &Client) -> Result<Self> {
        let Self::Change(change) = self else { bail!("only a change goes in many ways") };
        let built_in =
            ["Deployment/", "StatefulSet/", "DaemonSet/", "Job/", "CronJob/"].iter().any(|kind| change.to.starts_with(kind));
        let patch = |manager: &str, body: Value| Patch {
            to: change.to.clone(),
            subresource: change.subresource.clone(),
            manager: Some(manager.to_owned()),
            body,
        };
        // kubectl sends a strategic merge for kinds of Kubernetes' own.
        let merge = |patch| if built_in { Write::Strategic(patch) } else { Write::Merge(patch) };
        let body = change.part.clone();
        Ok(Self::Write(match way {
            Way::Patch => merge(patch("kubectl-patch", body)),
            Way::Edit => merge(patch("kubectl-edit", body)),
            Way::Apply => {
                let note = json!({"metadata": {"annotations": {LAST_APPLIED: body.to_string()}}});
                merge(patch("kubectl-client-side-apply", merged(body, &note)))
            }
            Way::ServerSideApply => Write::Apply(patch("kubectl", body)),
            Way::Replace => {
                let live = Self::read(&change.to).send(root).await?.body;
                Write::Put(patch("kubectl-replace", merged(live, &body)))
            }
        }))
    }

    /// A PUT takes the object's version along.
    pub async fn live(self, root: &Client) -> Result<Self> {
        Ok(match self {
            Self::Write(write) => Self::Write(write.on_live(root).await),
            other => other,
        })
    }

    /// As a dry run.
    pub async fn send(&self, client: &Client) -> Result<Answer> {
        let (method, path, content, body, in_name) = match self {
            Self::Write(write) => {
                let (method, path, content, body) = write.request();
                (method.to_owned(), path, content.to_owned(), body, None)
            }
            Self::Send(send) => {
                (send.method.clone(), send.path.clone(), send.content.clone(), send.body.clone(), send.in_name.clone())
            }
            Self::Change(_) => bail!("in which way?"),
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        let dry_run = if method == "GET" { String::new() } else { format!("{joint}dryRun=All") };
        let mut request = Request::builder().method(method.as_str()).uri(path + &dry_run).header("content-type", content);
        if let Some(name) = in_name {
            request = request.header("impersonate-user", name);
        }
        let body = body.map(|value| value.to_string().into_bytes()).unwrap_or_default();
        let (head, body) = client.send(request.body(Body::from(body))?).await?.into_parts();
        let body = body.collect_bytes().await?;
        Ok(Answer { code: head.status.as_u16(), body: serde_json::from_slice(&body).context("an answer in JSON")? })
    }
}

impl Send {
    fn json() -> String {
        "application/json".to_owned()
    }
}

/// As RFC 7386 merges: null takes away, and lists are one value.
pub fn merged(into: Value, part: &Value) -> Value {
    let Value::Object(fields) = part else { return part.clone() };
    let mut into = match into {
        Value::Object(into) => into,
        _ => Map::new(),
    };
    for (key, value) in fields {
        let before = into.remove(key).unwrap_or_default();
        if !value.is_null() {
            into.insert(key.clone(), merged(before, value));
        }
    }
    into.into()
}
