//! The loop that dials: waits for the party's minute, prepares what is to be sent, talks to the right
//! parent, remembers how it went. One conversation at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::conversation::{Report, TalkError};
use super::post::{self, Post};
use super::refusal::Refusal;
use super::schedule::{self, Calls, Plan};
use super::tls::TlsFault;
use super::turned_away;
use crate::model::day::Moment;
use crate::model::lang::{Lang, Say};
use crate::model::party::Party;
use crate::model::reason;
use crate::say;
use crate::store::{Room, StoreError};

/// A parent and where it listens.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Parent {
    /// Who.
    pub party: Party,
    /// Host and port.
    pub address: String,
}

/// What one call achieved.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// The conversation's report.
    pub report: Report,
    /// Bytes written to the line, TLS included.
    pub bytes_out: u64,
    /// Bytes read from the line, TLS included.
    pub bytes_in: u64,
    /// The TLS session of an earlier call was resumed.
    pub resumed: bool,
}

impl Called {
    /// Adds what a second conversation of the same call achieved.
    pub fn add(&mut self, other: Self) {
        self.report.add(other.report);
        self.bytes_out += other.bytes_out;
        self.bytes_in += other.bytes_in;
    }
}

/// Why a call failed. What was acknowledged before it failed stands.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No parent is known: the party has not joined.
    #[error("no parent is known: this party has not joined one")]
    NotJoined,
    /// Nobody answers at the address.
    #[error("no answer from {address}: {why}")]
    NoAnswer {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The TLS handshake failed.
    #[error("no trust between this party and {address}: {why}")]
    NoTrust {
        /// Where.
        address: String,
        /// Why.
        why: Distrust,
    },
    /// The parent refused this party.
    #[error("{parent} refuses this party: {why}")]
    Refused {
        /// Who.
        parent: Party,
        /// Why.
        why: Refusal,
    },
    /// The line broke in the middle.
    #[error("the line to {address} broke: {why}")]
    Broke {
        /// Where.
        address: String,
        /// Why.
        why: String,
    },
    /// The conversation failed.
    #[error(transparent)]
    Talk(#[from] TalkError),
    /// Not everything was sent: the byte budget or the night's window is used up.
    #[error("{waiting} entries still wait: the night's bytes or hours are used up")]
    UsedUp {
        /// How many entries wait.
        waiting: u64,
    },
    /// Not everything was sent: the parent did not take it.
    #[error("{waiting} entries still wait: the parent did not take them")]
    Unfinished {
        /// How many entries wait.
        waiting: u64,
    },
    /// The loop has stopped.
    #[error("the link is stopping")]
    Stopping,
}

/// Why there is no trust.
#[derive(Debug, thiserror::Error)]
pub enum Distrust {
    /// TLS says so.
    #[error(transparent)]
    Tls(#[from] TlsFault),
    /// No authority above the parent is known here.
    #[error("no authority above the parent is known")]
    NoAuthority,
    /// The certificates here cannot be used.
    #[error("{0}")]
    Own(String),
}

impl Say for Distrust {
    fn say(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::Tls(fault), Lang::Zh) => format!("{}（{fault}）", fault.say(lang)),
            (Self::Tls(fault), Lang::En) => fault.say(lang),
            (other, lang) => reason::told(other, lang),
        }
    }
}

impl Say for CallError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotJoined => say!(
                lang,
                "尚未加入上级。请向上级索取邀请码，然后运行 join 命令。",
                "This party has not joined a parent. Ask the parent for a code and run join."
            ),
            Self::NoAnswer { address, why } => say!(
                lang,
                "{} 没有应答（{}）。请检查网线和上级地址；数据已保存，稍后自动重试。",
                "No answer from {} ({}). Check the line and the parent's address; everything is kept and tried again later.",
                address,
                reason::told(why, lang)
            ),
            Self::NoTrust { address, why } => say!(
                lang,
                "与 {} 无法建立信任：{}。请核对本机日期，并请上级核对本单位证书。",
                "No trust with {}: {}. Check this machine's date, and ask the parent to check this party's certificate.",
                address,
                why.say(lang)
            ),
            Self::Refused { parent, why } => say!(
                lang,
                "上级 {} 拒绝了本单位：{}。请联系上级管理员。",
                "The parent {} refuses this party: {}. Call its administrator.",
                parent,
                why.say(lang)
            ),
            Self::Broke { address, why } => say!(
                lang,
                "与 {} 的连接中断（{}）。已确认的不会丢失，其余稍后自动续传。",
                "The line to {} broke ({}). What was acknowledged stands; the rest goes on from there later.",
                address,
                reason::told(why, lang)
            ),
            Self::Talk(error) => say!(
                lang,
                "与上级的对话失败：{}。请运行 doctor 检查。",
                "The conversation with the parent failed: {}. Run doctor.",
                error
            ),
            Self::UsedUp { waiting } => say!(
                lang,
                "还有 {} 条未发出：今晚的流量或时间已用完，明晚继续。",
                "{} entries still wait: the night's bytes or hours are used up. The next night goes on.",
                waiting
            ),
            Self::Unfinished { waiting } => say!(
                lang,
                "还有 {} 条上级尚未接收，稍后自动重试；一直如此请运行 doctor。",
                "{} entries still wait: the parent did not take them. They are tried again later; if it stays so, run doctor.",
                waiting
            ),
            Self::Stopping => say!(lang, "程序正在停止。", "The program is stopping."),
        }
    }
}

