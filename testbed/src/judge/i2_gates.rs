//! I2: no upgrade starts while its slot is not open or is frozen, too little time is left in it, its window suspended, the tenant opted out, suspended or pinned, a
//! workload keeps its old pods, or the release not accepted, not approved, outside of its change window, suspended or withdrawn. Facts on the tenant count exactly, by its resourceVersion; facts on
//! other objects when they were committed at least 1 s before.

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;

use super::{
    evidence::{Leeway, Record},
    i2_limit, i2_rings, i2_trials,
    object::{Kind, Object},
    past::Past,
    read::{duration, list, numbers, text, time, utc_day},
    said::{Said, is_riddle},
    verdict::Verdict,
};

pub struct Gates {
    pub leeway: Leeway,
}

/// A start, and when.
struct Start<'a> {
    tenant: &'a Object,
    up: &'a Value,
    slot: &'a Value,
    /// The window's zone.
    zone: TimeZone,
    /// Since when what happens elsewhere may not have been seen.
    since: Timestamp,
    /// The earliest and the latest that the operator's clock may have shown.
    early: Timestamp,
    clock: Timestamp,
}

impl Gates {
    pub fn judge(&self, past: &Past, record: &Record, said: &Said, verdict: &mut Verdict) {
        let Some((tenant, up)) = record.start() else { return };
        let slot = &up["slot"];
        let window = past.latest(Kind::Window, text(&slot["window"]));
        let start = Start {
            tenant,
            up,
            slot,
            zone: window.and_then(|w| zone(&w.spec["timeZone"])).unwrap_or(TimeZone::UTC),
            since: self.leeway.others_since(record.from),
            early: record.from - self.leeway.clock - self.leeway.late,
            clock: record.until + self.leeway.clock,
        };
        let all = [
            open(&start),
            window_of(past, &start),
            short(past, &start),
            of_tenant(&start),
            keeps_old(past, &start),
            declined(past, &start, said),
            release(past, &start),
            i2_trials::untried(past, tenant, up, start.since),
        ];
        for wrong in all {
            verdict.note("I2", wrong.map(|wrong| format!("{tenant} starts although {wrong}")));
        }
    }
}

/// The write was committed between two instants: it is wrong only when neither of them lies in the slot.
fn open(start: &Start<'_>) -> Option<String> {
    let Some((opens, closes)) = time(&start.slot["opensAt"]).zip(time(&start.slot["closesAt"])) else {
        return Some("it has no slot".into());
    };
    (start.clock < opens || start.early >= closes).then(|| format!("its slot is open from {opens} to {closes}"))
}

fn window_of(past: &Past, start: &Start<'_>) -> Option<String> {
    let wrong = |window: Option<&Object>| match window {
        None => Some("its window is gone"),
        Some(window) if window.spec["suspend"].is_object() => Some("its window is suspended"),
        Some(window) => frozen(window, start).then_some("its slot is frozen"),
    };
    past.wrong_since(Kind::Window, text(&start.slot["window"]), start.since, wrong).map(str::to_owned)
}

/// R32, of what its window asks for and of the tenant's own past; what others took is not judged.
fn short(past: &Past, start: &Start<'_>) -> Option<String> {
    let (opens, closes) = time(&start.slot["opensAt"]).zip(time(&start.slot["closesAt"]))?;
    let took = |entry: &Value| Some(time(&entry["finishedAt"])?.as_second() - time(&entry["startedAt"])?.as_second());
    let succeeded = list(start.tenant.status("history")).iter().filter(|entry| entry["result"] == "Succeeded");
    let slowest = succeeded.filter_map(took).take(5).max().unwrap_or_default();
    let learned = (slowest + (slowest + 3) / 4).min(closes.as_second() - opens.as_second());
    let needed = |window: Option<&Object>| {
        let reserve = window.map(|window| &window.spec["reserve"]).filter(|reserve| reserve.is_object())?;
        let minimum = reserve["minimum"].as_str().and_then(duration).unwrap_or_default().as_secs();
        let needed = if reserve["learn"] == true { minimum.max(learned) } else { minimum };
        (start.early.as_second() + needed > closes.as_second()).then_some(needed)
    };
    let needed = past.wrong_since(Kind::Window, text(&start.slot["window"]), start.since, needed)?;
    Some(format!("{needed} s must be left before the close at {closes}"))
}

fn frozen(window: &Object, start: &Start<'_>) -> bool {
    let Some((opens, closes)) = time(&start.slot["opensAt"]).zip(time(&start.slot["closesAt"])) else { return false };
    // The close is the first second that is not open any more.
    let [first, last] = [opens, closes - SignedDuration::from_secs(1)].map(|at| at.to_zoned(start.zone.clone()).date());
    let day = |day: &Value| text(day).parse::<Date>().ok();
    let mut freezes = list(&window.spec["freezes"]).iter().filter_map(|f| day(&f["from"]).zip(day(&f["to"])));
    freezes.any(|(from, to)| from <= last && first <= to)
}

