//! Everything that the parties log, kept to be searched: no child may be named in it.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use tracing::Dispatch;
use tracing::instrument::WithSubscriber;
use tracing_subscriber::filter::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged so far.
#[derive(Debug)]
pub struct Journal {
    written: Mutex<Vec<u8>>,
    file: Option<Mutex<File>>,
}

impl Journal {
    /// An empty journal, which is also written to `keep`, when there is such a folder to be made.
    ///
    /// # Errors
    /// When the folder is there already, or cannot be made.
    pub(super) fn open(keep: Option<&Path>) -> Result<Arc<Self>> {
        let file = match keep {
            None => None,
            Some(dir) => {
                std::fs::create_dir(dir)
                    .with_context(|| format!("cannot make the new folder {}", dir.display()))?;
                Some(Mutex::new(File::create(dir.join("rehearse.log"))?))
            }
        };
        Ok(Arc::new(Self { written: Mutex::new(Vec::new()), file }))
    }

    /// All that was written.
    pub(super) fn written(&self) -> Vec<u8> {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `work` with everything that it logs going here.
    pub(super) async fn during<T>(self: &Arc<Self>, work: impl Future<Output = T>) -> T {
        let lines = tracing_subscriber::fmt()
            .json()
            .with_env_filter(EnvFilter::new("info,proto=debug,node=debug,hub=debug"))
            .with_writer(Pen(Arc::clone(self)))
            .finish();
        work.with_subscriber(Dispatch::new(lines)).await
    }
}

struct Pen(Arc<Journal>);

impl<'a> MakeWriter<'a> for Pen {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line(Arc::clone(&self.0))
    }
}

struct Line(Arc<Journal>);

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.written.lock().unwrap_or_else(PoisonError::into_inner).extend(bytes);
        if let Some(file) = &self.0.file {
            file.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