/// Talks to one parent once.
#[async_trait::async_trait]
pub trait Dial: Send + Sync + 'static {
    /// One conversation, from dialling to the end.
    ///
    /// # Errors
    /// See [`CallError`].
    async fn call(&self, parent: &Parent, until: Option<Moment>) -> Result<Called, CallError>;
}

/// What a party does before it calls, and what it knows about calling.
#[async_trait::async_trait]
pub trait Nights: Send + Sync + 'static {
    /// Draws up what is to be sent: a school closes its days, a hub its totals.
    ///
    /// # Errors
    /// When the store fails.
    async fn prepare(&self) -> Result<(), StoreError>;

    /// The plan in force.
    fn plan(&self) -> Plan;

    /// The parents, in order of preference.
    fn parents(&self) -> Vec<Parent>;
}

/// A request for a call now.
#[derive(Debug)]
pub struct CallNow(oneshot::Sender<Result<Called, CallError>>);

/// Asks the loop for calls.
#[derive(Debug, Clone)]
pub struct Bell(mpsc::Sender<CallNow>);

impl Bell {
    /// A bell and what the loop listens to.
    pub fn new() -> (Self, mpsc::Receiver<CallNow>) {
        let (send, receive) = mpsc::channel(16);
        (Self(send), receive)
    }

    /// Calls now and waits for the end.
    ///
    /// # Errors
    /// See [`CallError`].
    pub async fn call_now(&self) -> Result<Called, CallError> {
        let (tell, told) = oneshot::channel();
        self.0.send(CallNow(tell)).await.map_err(|_| CallError::Stopping)?;
        told.await.map_err(|_| CallError::Stopping)?
    }
}

/// The loop.
pub struct Caller {
    /// This party.
    pub post: Post,
    /// How it dials.
    pub dial: Arc<dyn Dial>,
    /// What it does before.
    pub nights: Arc<dyn Nights>,
    /// Since when it has been able to call: patience with a silent parent starts here.
    pub since: Moment,
}

impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Caller").field("post", &self.post).finish_non_exhaustive()
    }
}

/// After a call that failed the loop rests at least so long, whatever is noted: a full disk takes no notes.
const REST: Duration = Duration::from_secs(5);
/// The longest sleep without a look at the clock, which people set.
const LOOK_AT_CLOCK: Duration = Duration::from_secs(60);

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// A conversation was held to its end.
    Held {
        /// Nothing waits any more.
        settled: bool,
        /// Something waits, because the night's bytes or hours are used up: the next night goes on.
        used_up: bool,
    },
    /// The parent refuses this party.
    Refused(Refusal),
    /// There was no conversation.
    Failed,
}

impl Caller {
    /// Serves until `stop`: calls at the party's minute, after pauses, and when the bell rings.
    pub async fn run(self, mut bell: mpsc::Receiver<CallNow>, stop: CancellationToken) {
        let mut rest = Duration::ZERO;
        loop {
            let pause = match self.due().await {
                Ok(due) => {
                    Duration::from_millis(due.since(self.post.clock.now()).max(0).unsigned_abs()).max(rest)
                }
                Err(error) => {
                    tracing::error!("the link stops: {error}");
                    return;
                }
            };
            tokio::select! {
                () = stop.cancelled() => return,
                asked = bell.recv() => match asked {
                    Some(CallNow(tell)) => {
                        let _ = tell.send(self.once().await);
                    }
                    None => return,
                },
                () = tokio::time::sleep(pause.min(LOOK_AT_CLOCK)) => {
                    rest = Duration::ZERO;
                    if pause <= LOOK_AT_CLOCK && let Err(error) = self.once().await {
                        tracing::warn!("no sync: {error}");
                        rest = REST;
                    }
                }
            }
        }
    }

