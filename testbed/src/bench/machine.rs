//! Whose CPU it was, read from `/proc`: that of each process below this one, and of the machine as a whole. What is left over is foreign.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use serde::Serialize;

/// Of `/proc`: what user space sees is the same on every architecture that we know.
const TICKS_A_SECOND: f64 = 100.0;

/// A process, with its CPU seconds.
#[derive(Clone, Debug, PartialEq)]
struct Process {
    parent: u32,
    name: String,
    own: f64,
    /// Of its children that ended and that it waited for, with theirs.
    reaped: f64,
}

/// All CPU seconds so far.
pub struct Reading {
    at: Instant,
    me: u32,
    cores: f64,
    busy: f64,
    /// What the machine below this one kept for itself.
    stolen: f64,
    processes: BTreeMap<u32, Process>,
}

/// What was used between two readings, in CPU seconds.
#[derive(Clone, Debug, Default)]
pub struct Used {
    pub seconds: f64,
    /// Of the whole machine.
    pub capacity: f64,
    pub busy: f64,
    pub stolen: f64,
    /// Of this process.
    pub me: f64,
    /// Of its children that ended in between.
    pub reaped: f64,
    /// Of everything below this process, itself too.
    pub tree: f64,
    by_pid: BTreeMap<u32, f64>,
}

impl Reading {
    pub fn now() -> Result<Self> {
        let text = fs::read_to_string("/proc/stat").context("reading /proc/stat")?;
        let (busy, stolen, cores) = machine(&text).context("/proc/stat has no line of the CPUs")?;
        Ok(Self { at: Instant::now(), me: std::process::id(), cores, busy, stolen, processes: processes()? })
    }

    /// What was used since then.
    pub fn since(&self, before: &Self) -> Used {
        let all = |process: &Process| process.own + process.reaped;
        let own_before = |pid: &u32| before.processes.get(pid).map_or(0.0, |process| process.own);
        let mine = |of: fn(&Process) -> f64| {
            let [now, then] = [self, before].map(|reading| reading.processes.get(&self.me).map_or(0.0, of));
            now - then
        };
        let tree = |reading: &Self| reading.tree().map(|pid| all(&reading.processes[&pid])).sum::<f64>();
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        Used {
            seconds,
            capacity: seconds * self.cores,
            busy: self.busy - before.busy,
            stolen: self.stolen - before.stolen,
            me: mine(|process| process.own),
            reaped: mine(|process| process.reaped),
            tree: tree(self) - tree(before),
            by_pid: self.processes.iter().map(|(pid, process)| (*pid, process.own - own_before(pid))).collect(),
        }
    }

    /// This process and all below it.
    fn tree(&self) -> impl Iterator<Item = u32> + '_ {
        self.processes.keys().copied().filter(|pid| {
            let mut line = std::iter::successors(Some(*pid), |pid| self.processes.get(pid).map(|process| process.parent));
            line.any(|pid| pid == self.me)
        })
    }
}

impl Used {
    /// Of one process that lives on.
    pub fn of(&self, pid: u32) -> f64 {
        self.by_pid.get(&pid).copied().unwrap_or_default()
    }

    /// The share of the machine that processes outside this tree used.
    pub fn foreign_share(&self) -> f64 {
        (self.busy + self.stolen - self.tree).max(0.0) / self.capacity
    }

    /// The share that nobody used.
    pub fn idle_share(&self) -> f64 {
        (self.capacity - self.busy - self.stolen).max(0.0) / self.capacity
    }
}

/// The most memory that a process ever had, in MiB.
pub fn peak_mib(pid: u32) -> Result<f64> {
    let file = format!("/proc/{pid}/status");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {file}"))?;
    kib(&text, "VmHWM:").map(|kib| kib / 1024.0).with_context(|| format!("{file} has no VmHWM"))
}

