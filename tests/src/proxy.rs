//! A line that breaks, in this process: everything that dials a hub goes through one of these.
//!
//! Each connection draws its fault from the seed: it is turned away, cut after some bytes in either
//! direction (a reset in the middle of a frame), goes silent without a word, or is slow.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::dice::Dice;

/// A proxy in front of one party.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    line: Arc<Line>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

#[derive(Debug)]
struct Line {
    seed: u64,
    subject: String,
    target: Mutex<Option<SocketAddr>>,
    cut: Mutex<f64>,
    closed: AtomicBool,
    connections: AtomicU64,
    broken: AtomicU64,
    /// Bytes carried both ways.
    carried: watch::Sender<u64>,
}

/// What happens to one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    TurnedAway,
    /// Reset once this many bytes went from the one who dialled.
    CutUp(usize),
    /// Reset once this many bytes went back.
    CutDown(usize),
    /// From this many bytes on nothing passes, and after a while the line is gone.
    Silent(usize),
    /// Each piece waits.
    Slow,
}

impl Fault {
    /// How many bytes pass in each direction.
    const fn limits(self) -> (usize, usize) {
        match self {
            Self::CutUp(bytes) | Self::Silent(bytes) => (bytes, usize::MAX),
            Self::CutDown(bytes) => (usize::MAX, bytes),
            Self::None | Self::TurnedAway | Self::Slow => (usize::MAX, usize::MAX),
        }
    }
}

/// Connections at a time; more wait.
const MOST: usize = 256;
/// How long a silent line stays up before the address translation of the way forgets it.
const FORGOTTEN: Duration = Duration::from_millis(400);
const LAG: Duration = Duration::from_millis(3);

impl Proxy {
    /// Listens on a free port of loopback. Nobody is behind it yet.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn start(seed: u64, subject: &str, cut: f64) -> io::Result<Self> {
        Self::listen("127.0.0.1:0", seed, subject, cut).await
    }

    /// Listens on `at`.
    ///
    /// # Errors
    /// When the address is not to be had.
    pub async fn listen(at: &str, seed: u64, subject: &str, cut: f64) -> io::Result<Self> {
        let listener = TcpListener::bind(at).await?;
        let address = listener.local_addr()?;
        let line = Arc::new(Line {
            seed,
            subject: subject.to_owned(),
            target: Mutex::new(None),
            cut: Mutex::new(cut),
            closed: AtomicBool::new(false),
            connections: AtomicU64::new(0),
            broken: AtomicU64::new(0),
            carried: watch::Sender::new(0),
        });
        let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
        tasks.spawn(accept(listener, Arc::clone(&line), tasks.clone(), stop.clone()));
        Ok(Self { address, line, tasks, stop })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Who is behind it from now on.
    pub fn aim(&self, target: SocketAddr) {
        *self.line.target.lock().expect("nobody panics with the target in hand") = Some(target);
    }

    /// The probability that something happens to a connection.
    pub fn weather(&self, cut: f64) {
        *self.line.cut.lock().expect("nobody panics with the weather in hand") = cut;
    }

    /// Lets nobody through until it is opened again; connections that stand go on.
    pub fn close(&self, closed: bool) {
        self.line.closed.store(closed, Ordering::SeqCst);
    }

    /// How many connections it took, and how many of them it broke.
    pub fn counts(&self) -> (u64, u64) {
        (self.line.connections.load(Ordering::SeqCst), self.line.broken.load(Ordering::SeqCst))
    }

    /// Waits until `bytes` more were carried, both ways together.
    ///
    /// # Panics
    /// Never: whoever counts them lives as long as the proxy.
    pub async fn carried(&self, bytes: u64) {
        let mut counter = self.line.carried.subscribe();
        let goal = *counter.borrow() + bytes;
        counter.wait_for(|carried| *carried >= goal).await.expect("the proxy holds the sender");
    }

    /// Cuts everything and waits for the last task.
    pub async fn stop(self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl Line {
    /// The fault of the connection that comes next.
    fn fault(&self) -> Fault {
        let number = self.connections.fetch_add(1, Ordering::SeqCst);
        if self.closed.load(Ordering::SeqCst) {
            return Fault::TurnedAway;
        }
        let mut dice = Dice::new(self.seed, &format!("line {} {number}", self.subject));
        if !dice.chance(*self.cut.lock().expect("nobody panics with the weather in hand")) {
            return Fault::None;
        }
        let fault = match dice.below(10) {
            0..2 => Fault::TurnedAway,
            2..5 => Fault::CutUp(dice.below(UP)),
            5..8 => Fault::CutDown(dice.below(DOWN)),
            8 => Fault::Silent(dice.below(UP)),
            _ => Fault::Slow,
        };
        if fault != Fault::Slow {
            self.broken.fetch_add(1, Ordering::SeqCst);
        }
        fault
    }

    fn target(&self) -> Option<SocketAddr> {
        *self.target.lock().expect("nobody panics with the target in hand")
    }
}

/// A night has about so many bytes each way, so that cuts fall into every part of it.
const UP: usize = 3_500;
const DOWN: usize = 3_000;

async fn accept(listener: TcpListener, line: Arc<Line>, tasks: TaskTracker, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(MOST));
    loop {
        let taken = tokio::select! {
            () = stop.cancelled() => return,
            taken = listener.accept() => taken,
        };
        let Ok((near, _)) = taken else { continue };
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
        let (line, stop) = (Arc::clone(&line), stop.clone());
        tasks.spawn(async move {
            let _place = place;
            let fault = line.fault();
            tokio::select! {
                () = stop.cancelled() => {}
                _ = carry(near, &line, fault) => {}
            }
        });
    }
}

/// Carries one connection to its end; the error is the end's reason, which nobody asks for.
async fn carry(near: TcpStream, line: &Line, fault: Fault) -> io::Result<()> {
    let (Some(target), false) = (line.target(), fault == Fault::TurnedAway) else {
        return near.set_zero_linger();
    };
    let far = match TcpStream::connect(target).await {
        Ok(far) => far,
        Err(_) => return near.set_zero_linger(),
    };
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    let end = {
        let lag = (fault == Fault::Slow).then_some(LAG);
        let (most_up, most_down) = fault.limits();
        let up = pass(&mut near_in, &mut far_out, most_up, lag, &line.carried);
        let down = pass(&mut far_in, &mut near_out, most_down, lag, &line.carried);
        tokio::pin!(up, down);
        tokio::select! {
            // the other direction may still have something to say
            end = &mut up => match end {
                Ok(End::Closed) => down.await,
                end => end,
            },
            end = &mut down => match end {
                Ok(End::Closed) => up.await,
                end => end,
            },
        }
    };
    if matches!(end, Ok(End::Closed)) {
        return Ok(());
    }
    if matches!(fault, Fault::Silent(_)) {
        tokio::time::sleep(FORGOTTEN).await;
    }
    // a broken line ends with a reset, not with a polite goodbye
    near_in.as_ref().set_zero_linger()?;
    far_in.as_ref().set_zero_linger()
}

/// Why a direction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Closed,
    Limit,
}