    /// One call to the parent whose turn it is. A town knows its schools by hearsay: where it refuses one by what
    /// is on record, the county that keeps the record is called too, and its word counts.
    ///
    /// # Errors
    /// See [`CallError`]; also when entries still wait at the end.
    pub async fn once(&self) -> Result<Called, CallError> {
        self.nights.prepare().await.map_err(TalkError::Store)?;
        let parents = self.nights.parents();
        let plan = self.nights.plan();
        let now = self.post.clock.now();
        let calls = self.calls(&parents).await.map_err(TalkError::Store)?;
        let turn = schedule::choose(&plan, &calls, self.since, now);
        let result = self.talk(parents.get(turn).ok_or(CallError::NotJoined)?, &plan, now).await;
        match (&result, parents.get(turn + 1)) {
            (Err(CallError::Refused { why, .. }), Some(next)) if why.is_of_the_register() => {
                match self.talk(next, &plan, now).await {
                    Err(CallError::NoAnswer { .. } | CallError::NoTrust { .. }) => result,
                    heard => heard,
                }
            }
            _ => result,
        }
    }

    async fn talk(&self, parent: &Parent, plan: &Plan, now: Moment) -> Result<Called, CallError> {
        let result = self.dial.call(parent, schedule::window_end(plan, now)).await;
        // a parent that refuses or cannot write is as good as silent: the next one is tried in time
        let ended = match &result {
            Ok(Called { report, .. }) => {
                Ended::Held { settled: report.waiting == 0, used_up: report.used_up }
            }
            Err(CallError::Refused { why, .. }) => Ended::Refused(*why),
            Err(_) => Ended::Failed,
        };
        self.note(parent, now, ended).await.map_err(TalkError::Store)?;
        let called = result?;
        match called.report.waiting {
            0 => Ok(called),
            waiting if called.report.used_up => Err(CallError::UsedUp { waiting }),
            waiting => Err(CallError::Unfinished { waiting }),
        }
    }

    async fn due(&self) -> Result<Moment, StoreError> {
        let parents = self.nights.parents();
        let now = self.post.clock.now();
        if parents.is_empty() {
            return Ok(now.plus_millis(86_400_000));
        }
        let plan = self.nights.plan();
        let calls = self.calls(&parents).await?;
        let turn = schedule::choose(&plan, &calls, self.since, now);
        Ok(schedule::next_dial(&self.post.me, &plan, &calls[turn], post::random(), now))
    }

    async fn calls(&self, parents: &[Parent]) -> Result<Vec<Calls>, StoreError> {
        let keys: Vec<_> = parents.iter().map(|p| calls_key(&p.party)).collect();
        let read = move |room: &mut Room<'_>| {
            keys.iter().map(|key| Ok(room.read(key)?.unwrap_or_default())).collect()
        };
        self.post.desk.act(read).await
    }

    async fn note(&self, parent: &Parent, at: Moment, ended: Ended) -> Result<(), StoreError> {
        let party = parent.party.clone();
        let note = move |room: &mut Room<'_>| {
            let key = calls_key(&party);
            let mut calls: Calls = room.read(&key)?.unwrap_or_default();
            calls.tried = Some(at);
            match ended {
                Ended::Held { .. } => {
                    calls.answered = Some(at);
                    turned_away::forget(room, &party)?;
                }
                Ended::Refused(why) => turned_away::note(room, &party, why, at)?,
                Ended::Failed => {}
            }
            match ended {
                Ended::Held { settled: true, .. } => (calls.succeeded, calls.failures) = (Some(at), 0),
                Ended::Held { used_up: true, .. } => calls.failures = 0,
                _ => calls.failures = calls.failures.saturating_add(1),
            }
            room.write(key, &calls);
            Ok(())
        };
        self.post.desk.act(note).await
    }
}

/// What is remembered of the calls to `parent`.
///
/// # Errors
/// When the store cannot read.
pub fn calls_to(room: &Room<'_>, parent: &Party) -> Result<Calls, StoreError> {
    Ok(room.read(&calls_key(parent))?.unwrap_or_default())
}

fn calls_key(parent: &Party) -> Vec<u8> {
    format!("l/u/{parent}").into_bytes()
}
