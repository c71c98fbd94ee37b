//! Dials a parent and holds the conversation.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint};
use tonic::{Status, Streaming};

use super::addresses;
use super::caller::{CallError, Called, Dial, Distrust, Parent};
use super::conversation::{Conversation, Limits, Report, TalkError};
use super::downlink::MAX_TURN;
use super::net::Net;
use super::post::Post;
use super::refusal::Refusal;
use super::tls::{Dialing, Secured, TlsFault, TlsRules, Traffic};
use super::turn::Turn;
use crate::convert;
use crate::identity::Identity;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::store::Room;
use crate::wire;
use crate::wire::link_client::LinkClient;

/// How long the connection and the handshake may take: a line with seconds of delay gets through.
const HANDSHAKE: Duration = Duration::from_secs(30);
/// How long a parent may take over one answer.
const PATIENCE: Duration = Duration::from_secs(300);
/// How often a conversation is taken up again in one call, when the parent ended it too early for us.
const ROUNDS: usize = 4;

/// Dials parents with this party's certificate.
pub struct Uplink {
    post: Post,
    net: Arc<dyn Net>,
    limits: Limits,
    keys: Mutex<Keys>,
}

/// What a call is secured with. TLS sessions are remembered from night to night.
struct Keys {
    identity: Arc<Identity>,
    rules: TlsRules,
    parents: HashMap<Party, Arc<Dialing>>,
}

impl std::fmt::Debug for Uplink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Uplink").field("post", &self.post).finish_non_exhaustive()
    }
}

impl Uplink {
    /// An uplink with the identity in force.
    pub fn new(
        post: Post,
        net: Arc<dyn Net>,
        identity: Arc<Identity>,
        rules: TlsRules,
        limits: Limits,
    ) -> Self {
        Self { post, net, limits, keys: Mutex::new(Keys { identity, rules, parents: HashMap::new() }) }
    }

    /// Another identity or other rules from the next call on.
    pub fn replace(&self, identity: Arc<Identity>, rules: TlsRules) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        *keys = Keys { identity, rules, parents: HashMap::new() };
    }

    fn dialing(&self, parent: &Parent) -> Result<Arc<Dialing>, CallError> {
        let no_trust = |why: Distrust| CallError::NoTrust { address: parent.address.clone(), why };
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dialing) = keys.parents.get(&parent.party) {
            return Ok(dialing.clone());
        }
        let identity = keys.identity.clone();
        // a town has no authority of its own: its county vouches for it
        let anchor = parent.party.lineage().find_map(|party| identity.lineage().of(&party));
        let anchor = anchor.ok_or_else(|| no_trust(Distrust::NoAuthority))?;
        let dialing = Dialing::new(&identity, anchor, &parent.party, &keys.rules);
        let dialing = Arc::new(dialing.map_err(|e| no_trust(Distrust::Own(e.to_string())))?);
        keys.parents.insert(parent.party.clone(), dialing.clone());
        Ok(dialing)
    }

    async fn connect(&self, parent: &Parent) -> Result<Secured, CallError> {
        let (dialing, asked) = (self.dialing(parent)?, parent.clone());
        let list = self.post.desk.act(move |room| addresses::to_try(room, &asked)).await;
        let mut failed = None;
        for address in list.map_err(TalkError::Store)? {
            match dialing.dial(&*self.net, &address, HANDSHAKE).await {
                Ok(line) => {
                    self.note_answer(parent, address).await?;
                    return Ok(line);
                }
                // who answers at a wrong address is somebody else: the next one is tried all the same
                Err(error) => {
                    failed.get_or_insert(line_error(&address, &error));
                }
            }
        }
        Err(failed.unwrap_or(CallError::NotJoined))
    }

    async fn note_answer(&self, parent: &Parent, address: String) -> Result<(), CallError> {
        let (party, now) = (parent.party.clone(), self.post.clock.now());
        let note = move |room: &mut Room<'_>| addresses::answered(room, &party, &address, now);
        Ok(self.post.desk.act(note).await.map_err(TalkError::Store)?)
    }

    async fn talk(&self, parent: &Parent, channel: Channel, limits: Limits) -> Result<Report, CallError> {
        let mut total = Report::default();
        for _ in 0..ROUNDS {
            let (report, more) = self.round(parent, channel.clone(), limits).await?;
            total.add(report);
            // another conversation would have the night's bytes anew
            if !more || total.used_up {
                break;
            }
        }
        Ok(total)
    }

    /// One conversation; whether this side had more to say when the parent ended it.
    async fn round(
        &self,
        parent: &Parent,
        channel: Channel,
        limits: Limits,
    ) -> Result<(Report, bool), CallError> {
        let mut client =
            LinkClient::new(channel).max_decoding_message_size(MAX_TURN).max_encoding_message_size(MAX_TURN);
        let (talk, opening) =
            Conversation::child(self.post.clone(), parent.party.clone(), limits).open().await?;
        let mut talk = talk;
        let (say, said) = mpsc::channel(1);
        let _ = say.try_send(convert::turn_out(&opening, &self.post.me));
        let answer = tokio::time::timeout(PATIENCE, client.converse(ReceiverStream::new(said))).await;
        let mut inbound = answer
            .map_err(|_| broke(parent, "no answer for too long"))?
            .map_err(|status| status_error(parent, &status))?
            .into_inner();
        let mut say = Some(say);
        loop {
            let Some(heard) = listen(&mut inbound, parent).await? else { break };
            let (went_on, answer) = talk.hear(heard).await?;
            talk = went_on;
            match (answer, &say) {
                (Some(turn), Some(line)) => {
                    if line.send(convert::turn_out(&turn, &self.post.me)).await.is_err() {
                        return Ok((talk.report, !turn.is_silent()));
                    }
                }
                // nothing more from here: the parent sees the end of our side
                (None, _) => say = None,
                (Some(_), None) => return Err(broke(parent, "the parent went on after the end")),
            }
        }
        let more = talk.report.waiting > 0 && say.is_some();
        Ok((talk.report, more))
    }
}