async fn pass(
    from: &mut OwnedReadHalf,
    to: &mut OwnedWriteHalf,
    mut left: usize,
    lag: Option<Duration>,
    carried: &watch::Sender<u64>,
) -> io::Result<End> {
    let mut piece = [0; 4_096];
    loop {
        let read = from.read(&mut piece).await?;
        if read == 0 {
            to.shutdown().await?;
            return Ok(End::Closed);
        }
        if let Some(lag) = lag {
            tokio::time::sleep(lag).await;
        }
        let passed = read.min(left);
        to.write_all(&piece[..passed]).await?;
        carried.send_modify(|sum| *sum += passed as u64);
        left -= passed;
        if left == 0 {
            return Ok(End::Limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    /// How many of 20,000 bytes come back.
    async fn there_and_back(proxy: &Proxy) -> usize {
        let Ok(stream) = TcpStream::connect(proxy.address()).await else { return 0 };
        let (mut from, mut to) = stream.into_split();
        let say = async move {
            let _ = to.write_all(&[7; 20_000]).await;
            let _ = to.shutdown().await;
        };
        let hear = async move {
            let (mut heard, mut piece) = (0, [0; 1_024]);
            while let Ok(read @ 1..) = from.read(&mut piece).await {
                heard += read;
            }
            heard
        };
        tokio::join!(say, hear).1
    }

    #[tokio::test]
    async fn a_fair_line_carries_everything_and_a_closed_one_nothing() {
        let proxy = Proxy::start(1, "fair", 0.0).await.expect("a proxy");
        assert_eq!(there_and_back(&proxy).await, 0, "nobody is behind it");
        proxy.aim(echo().await);
        assert_eq!(there_and_back(&proxy).await, 20_000);
        proxy.close(true);
        assert_eq!(there_and_back(&proxy).await, 0);
        proxy.close(false);
        assert_eq!(there_and_back(&proxy).await, 20_000);
        proxy.stop().await;
    }

    #[tokio::test]
    async fn a_bad_line_breaks_what_it_says_it_breaks() {
        let proxy = Proxy::start(1, "bad", 1.0).await.expect("a proxy");
        proxy.aim(echo().await);
        let mut short = 0;
        for _ in 0..30 {
            short += u64::from(there_and_back(&proxy).await < 20_000);
        }
        let (connections, broken) = proxy.counts();
        assert_eq!((connections, broken), (30, short));
        assert!(broken > 20, "{broken} of 30 broken");
        proxy.stop().await;
    }
}