fn of_tenant(start: &Start<'_>) -> Option<String> {
    let (spec, pin) = (&start.tenant.spec, &start.tenant.spec["pin"]);
    let ends = text(&pin["until"]).parse::<Date>().ok().and_then(|day| day.to_zoned(start.zone.clone()).ok());
    let holds = pin.is_object() && ends.is_none_or(|ends| start.clock < ends.timestamp());
    let pinned = holds && numbers(text(&start.up["to"])) > numbers(text(&pin["version"]));
    match () {
        () if spec["suspend"].is_object() => Some("the tenant is suspended".into()),
        () if spec["management"] == "Unmanaged" => Some("the tenant is not managed".into()),
        () if pinned => Some(format!("the tenant is pinned to {}", pin["version"])),
        () if is_riddle(start.tenant) => Some("its opt-out is neither a day nor a version".into()),
        () => None,
    }
}

/// New images would not run there, or not everywhere (R18).
fn keeps_old(past: &Past, start: &Start<'_>) -> Option<String> {
    let wrong = |seen: Option<&Object>| seen.is_some_and(Object::keeps_old_pods).then_some(());
    let kept = start.tenant.workloads().find(|name| past.wrong_since(Kind::Workload, name, start.since, wrong).is_some())?;
    Some(format!("{kept} keeps its old pods"))
}

fn declined(past: &Past, start: &Start<'_>, said: &Said) -> Option<String> {
    let own = zone(&start.slot["timeZone"]).unwrap_or(start.zone.clone());
    let left = i2_limit::room(past.latest(Kind::Window, text(&start.slot["window"])), start.tenant);
    let no = left.is_some() && said.declined(start.tenant, start.up, &own);
    no.then(|| "the customer said no in time".into())
}

fn release(past: &Past, start: &Start<'_>) -> Option<String> {
    let name = text(&start.up["release"]);
    let wrong = |release: Option<&Object>| release.map_or(Some("does not exist"), |release| unfit(past, release, start));
    past.wrong_since(Kind::Release, name, start.since, wrong).map(|why| format!("release {name} {why}"))
}

fn unfit(past: &Past, release: &Object, start: &Start<'_>) -> Option<&'static str> {
    let spec = &release.spec;
    let (checks, signed) = (list(&spec["acceptance"]["checks"]), list(&spec["acceptance"]["signOffs"]));
    let signed = |check: &Value| signed.iter().any(|one| one["check"] == check["name"] && one["result"] == "Passed");
    let passed = |check: &Value| if check["cronJobRef"].is_object() { ran(past, release, check) } else { signed(check) };
    let soak = spec["acceptance"]["minimumSoak"].as_str().map_or(Some(SignedDuration::ZERO), duration);
    let begun = spec["acceptance"]["soakFrom"].as_str().and_then(utc_day).unwrap_or(release.created_at);
    let soaked = soak.is_some_and(|soak| start.clock.as_second() - begun.as_second() >= soak.as_secs());
    let other = start.up["releaseUid"] != *release.uid || numbers(text(&spec["version"])) != numbers(text(&start.up["to"]));
    [
        (!soaked || !checks.iter().all(passed), "is not accepted"),
        (spec["approval"]["decision"] != "Approved", "is not approved"),
        (changes_at_another_time(spec, start), "may be rolled out at another time only, by its change window"),
        (two_eyes(release), "is approved by whoever created it"),
        (spec["suspend"].is_object(), "is suspended"),
        (spec["withdrawn"].is_object(), "is withdrawn"),
        (i2_rings::is_unproven(release, start.tenant), "is not proven by the rings before its own"),
        (other, "is another one than was planned"),
    ]
    .into_iter()
    .find_map(|(holds, why)| holds.then_some(why))
}

/// R33. The operator compares whole seconds.
fn changes_at_another_time(spec: &Value, start: &Start<'_>) -> bool {
    let change = &spec["approval"]["change"];
    let too_early = time(&change["start"]).is_some_and(|begins| start.clock < begins);
    too_early || time(&change["end"]).is_some_and(|ends| start.early.as_second() > ends.as_second())
}

/// It asks for four eyes, and who created it approved it.
fn two_eyes(release: &Object) -> bool {
    let creator = &release.metadata["annotations"]["uplift.dev/created-by"];
    let by = &release.spec["approval"]["by"];
    release.spec["acceptance"]["fourEyes"] == true && creator.is_string() && creator == by
}

/// Whether a Job of the attempt that counts, or of a later one, has succeeded.
fn ran(past: &Past, release: &Object, check: &Value) -> bool {
    let wanted = check["attempt"].as_u64().unwrap_or(1);
    past.ever(Kind::Job).any(|job| {
        let (id, step, attempt) = job.run();
        job.completed() && id == release.uid && step == text(&check["name"]) && attempt >= wanted
    })
}

fn zone(name: &Value) -> Option<TimeZone> {
    TimeZone::get(name.as_str()?).ok()
}
