//! I4, R2, R26: who may do what, and what the operator's own token may not, on a real API server: `table.yaml`.
//!
//! `docs/security.md` shows the same table.

#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expects by failing")]

mod answer;
mod ask;
#[allow(dead_code, reason = "tests/shape reads the rest")]
mod table;

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use kube::{Client, Config};
use serde_json::{Value, json};

use self::{
    answer::Answer,
    ask::{Ask, merged},
    table::{Act, Group, Rights, Row, Table, Token, Verdict, Way, Who},
};
use crate::{
    admission::{Act as Write, Patch, SETTLES_WITHIN, acting_as, target_of},
    control_plane::{ControlPlane, OPERATOR as ACCOUNT, POD},
};

/// The operator's account, as somebody sees it who may act as it.
const OPERATOR: &str = "system:serviceaccount:uplift-system:uplift";

#[tokio::test]
async fn everybody_may_do_what_the_table_says_and_the_operator_no_more_than_that() -> Result<()> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let plane = ControlPlane::start().await?;
    plane.install_chart(&[]).await?;
    let (table, bed) = (Table::read(), Bed::of(&plane).await?);
    let job = bed.furnish(&table).await?;
    let mut wrong = bed.people(&table).await;
    for Group { about, rows } in &table.operator {
        wrong.extend(bed.operator(about, rows, &job).await);
    }
    let values: Vec<_> = table.recommended.values.iter().map(String::as_str).collect();
    plane.install_chart(&values).await?;
    wrong.extend(bed.operator("With the recommended settings", &table.recommended.rows, &job).await);
    ensure!(wrong.is_empty(), "{} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    plane.stop().await
}

#[test]
fn every_row_reads_and_names_people_that_exist() {
    let table = Table::read();
    for act in table.people.iter().flat_map(|group| &group.rows) {
        for name in act.allowed.iter().chain(act.denied.values().flatten()) {
            assert!(table.who.iter().any(|who| who.name == *name), "{}: who is {name}?", act.what);
        }
        assert!(Ask::of_act(act, "somebody").is_ok(), "{}", act.what);
    }
    for row in table.operator.iter().flat_map(|group| &group.rows).chain(&table.recommended.rows) {
        assert!(row.allowed == row.denied.is_none(), "{}: allowed or denied?", row.what);
        let ask = Ask::of_row(row, &table.job);
        assert!(ask.is_ok(), "{}: {:?}", row.what, ask.err());
    }
}

/// The policies that the table shows refusing.
pub fn refusing_policies() -> Vec<String> {
    let table = Table::read();
    let rows = table.operator.iter().flat_map(|group| &group.rows).chain(&table.recommended.rows);
    rows.filter_map(|row| row.denied.clone()).collect()
}

/// Who asks, and whom the stage is set by.
struct Bed {
    admin: Config,
    root: Client,
    operator: Client,
    /// The same with every right that RBAC can give.
    unbound: Client,
    /// The operator as a pod that does not hold the Lease.
    standby: Client,
    /// The operator by a token that is bound to no pod.
    podless: Client,
}

impl Bed {
    async fn of(plane: &ControlPlane) -> Result<Self> {
        let admin = plane.admin().await?.config().await?;
        let unbound = acting_as(&admin, OPERATOR, &["test:all-rights".to_owned()], Some(POD))?;
        let operator = plane.operator().await?.client().await?;
        let standby = plane.operator_pod("uplift-1").await?.client().await?;
        let podless = plane.service_account(ACCOUNT).await?.client().await?;
        Ok(Self { root: Client::try_from(admin.clone())?, admin, operator, unbound, standby, podless })
    }

    /// Sets the stage, and returns the Job that all others are made from.
    async fn furnish(&self, table: &Table) -> Result<Value> {
        let started = Instant::now();
        for object in &table.objects {
            let patch = Patch {
                to: target_of(object),
                subresource: None,
                manager: Some("rights-setup".to_owned()),
                body: object.clone(),
            };
            Write::Apply(patch).insist(&self.root, started).await;
        }
        for status in &table.statuses {
            Write::Update(serde_json::from_value(status.clone())?).insist(&self.operator, started).await;
        }
        let owner = Ask::read("DashboardRelease/r-open").send(&self.root).await?;
        let uid = owner.body["metadata"]["uid"].as_str().context("a release without a UID")?;
        let job: Value = serde_json::from_str(&table.job.to_string().replace("$owner", uid))?;
        Write::Create(job.clone()).insist(&self.operator, started).await;
        Ok(job)
    }

