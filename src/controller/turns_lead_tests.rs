//! R25: what the loop sends as the leader, as a standby, and after it was deposed.

use tokio::sync::watch;

use super::*;
use crate::{
    execute::{PermitHolder, Standing},
    lead::Leadership,
};

/// An election that the test decides.
struct Election {
    permit: PermitHolder,
    leadership: watch::Sender<Leadership>,
    resigned: oneshot::Receiver<()>,
}

impl Election {
    fn new() -> (Self, Seat) {
        let (holder, permit) = PermitHolder::new();
        let (sender, leadership) = watch::channel(Leadership { role: Role::Standby, ..Leadership::default() });
        let (resign, resigned) = oneshot::channel();
        let seat = Seat { permit, leadership, resign: Some(resign), elector: Some(tokio::spawn(async {})) };
        (Self { permit: holder, leadership: sender, resigned }, seat)
    }

    /// This process becomes the leader, for the next time.
    fn won(&self) {
        self.leadership.send_modify(|known| (known.role, known.term) = (Role::Leader, known.term + 1));
        self.permit.set(Standing::Always);
    }

    /// Another one does.
    fn lost(&self) {
        self.permit.set(Standing::Revoked);
        self.leadership.send_modify(|known| known.role = Role::Standby);
    }
}

impl Stage {
    /// The watches list everything anew, for this time as the leader.
    async fn list_for(&self, term: u64) {
        self.observations.send(Observation::Term(term)).await.unwrap();
        self.list().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_standby_takes_everything_in_and_neither_plans_nor_sends() {
    let (_election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    stage.show("a", 1);
    stage.list().await;
    assert!(stage.asked().await.is_none());
    assert!(stage.passes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_new_leader_decides_nothing_before_everything_was_listed_anew() {
    let (election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    stage.show("a", 1);
    stage.list().await;
    election.won();
    assert!(stage.asked().await.is_none(), "what it knows is from before it led");
    stage.observations.send(Observation::Term(1)).await.unwrap();
    stage.show("a", 2);
    assert!(stage.asked().await.is_none() && stage.passes().is_empty(), "a part is not enough");
    stage.list().await;
    assert_eq!(stage.asked().await.unwrap().body["metadata"]["resourceVersion"], "2");
}

#[tokio::test(start_paused = true)]
async fn what_was_decided_in_one_time_as_the_leader_is_not_sent_in_another() {
    let (election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    election.won();
    stage.list_for(1).await;
    sleep(SECOND).await;
    // It may not write for a moment: nothing is decided either.
    election.permit.set(Standing::Revoked);
    stage.show("a", 1);
    sleep(SECOND).await;
    assert!(stage.asked().await.is_none() && stage.passes().len() == 1);
    election.lost();
    election.won();
    assert!(stage.asked().await.is_none(), "it waits for the list of this time");
    stage.list_for(2).await;
    assert!(stage.asked().await.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_deposed_leader_sends_nothing_more_whatever_is_shown_to_it() {
    let (election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    election.won();
    stage.list_for(1).await;
    stage.show("a", 1);
    let under_way = stage.asked().await.unwrap();
    election.lost();
    under_way.commit(2);
    stage.show("b", 3);
    let passes = stage.passes().len();
    assert!(stage.asked().await.is_none());
    assert_eq!(stage.passes().len(), passes);
}

#[tokio::test(start_paused = true)]
async fn the_lease_is_given_back_when_every_answer_is_there_and_not_before() {
    let (mut election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    election.won();
    stage.list_for(1).await;
    stage.show("a", 1);
    let under_way = stage.asked().await.unwrap();
    stage.stop.take().unwrap().send(()).unwrap();
    sleep(SECOND).await;
    assert!(election.resigned.try_recv().is_err(), "a write is still under way");
    under_way.commit(2);
    timeout(SECOND, stage.task).await.unwrap().unwrap().unwrap();
    assert_eq!(election.resigned.try_recv(), Ok(()));
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_kept_by_who_ends_without_every_answer() {
    let (mut election, seat) = Election::new();
    let mut stage = Stage::start(seat, telling);
    election.won();
    stage.list_for(1).await;
    stage.show("a", 1);
    let _unanswered = stage.asked().await.unwrap();
    stage.stop.take().unwrap().send(()).unwrap();
    stage.task.await.unwrap().unwrap();
    assert!(election.resigned.try_recv().is_err());
}
