//! What differs between the systems that schools have: how a program is told to stop, and whom it tells
//! that it is ready.

#[cfg(unix)]
pub use unix::{ready, stop_asked, stopping};
#[cfg(windows)]
pub use windows::{ready, stop_asked, stopping};

#[cfg(unix)]
mod unix {
    use sd_notify::NotifyState;
    use tokio::signal::unix::{SignalKind, signal};

    /// Returns when somebody asks the program to stop: SIGTERM, or Ctrl-C.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub async fn stop_asked() -> std::io::Result<()> {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
        }
    }

    /// Tells the service manager, when there is one, that all is open.
    pub fn ready() {
        tell(NotifyState::Ready);
    }

    /// Tells the service manager that the program is closing.
    pub fn stopping() {
        tell(NotifyState::Stopping);
    }

    fn tell(state: NotifyState<'_>) {
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::warn!("the service manager was not told: {error}");
        }
    }
}

#[cfg(windows)]
mod windows {
    /// Returns when somebody asks the program to stop: Ctrl-C, or the console closes.
    ///
    /// # Errors
    /// When the system takes no handler.
    pub async fn stop_asked() -> std::io::Result<()> {
        let mut close = tokio::signal::windows::ctrl_close()?;
        tokio::select! {
            stopped = tokio::signal::ctrl_c() => stopped,
            _ = close.recv() => Ok(()),
        }
    }

    /// Nobody is told.
    pub fn ready() {}

    /// Nobody is told.
    pub fn stopping() {}
}
