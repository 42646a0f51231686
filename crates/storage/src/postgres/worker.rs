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
///
/// In the middle of an upload of new accounts nothing is looked for: what is there after all is in the way
/// of what is added.
async fn take(lane: &LaneEnd, links: &mut Links, jobs: Vec<Job>) -> Vec<Job> {
    let needs = Needs::of(&jobs);
    if links.expects_new() && needs.may_be_new() {
        let decided = decide_batch(Loaded::default(), &jobs);
        if let Some(outcomes) = links.add_new(&decided).await {
            return settle(jobs, decided.verdicts, &outcomes);
        }
    }
    let loaded = match links.load(&needs).await {
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
