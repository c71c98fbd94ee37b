//! Many at once, but not all.

use tokio::task::JoinSet;

/// At a time; a county's schools do not dial in the same second.
const AT_A_TIME: usize = 8;

/// Runs all of `work`, a few at a time, and gives what came of each in the order of `work`.
///
/// # Panics
/// When one of them panicked.
pub(super) async fn crowd<F>(work: impl IntoIterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let mut waiting = work.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut done = Vec::new();
    loop {
        while running.len() < AT_A_TIME
            && let Some((at, future)) = waiting.next()
        {
            running.spawn(async move { (at, future.await) });
        }
        match running.join_next().await {
            Some(Ok(one)) => done.push(one),
            Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            None => break,
        }
    }
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, output)| output).collect()
}
