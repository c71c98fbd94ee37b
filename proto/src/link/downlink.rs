//! Answers children: one gRPC call is one conversation.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::task::TaskTracker;
use tonic::{Request, Response, Status, Streaming};

use super::conversation::{Conversation, Limits, Report, TalkError};
use super::post::Post;
use super::refusal::Refusal;
use super::tls::{LinkInfo, Peer};
use super::turn::Turn;
use crate::convert;
use crate::model::day::Moment;
use crate::model::party::Party;
use crate::wire;
use crate::wire::link_server::{Link, LinkServer};

/// How long a child may be silent inside a conversation: a turn of 64 KiB over a line of a few hundred
/// bytes a second still gets through.
const PATIENCE: Duration = Duration::from_secs(300);

/// The largest turn that is read, in bytes.
pub const MAX_TURN: usize = 4 << 20;

/// Who may talk here. Asked at every call, so that a revocation takes effect at the next contact; it must
/// answer from memory.
pub trait Gate: Send + Sync + 'static {
    /// Lets the holder of a certificate in.
    ///
    /// # Errors
    /// Why not.
    fn admit(&self, peer: &Peer, now: Moment) -> Result<(), Refusal>;

    /// A conversation has ended: for metrics and logs.
    fn ended(&self, child: &Party, report: &Report, error: Option<&TalkError>);
}

/// The service that a hub offers to its children.
#[derive(Clone)]
pub struct Downlink {
    post: Post,
    gate: Arc<dyn Gate>,
    limits: Limits,
    talks: TaskTracker,
}

impl std::fmt::Debug for Downlink {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Downlink").field("post", &self.post).finish_non_exhaustive()
    }
}

impl Downlink {
    /// A downlink for `post`. Running conversations are tracked in `talks`: wait for it when stopping.
    pub fn new(post: Post, gate: Arc<dyn Gate>, limits: Limits, talks: TaskTracker) -> Self {
        Self { post, gate, limits, talks }
    }

    /// As a tonic service.
    pub fn service(self) -> LinkServer<Self> {
        LinkServer::new(self).max_decoding_message_size(MAX_TURN).max_encoding_message_size(MAX_TURN)
    }

    fn refused(&self, child: &Party, report: &Report, error: &TalkError) -> Status {
        self.gate.ended(child, report, Some(error));
        tracing::warn!(child = %child, "the conversation with {child} ended early: {error}");
        Refusal::from(error).into()
    }
}

/// One conversation on its way.
struct Talk {
    downlink: Downlink,
    child: Party,
    conversation: Conversation,
    inbound: Streaming<wire::Turn>,
}

impl Talk {
    /// The child's next turn; `None` when it has gone.
    async fn listen(&mut self) -> Result<Option<Turn>, Status> {
        let heard = tokio::time::timeout(PATIENCE, self.inbound.message()).await;
        match heard {
            Ok(Ok(Some(turn))) => convert::turn_in(turn, &self.child)
                .map(Some)
                .map_err(|e| self.downlink.refused(&self.child, &self.conversation.report, &e.into())),
            Ok(Ok(None)) => Ok(None),
            Ok(Err(status)) => Err(status),
            Err(_) => Err(Status::deadline_exceeded("no turn for too long")),
        }
    }

    /// Hears one turn. The answer, and whether the conversation goes on after it.
    async fn answer(mut self, heard: Turn) -> Result<(Option<Self>, Option<wire::Turn>), Status> {
        let over = heard.over;
        let before = self.conversation.report.clone();
        let (conversation, answer) = match self.conversation.hear(heard).await {
            Ok(done) => done,
            Err(error) => return Err(self.downlink.refused(&self.child, &before, &error)),
        };
        self.conversation = conversation;
        let said = answer.as_ref().map(|turn| convert::turn_out(turn, &self.downlink.post.me));
        // what needs no answer ends the call at once: it saves the line a round
        let goes_on = answer.as_ref().is_some_and(|turn| !over || turn.needs_answer());
        if goes_on {
            return Ok((Some(self), said));
        }
        self.downlink.gate.ended(&self.child, &self.conversation.report, None);
        Ok((None, said))
    }

    async fn go_on(mut self, say: mpsc::Sender<Result<wire::Turn, Status>>) {
        loop {
            let heard = match self.listen().await {
                Ok(Some(turn)) => turn,
                Ok(None) => {
                    self.downlink.gate.ended(&self.child, &self.conversation.report, None);
                    return;
                }
                Err(status) => {
                    let _ = say.send(Err(status)).await;
                    return;
                }
            };
            match self.answer(heard).await {
                Ok((next, said)) => {
                    if let Some(turn) = said
                        && say.send(Ok(turn)).await.is_err()
                    {
                        return;
                    }
                    match next {
                        Some(talk) => self = talk,
                        None => return,
                    }
                }
                Err(status) => {
                    let _ = say.send(Err(status)).await;
                    return;
                }
            }
        }
    }
}

#[tonic::async_trait]
impl Link for Downlink {
    type ConverseStream = ReceiverStream<Result<wire::Turn, Status>>;

    async fn converse(
        &self,
        request: Request<Streaming<wire::Turn>>,
    ) -> Result<Response<Self::ConverseStream>, Status> {
        let peer = request.extensions().get::<LinkInfo>().and_then(|info| info.peer.clone());
        let peer = peer.ok_or(Refusal::NoCertificate)?;
        self.gate.admit(&peer, self.post.clock.now())?;
        if peer.expired_but_in_grace {
            tracing::warn!(child = %peer.party, "the certificate of {} has expired and is let in by grace", peer.party);
        }
        let conversation = Conversation::parent(self.post.clone(), peer.party.clone(), self.limits);
        let inbound = request.into_inner();
        let mut talk = Talk { downlink: self.clone(), child: peer.party, conversation, inbound };
        let first = talk.listen().await?.ok_or_else(|| Status::cancelled("nothing was said"))?;
        // the first answer is ready before the headers leave: they share a packet
        let (next, said) = talk.answer(first).await?;
        let (say, hear) = mpsc::channel(1);
        if let Some(turn) = said {
            let _ = say.try_send(Ok(turn));
        }
        if let Some(talk) = next {
            self.talks.spawn(talk.go_on(say));
        }
        Ok(Response::new(ReceiverStream::new(hear)))
    }
}