    async fn people(&self, table: &Table) -> Vec<String> {
        let mut wrong = vec![];
        let started = Instant::now();
        for who in &table.who {
            let client = acting_as(&self.admin, &who.user, &who.groups, None).expect("a client");
            for act in table.people.iter().flat_map(|group| &group.rows) {
                wrong.extend(self.person(&client, who, act, started).await);
            }
        }
        wrong
    }

    /// Each way that an act can go, by one person.
    async fn person(&self, client: &Client, who: &Who, act: &Act, started: Instant) -> Vec<String> {
        let mut wrong = vec![];
        let ways: Vec<_> = if act.is_change() { act.how.iter().copied().map(Some).collect() } else { vec![None] };
        for way in ways {
            let row = format!("{}: {} ({})", who.name, act.what, way.map_or("", Way::name));
            let ask = Ask::of_act(act, &who.user).expect("a row that reads");
            let ask = match way {
                Some(way) => ask.by(way, &self.root).await.expect("the object is there"),
                None => ask,
            };
            wrong.extend(judged(&row, &ask, client, &act.expected(&who.name), "", started).await);
        }
        wrong
    }

    async fn operator(&self, about: &str, rows: &[Row], job: &Value) -> Vec<String> {
        let mut wrong = vec![];
        let started = Instant::now();
        for row in rows {
            let client = match row.token {
                Token::Leader if row.rights == Some(Rights::All) => &self.unbound,
                Token::Leader => &self.operator,
                Token::Standby => &self.standby,
                Token::Podless => &self.podless,
            };
            let ask = Ask::of_row(row, job).expect("a row that reads").live(&self.root).await.expect("the object is there");
            let name = format!("the operator, {about}: {}", row.what);
            wrong.extend(judged(&name, &ask, client, &row.expected(), &row.says, started).await);
        }
        wrong
    }
}

/// Asks, and says what is wrong with the answer. A policy that was installed a moment ago may not be in force yet: then it asks again.
async fn judged(row: &str, ask: &Ask, client: &Client, expected: &Verdict, says: &str, started: Instant) -> Option<String> {
    let wrong = loop {
        let answer = ask.send(client).await;
        let wrong = match answer.as_ref().map_err(ToString::to_string).and_then(Answer::verdict) {
            Ok(verdict) if verdict != *expected => Some(format!("{verdict:?}, not {expected:?}")),
            Ok(_) => answer.as_ref().ok().filter(|answer| !answer.message().contains(says)).map(|_| format!("not for “{says}”")),
            Err(error) => Some(error),
        };
        let said = answer.map(|answer| answer.message().to_owned()).unwrap_or_default();
        match wrong {
            Some(_) if started.elapsed() < SETTLES_WITHIN => tokio::time::sleep(Duration::from_millis(200)).await,
            wrong => break wrong.map(|wrong| format!("{row}: {wrong}: {said}")),
        }
    };
    println!("{}  {row}", if wrong.is_none() { "ok   " } else { "WRONG" });
    wrong
}

#[test]
fn a_refusal_is_told_from_an_error_and_by_whom() {
    let of = |code: u16, message: &str, causes: bool| {
        let details = if causes { json!({"causes": [{"message": "m"}]}) } else { json!({}) };
        Answer { code, body: json!({"message": message, "details": details}) }.verdict()
    };
    let policy = |rest: &str| format!("x is forbidden: ValidatingAdmissionPolicy 'p' with binding 'p' denied request: {rest}");
    assert_eq!(of(201, "", false), Ok(Verdict::Allowed));
    assert_eq!(of(403, "User \"a\" cannot create resource \"jobs\"", false), Ok(Verdict::Rbac));
    assert_eq!(of(403, &policy("the operator may not"), true), Ok(Verdict::Policy("p".into())));
    assert_eq!(of(422, &policy("write your own name"), true), Ok(Verdict::Policy("p".into())));
    assert_eq!(of(422, "Required value", true), Ok(Verdict::Schema));
    assert!(of(422, &policy("expression 'object.x' resulted in error: no such key: x"), true).is_err());
    assert!(of(403, &policy("failed expression: object.x == 1"), true).is_err());
    assert!(of(500, "boom", false).is_err() && of(404, "not found", false).is_err());
}

#[test]
fn a_change_is_merged_as_a_merge_patch_is() {
    let body = merged(json!({"a": {"b": 1, "c": 2}, "l": [1]}), &json!({"a": {"b": null, "d": 3}, "l": [2]}));
    assert_eq!(body, json!({"a": {"c": 2, "d": 3}, "l": [2]}));
}
