//! What is played, in which order.

use serde::Serialize;

/// Who rolls the new images out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub enum Who {
    /// A bare loop: the limit of what a client can do.
    Raw,
    Uplift,
    Kubectl,
    Helm,
    ArgoTuned,
    ArgoDefault,
}

impl Who {
    pub fn title(self) -> &'static str {
        match self {
            Self::Raw => "raw PATCH loop",
            Self::Uplift => "Uplift, every rule on",
            Self::Kubectl => "kubectl set image + rollout status",
            Self::Helm => "helm upgrade --wait",
            Self::ArgoTuned => "Argo Rollouts, tuned flags",
            Self::ArgoDefault => "Argo Rollouts, default flags",
        }
    }
}

/// When new pods are ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Pods {
    AtOnce,
    AfterFiveSeconds,
}

impl Pods {
    pub fn title(self) -> &'static str {
        match self {
            Self::AtOnce => "pods ready at once",
            Self::AfterFiveSeconds => "pods ready after 5 s",
        }
    }
}

/// What stands behind the API server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, clap::ValueEnum)]
#[serde(rename_all = "camelCase")]
pub enum Plane {
    /// Controllers, scheduler and a fake node: rollouts take what they take.
    Full,
    /// None of them: a Deployment is rolled out by one write of its status. So many tenants fit, and what limits is the client.
    Light,
}

/// A cluster with so many tenants, and what is played in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub plane: Plane,
    pub tenants: usize,
    pub stretches: Vec<Stretch>,
    /// So many seconds an operator with nothing to do is watched, at the end.
    pub idle: u64,
    /// Passes of the planner over so many tenants are timed meanwhile: the machine is idle then.
    pub passes: Vec<usize>,
}

/// Rounds of one contestant, with a raw round before, between and after them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    pub who: Who,
    pub pods: Pods,
    pub rounds: usize,
}

/// One round to play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    pub who: Who,
    pub pods: Pods,
}

impl Part {
    /// In an order in which every round has a raw one of its kind next to it, on both sides; on the light bed one before it, as the hour
    /// ends. Two stretches share the raw round between them where their pods are alike.
    pub fn turns(&self) -> Vec<Turn> {
        let mut turns: Vec<Turn> = vec![];
        for Stretch { who, pods, rounds } in &self.stretches {
            let raw = Turn { who: Who::Raw, pods: *pods };
            if turns.last() != Some(&raw) {
                turns.push(raw);
            }
            for _ in 0..*rounds {
                turns.extend([Turn { who: *who, pods: *pods }, raw]);
            }
        }
        if self.plane == Plane::Light {
            turns.pop();
        }
        turns
    }
}

/// The whole of it: an hour on two cores, if they are not slow. What matters most comes first, so that a slow machine leaves out the rest:
/// each part, and in it each stretch. `kubectl` and `helm` take minutes to say of 1,000 tenants what they say of 100.
pub fn full() -> Vec<Part> {
    let (now, later) = (Pods::AtOnce, Pods::AfterFiveSeconds);
    let part = |plane, tenants, idle, stretches: &[(Who, Pods, usize)]| Part {
        plane,
        tenants,
        stretches: stretches.iter().map(|(who, pods, rounds)| Stretch { who: *who, pods: *pods, rounds: *rounds }).collect(),
        idle,
        passes: if idle > 0 { vec![1_000, 10_000] } else { vec![] },
    };
    let operators = [(Who::Uplift, now, 1), (Who::ArgoDefault, now, 1), (Who::ArgoTuned, now, 1), (Who::Uplift, later, 1)];
    // What pods that take their time change is seen with many tenants; a hundred are through before.
    let at_once = &operators[..3];
    let commands = [(Who::Kubectl, now, 1), (Who::Helm, now, 1)];
    vec![
        part(Plane::Full, 100, 0, &[at_once, &commands].concat()),
        part(Plane::Full, 1_000, 0, &operators),
        part(Plane::Light, 1_000, 0, &[(Who::Uplift, now, 1)]),
        part(Plane::Light, 5_000, 0, &[(Who::Uplift, now, 1)]),
        part(Plane::Light, 10_000, 600, &[(Who::Uplift, now, 1)]),
        part(Plane::Full, 1_000, 0, &commands),
    ]
}

/// Two minutes, for every day.
pub fn quick() -> Vec<Part> {
    let stretch = |who, rounds| Stretch { who, pods: Pods::AtOnce, rounds };
    vec![Part {
        plane: Plane::Full,
        tenants: 100,
        stretches: vec![stretch(Who::Uplift, 3), stretch(Who::Kubectl, 1)],
        idle: 5,
        passes: vec![],
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_stands_between_raw_ones_of_its_kind() {
        for part in full().into_iter().chain(quick()) {
            let turns = part.turns();
            for (at, turn) in turns.iter().enumerate().filter(|(_, turn)| turn.who != Who::Raw) {
                let raw = Turn { who: Who::Raw, pods: turn.pods };
                assert_eq!(turns[at - 1], raw, "{} tenants, round {at}", part.tenants);
                assert!(part.plane == Plane::Light || turns[at + 1] == raw, "{} tenants, round {at}", part.tenants);
            }
        }
    }

    #[test]
    fn stretches_share_the_raw_round_between_them() {
        let stretch = |who, pods| Stretch { who, pods, rounds: 1 };
        let stretches = vec![
            stretch(Who::Uplift, Pods::AtOnce),
            stretch(Who::Helm, Pods::AtOnce),
            stretch(Who::Helm, Pods::AfterFiveSeconds),
        ];
        let part = Part { plane: Plane::Full, tenants: 1, stretches, idle: 0, passes: vec![] };
        let who: Vec<_> = part.turns().iter().map(|turn| turn.who).collect();
        assert_eq!(who, [Who::Raw, Who::Uplift, Who::Raw, Who::Helm, Who::Raw, Who::Raw, Who::Helm, Who::Raw]);
    }
}