/// The memory of all processes of this name below this one, in MiB.
pub fn memory_mib(name: &str) -> Result<f64> {
    let me = std::process::id();
    let named = processes()?.into_iter().filter(|(_, process)| process.parent == me && process.name == name);
    // One that ended meanwhile has none.
    let of = |pid: u32| kib(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmRSS:");
    Ok(named.filter_map(|(pid, _)| of(pid)).sum::<f64>() / 1024.0)
}

fn kib(status: &str, field: &str) -> Option<f64> {
    status.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

fn processes() -> Result<BTreeMap<u32, Process>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir("/proc").context("reading /proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        // One that ended meanwhile is none.
        let Ok(text) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
        all.extend(process(&text).map(|process| (pid, process)));
    }
    Ok(all)
}

/// A line of `/proc/PID/stat`. The name stands in brackets and may hold anything, brackets too.
fn process(line: &str) -> Option<Process> {
    let (before, after) = line.rsplit_once(')')?;
    let name = before.split_once('(')?.1.to_owned();
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    let parent = fields.get(1)?.parse().ok()?;
    Some(Process {
        parent,
        name,
        own: (ticks(11)? + ticks(12)?) / TICKS_A_SECOND,
        reaped: (ticks(13)? + ticks(14)?) / TICKS_A_SECOND,
    })
}

/// Busy and stolen CPU seconds of the machine, and how many cores it has.
fn machine(stat: &str) -> Option<(f64, f64, f64)> {
    let fields: Vec<f64> = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().filter_map(|n| n.parse().ok()).collect();
    let [user, nice, system, _idle, _wait, irq, soft, stolen] = *fields.first_chunk()?;
    let cores = stat.lines().filter(|line| line.starts_with("cpu")).count() - 1;
    let cores = u32::try_from(cores).ok()?;
    Some(((user + nice + system + irq + soft) / TICKS_A_SECOND, stolen / TICKS_A_SECOND, f64::from(cores)))
}

/// The machine, in words, for whoever reads the report elsewhere.
#[derive(Debug, Serialize)]
pub struct Machine {
    pub processor: String,
    pub cores: usize,
    pub memory_gib: f64,
    pub kernel: String,
}

impl Machine {
    pub fn this() -> Result<Self> {
        let read = |file: &str| fs::read_to_string(file).with_context(|| format!("reading {file}"));
        let processors = read("/proc/cpuinfo")?;
        let named = |line: &str| {
            line.split_once(':').filter(|(key, _)| key.trim() == "model name").map(|(_, name)| name.trim().to_owned())
        };
        let memory = kib(&read("/proc/meminfo")?, "MemTotal:").context("/proc/meminfo has no MemTotal")?;
        Ok(Self {
            processor: processors.lines().find_map(named).unwrap_or_else(|| "unknown".into()),
            cores: std::thread::available_parallelism().context("counting the cores")?.get(),
            memory_gib: memory / 1024.0 / 1024.0,
            kernel: read("/proc/sys/kernel/osrelease")?.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::float_cmp, reason = "a test may fail where it stands; these numbers are exact")]

    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_holds() {
        let line = "42 (a (b) c) S 7 42 42 0 -1 4194304 1 2 3 4 150 50 30 20 20 0 1 0 1 1 1";
        assert_eq!(process(line).unwrap(), Process { parent: 7, name: "a (b) c".into(), own: 2.0, reaped: 0.5 });
    }

    #[test]
    fn time_that_waits_for_a_disk_is_not_busy() {
        let stat = "cpu  100 100 100 900 500 50 50 200 0 0\ncpu0 1 1 1 1 1 1 1 1 0 0\ncpu1 1 1 1 1 1 1 1 1 0 0\nintr 5\n";
        assert_eq!(machine(stat).unwrap(), (4.0, 2.0, 2.0));
    }

    #[test]
    fn what_stands_outside_the_tree_is_foreign() {
        let reading = |busy: f64, processes: &[(u32, u32, f64, f64)]| {
            let process = |(pid, parent, own, reaped): &(u32, u32, f64, f64)| {
                (*pid, Process { parent: *parent, name: String::new(), own: *own, reaped: *reaped })
            };
            let processes = processes.iter().map(process).collect();
            Reading { at: Instant::now(), me: 10, cores: 2.0, busy, stolen: 0.0, processes }
        };
        // 11 stays below 10, 12 ended and was waited for, 99 is somebody else's.
        let before = reading(100.0, &[(10, 1, 1.0, 0.0), (11, 10, 5.0, 0.0), (12, 11, 1.0, 0.0), (99, 1, 7.0, 0.0)]);
        let mut after = reading(110.0, &[(10, 1, 2.0, 0.0), (11, 10, 8.0, 2.0), (99, 1, 12.0, 0.0)]);
        after.at = before.at + std::time::Duration::from_secs(10);
        let used = after.since(&before);
        assert_eq!((used.me, used.of(11), used.tree), (1.0, 3.0, 5.0));
        assert_eq!((used.foreign_share(), used.idle_share()), (0.25, 0.5));
    }

    #[test]
    fn this_machine_can_be_read() {
        let reading = Reading::now().unwrap();
        assert!(reading.tree().any(|pid| pid == std::process::id()));
        assert!(peak_mib(std::process::id()).unwrap() > 1.0);
        assert!(Machine::this().unwrap().cores >= 1);
    }
}
