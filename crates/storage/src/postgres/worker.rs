//! The worker of a lane: takes what waits, loads, has it decided, commits, answers.

use super::split::Links;
use crate::lane::{Job, LaneEnd, Loaded, Needs, decide_batch, segments, settle};
use cardfile_domain::command::Target;

/// Works until no more writes can come.
pub(super) async fn work(mut lane: LaneEnd, mut links: Links) {
    while let Some(jobs) = lane.next_batch().await {
        for segment in segments(jobs) {
            let mut waiting = segment;
            while !waiting.is_empty() {
                waiting = take(&lane, &mut links, waiting).await;
            }
        }
    }
    links.close().await;
}

/// Takes jobs one step further, and returns those that must be decided again.
async fn take(lane: &LaneEnd, links: &mut Links, jobs: Vec<Job>) -> Vec<Job> {
    let loaded = match links.load(&Needs::of(&jobs)).await {
        Ok(loaded) => loaded,
        Err(error) => {
            for job in jobs {
                job.answer(Err(error.clone()));
            }
            return Vec::new();
        }
    };
    let jobs = stay(lane, &loaded, jobs);
    let mut decided = decide_batch(loaded, &jobs);
    let outcomes = links.commit(&mut decided).await;
    settle(jobs, decided.verdicts, &outcomes)
}

/// Sends jobs away whose card lives where another lane writes, and returns those that stay.
fn stay(lane: &LaneEnd, loaded: &Loaded, jobs: Vec<Job>) -> Vec<Job> {
    let stays = |job: Job| match &job.write.target {
        Target::Card(_, id) => match loaded.home(*id) {
            Some(home) if home != job.bucket => lane.forward(job, home),
            _ => Some(job),
        },
        Target::Account(_) => Some(job),
    };
    jobs.into_iter().filter_map(stays).collect()
}
