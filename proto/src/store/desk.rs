//! The one writer of a party: actions come in, each decides in a [`Room`], many share one commit,
//! and nobody is answered before the commit is on disk.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};

use super::{Room, Store, StoreError};

/// How many actions may share one commit.
const GROUP: usize = 512;

type Job = Box<dyn FnOnce(&mut Room<'_>) -> Answer + Send>;
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// A handle to the writer. Cheap to clone.
#[derive(Clone)]
pub struct Desk {
    jobs: mpsc::Sender<Job>,
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Desk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Desk")
    }
}

/// The loop behind the desk. Whoever opens the desk must run it, and join it when stopping.
pub struct Writer {
    jobs: mpsc::Receiver<Job>,
    store: Arc<dyn Store>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Writer")
    }
}

impl Desk {
    /// A desk over `store` and the loop that serves it.
    pub fn open(store: Arc<dyn Store>) -> (Self, Writer) {
        let (send, jobs) = mpsc::channel(GROUP * 2);
        (Self { jobs: send, store: store.clone() }, Writer { jobs, store })
    }

    /// Runs `action` in turn and answers when what it wrote is on disk. An action that fails writes
    /// nothing.
    ///
    /// # Errors
    /// What `action` returns, or the store's error when the commit failed: then nothing is promised.
    pub async fn act<T, E>(
        &self,
        action: impl FnOnce(&mut Room<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |room| {
            let result = room.attempt(action);
            Box::new(move |committed| {
                let _ = tell.send(match committed {
                    Ok(()) => result,
                    // even a refusal may rest on what a neighbour wrote in vain
                    Err(error) => Err(error.into()),
                });
            })
        });
        self.jobs.send(job).await.map_err(|_| StoreError::Stopped)?;
        told.await.map_err(|_| StoreError::Stopped)?
    }

    /// Returns when the writer has ended, which while handles are left it does only when it failed: from
    /// then on nothing is written, and whoever serves should stop.
    pub async fn ended(&self) {
        self.jobs.closed().await;
    }

    /// The store, for reads of what is committed.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }
}

impl Writer {
    /// Serves until every [`Desk`] handle is gone, or a commit fails. A full disk is no failure: the
    /// store wrote nothing, and the next action may find room.
    ///
    /// # Errors
    /// The failed commit's. Its actions have been told; later ones get [`StoreError::Stopped`].
    pub async fn run(mut self) -> Result<(), StoreError> {
        while let Some(first) = self.jobs.recv().await {
            let mut room = Room::new(&*self.store);
            let mut answers = vec![first(&mut room)];
            while answers.len() < GROUP
                && let Ok(job) = self.jobs.try_recv()
            {
                answers.push(job(&mut room));
            }
            let committed = if room.is_empty() { Ok(()) } else { self.store.commit(room.into_batch()) };
            for answer in answers {
                answer(committed.clone());
            }
            match committed {
                Ok(()) | Err(StoreError::Full(_) | StoreError::Key(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Runs the loop on a thread of its own, so that a slow disk holds up nobody else.
    ///
    /// # Panics
    /// When the operating system gives no thread.
    pub fn spawn(self) -> std::thread::JoinHandle<Result<(), StoreError>> {
        std::thread::Builder::new()
            .name("desk".to_owned())
            .spawn(move || {
                tokio::runtime::Builder::new_current_thread()
                    .build()
                    .map_err(|e| StoreError::Engine(e.to_string()))?
                    .block_on(self.run())
            })
            .expect("a thread for the desk")
    }
}

#[cfg(test)]
mod tests;