async fn listen(inbound: &mut Streaming<wire::Turn>, parent: &Parent) -> Result<Option<Turn>, CallError> {
    let heard = tokio::time::timeout(PATIENCE, inbound.message()).await;
    let heard = heard.map_err(|_| broke(parent, "no answer for too long"))?;
    let Some(turn) = heard.map_err(|status| status_error(parent, &status))? else { return Ok(None) };
    let turn = convert::turn_in(turn, &parent.party).map_err(super::conversation::TalkError::from)?;
    Ok(Some(turn))
}

#[async_trait::async_trait]
impl Dial for Uplink {
    async fn call(&self, parent: &Parent, until: Option<Moment>) -> Result<Called, CallError> {
        let line = self.connect(parent).await?;
        let (traffic, resumed) = (line.info().traffic.clone(), line.info().resumed);
        let fault = |error| line_error(&parent.address, &io::Error::other(error));
        let channel = over(line).await.map_err(fault)?;
        let report = self.talk(parent, channel, Limits { until, ..self.limits }).await?;
        Ok(called(report, &traffic, resumed))
    }
}

fn called(report: Report, traffic: &Traffic, resumed: bool) -> Called {
    Called { report, bytes_out: traffic.written(), bytes_in: traffic.read(), resumed }
}

/// An HTTP/2 channel over one connection that is there already.
///
/// # Errors
/// When the other end does not speak HTTP/2.
pub async fn over(line: Secured) -> Result<Channel, tonic::transport::Error> {
    let mut line = Some(TokioIo::new(line));
    let connector = tower::service_fn(move |_: tonic::transport::Uri| {
        let line = line.take();
        async move { line.ok_or_else(|| io::Error::other("the connection is used up")) }
    });
    Endpoint::from_static("http://guixue.internal")
        .user_agent("gx")
        .expect("a short name is a header")
        .http2_keep_alive_interval(Duration::from_secs(30))
        .keep_alive_timeout(Duration::from_secs(60))
        .connect_with_connector(connector)
        .await
}

fn broke(parent: &Parent, why: &str) -> CallError {
    CallError::Broke { address: parent.address.clone(), why: why.to_owned() }
}

fn line_error(address: &str, error: &io::Error) -> CallError {
    let address = address.to_owned();
    match TlsFault::of(error) {
        Some(fault) => CallError::NoTrust { address, why: fault.into() },
        None => CallError::NoAnswer { address, why: error.to_string() },
    }
}

/// A status is a refusal, a fault of trust, or a broken line.
pub(super) fn status_error(parent: &Parent, status: &Status) -> CallError {
    if let Some(why) = Refusal::of(status) {
        return CallError::Refused { parent: parent.party.clone(), why };
    }
    match TlsFault::of(status) {
        Some(fault) => CallError::NoTrust { address: parent.address.clone(), why: fault.into() },
        None => broke(parent, status.message()),
    }
}
