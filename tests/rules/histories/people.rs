//! What customers, testers and change management do by chance.

use jiff::{SignedDuration, tz::TimeZone};
use serde_json::{Value, json};
use uplift::{
    api::{
        tenant::{Slot, SlotResult},
        upgrade_id::UpgradeId,
    },
    fleet::ObjectKey,
    simulate::world::Object,
};

use super::events::{Draw, annotate, patch, upgrade};
use super::fleet::{approval, change};

impl Draw<'_> {
    /// What people refuse is mostly a date that they know.
    pub(super) fn opt_out(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        if upgrade(&tenant).is_none_or(|up| up.slot.is_none()) && self.chance.percent(80) {
            return None;
        }
        let value = match self.chance.below(10) {
            0..7 => self.day(&tenant),
            7..9 => self.version(&tenant),
            _ => self.chance.pick(&["no, thanks".to_owned(), "2026-10-99".into(), "2026.99.0".into(), "2020-01-01".into()]),
        };
        Some(annotate(&key, &json!({"uplift.dev/opt-out": value})))
    }

    /// A day on which the slot lies, or one nearby.
    pub(super) fn day(&mut self, tenant: &Object) -> String {
        let slot = upgrade(tenant).and_then(|up| up.slot.clone());
        let zone = |w: &str| TimeZone::get(&self.world.get(&ObjectKey::Window(w.into()))?.window()?.0.time_zone).ok();
        let inside = |s: &Slot| (s.opens_at + SignedDuration::from_hours(24)).min(s.closes_at);
        let times = slot.as_ref().map(|s| [s.opens_at, s.opens_at, s.opt_out_until, s.closes_at, inside(s)]);
        let zone = slot.and_then(|s| zone(&s.window)).unwrap_or(TimeZone::UTC);
        let nearby = self.at + SignedDuration::from_hours(24 * self.chance.between(0, 20));
        let at = times.filter(|_| self.chance.percent(90)).map_or(nearby, |times| self.chance.pick(&times));
        at.to_zoned(zone).date().to_string()
    }

    pub(super) fn version(&mut self, tenant: &Object) -> String {
        let planned = upgrade(tenant).map(|up| up.to.clone());
        let any = format!("2026.{}.0", self.chance.between(9, 13));
        planned.filter(|_| self.chance.percent(80)).unwrap_or(any)
    }

    pub(super) fn opt_in(&mut self) -> Option<Value> {
        let (key, tenant) = self.tenant()?;
        let written = tenant.annotation("uplift.dev/opt-out").map(str::to_owned);
        let judged = tenant.tenant()?.1.opt_outs.first().map(|record| record.value.clone());
        let value = written.or(judged)?;
        let mut event = annotate(&key, &json!({"uplift.dev/opt-in": value}));
        if self.chance.percent(25) {
            event["annotate"]["remove"] = json!(["uplift.dev/opt-out"]);
        }
        Some(event)
    }

    pub(super) fn forget(&mut self) -> Option<Value> {
        let (key, _) = self.tenant()?;
        let keys = self.chance.pick(&[
            json!(["uplift.dev/opt-out"]),
            json!(["uplift.dev/opt-in"]),
            json!(["uplift.dev/opt-out", "uplift.dev/opt-in"]),
        ]);
        Some(json!({"annotate": {"tenant": format!("{}/{}", key.namespace, key.name), "remove": keys}}))
    }

    pub(super) fn decide(&mut self) -> Option<Value> {
        let release = self.any(|object| object.release().is_some())?;
        let mut another = approval("Approved");
        another["by"] = "eve@corp.example".into();
        let (mut changed, mut whenever) = (approval("Approved"), approval("Approved"));
        (changed["change"], whenever["change"]) = (change(self.chance, self.at), Value::Null);
        let decisions = [
            json!({"approval": approval("Approved")}),
            json!({"approval": another}),
            json!({"approval": changed}),
            json!({"approval": changed}),
            json!({"approval": whenever}),
            json!({"approval": approval("Rejected")}),
            json!({"approval": null}),
        ];
        let withdrawn =
            [json!({"withdrawn": {"reason": self.chance.pick(&["bad", "it loses reports"])}}), json!({"withdrawn": null})];
        let spec = if self.chance.percent(65) { self.chance.pick(&decisions) } else { self.chance.pick(&withdrawn) };
        Some(patch(&release.key, &spec))
    }

    pub(super) fn sign_off(&mut self) -> Option<Value> {
        let release = self.any(|object| object.release().is_some_and(|(spec, _)| !spec.acceptance.checks.is_empty()))?;
        let result = self.chance.pick(&["Passed", "Passed", "Failed"]);
        let checks = &release.release()?.0.acceptance.checks;
        let check = self.chance.pick(checks).name;
        let reference = format!("QA-{}", self.chance.between(1, 9));
        Some(patch(
            &release.key,
            &json!({"acceptance": {"signOffs": [{"check": check, "result": result, "reference": reference}]}}),
        ))
    }

    pub(super) fn pin(&mut self) -> Option<Value> {
        let (_, tenant) = self.tenant()?;
        if self.chance.percent(40) {
            return Some(patch(&tenant.key, &json!({"pin": null})));
        }
        let mut pin = json!({"version": format!("2026.{}.0", self.chance.between(9, 12)), "reason": self.chance.pick(&["audit", "a fair"])});
        if self.chance.percent(60) {
            let until = self.at + SignedDuration::from_hours(24 * self.chance.between(0, 30));
            pin["until"] = until.to_zoned(TimeZone::UTC).date().to_string().into();
        }
        Some(patch(&tenant.key, &json!({"pin": pin})))
    }

    pub(super) fn retry(&mut self) -> Option<Value> {
        // What failed is tried again; what succeeded is gone on from, whatever another hand put back (R23).
        let wanted = if self.chance.percent(70) { SlotResult::Failed } else { SlotResult::Succeeded };
        let ended = |object: &Object| -> Option<UpgradeId> {
            let history = &object.tenant()?.1.history;
            Some(
                history
                    .iter()
                    .find(|entry| entry.result == wanted || wanted.is_failure() && entry.result.is_failure())?
                    .id
                    .clone(),
            )
        };
        let tenant = self.any(|object| ended(object).is_some())?;
        let ObjectKey::Tenant(key) = &tenant.key else { return None };
        Some(annotate(key, &json!({"uplift.dev/retry": ended(&tenant)?})))
    }
}
