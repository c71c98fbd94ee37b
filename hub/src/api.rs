//! The hub's own gRPC service, for its command line and other software on the same machine: words in,
//! the desk's answer out.

mod abroad;
mod casework;
mod courier;
mod figures;
mod mail;
mod papers;
mod standing;
mod transfer;
mod words;

use std::path::Path;
use std::sync::Arc;

use proto::link::conversation::TalkError;
use proto::link::courier::CourierError;
use proto::link::join::LANG_HEADER;
use proto::link::net::Net;
use proto::model::document::Topic;
use proto::model::lang::{Lang, Say};
use proto::office::{MAX_MESSAGE, Token};
use proto::paper::register::RegisterError;
use proto::wire::bureau as wire;
use proto::wire::bureau::abroad_server::AbroadServer;
use proto::wire::bureau::bureau_server::{Bureau as Service, BureauServer};
use proto::wire::bureau::casework_server::CaseworkServer;
use proto::wire::bureau::mail_server::MailServer;
use proto::wire::bureau::papers_server::PapersServer;
use proto::wire::bureau::transfers_server::TransfersServer;
use tonic::service::Routes;
use tonic::service::interceptor::InterceptedService;
use tonic::{Request, Response, Status};

use crate::desk::papers::{Next, Repaired};
use crate::desk::{Hub, HubError};
use crate::persuasion::CaseError;
use crate::serve::line::Calling;

/// What people ask of a hub.
pub struct Bureau {
    hub: Arc<Hub>,
    calling: Calling,
    net: Arc<dyn Net>,
}

impl std::fmt::Debug for Bureau {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bureau").field("hub", &self.hub).finish_non_exhaustive()
    }
}

/// An error on its way to its reader.
pub(crate) struct Said(pub(crate) HubError, pub(crate) Lang);

impl From<Said> for Status {
    /// The one place where an error becomes a status: the code says whether trying again helps.
    fn from(Said(error, lang): Said) -> Self {
        let text = error.say(lang);
        match error {
            HubError::Store(_)
            | HubError::Io { .. }
            | HubError::Courier(CourierError::Talk(TalkError::Store(_))) => Self::unavailable(text),
            HubError::Courier(
                CourierError::NoKey(_)
                | CourierError::NotJoined
                | CourierError::File { .. }
                | CourierError::Newer { .. },
            ) => Self::failed_precondition(text),
            HubError::NoUnit(_) | HubError::NoDocument | HubError::NoKnock(_) => Self::not_found(text),
            HubError::Find(_)
            | HubError::Route(_)
            | HubError::Letter(_)
            | HubError::Incoming(_)
            | HubError::Neighbour(_)
            | HubError::List(_)
            | HubError::Unit(_)
            | HubError::NotAParty(_)
            | HubError::NoManager
            | HubError::NotATown { .. }
            | HubError::Elsewhere(_)
            | HubError::Code(_)
            | HubError::Rulebook(_)
            | HubError::Calendar(_)
            | HubError::OtherCalendar { .. }
            | HubError::TooLong(_)
            | HubError::Courier(_)
            | HubError::Field { .. } => Self::invalid_argument(text),
            HubError::Call(_) | HubError::Join(_) => Self::aborted(text),
            HubError::Case(CaseError::Unknown(_) | CaseError::NoReport(_)) => Self::not_found(text),
            HubError::Case(CaseError::NotNow { .. } | CaseError::NotAsked | CaseError::Shut) => {
                Self::failed_precondition(text)
            }
            HubError::Case(_) => Self::invalid_argument(text),
            HubError::Register(RegisterError::Number(_)) => Self::invalid_argument(text),
            HubError::Register(RegisterError::NoSuch(_)) => Self::not_found(text),
            _ => Self::failed_precondition(text),
        }
    }
}

fn lang<T>(request: &Request<T>) -> Lang {
    let shown = request.metadata().get(LANG_HEADER).and_then(|lang| lang.to_str().ok()?.parse().ok());
    shown.unwrap_or_default()
}

type Answer<T> = Result<Response<T>, Status>;

fn answer<T>(result: Result<T, HubError>, lang: Lang) -> Answer<T> {
    result.map(Response::new).map_err(|error| Said(error, lang).into())
}

pub(crate) fn topic(word: &str) -> Result<Topic, HubError> {
    match word {
        "rulebook" | "" => Ok(Topic::Rulebook),
        "calendar" => Ok(Topic::Calendar),
        "directory" => Ok(Topic::Directory),
        other => Err(HubError::Field { field: "topic", found: other.to_owned() }),
    }
}

impl Bureau {
    /// The service of `hub`; `calling`: how a sync is asked for.
    pub(crate) fn new(hub: Arc<Hub>, calling: Calling, net: Arc<dyn Net>) -> Self {
        Self { hub, calling, net }
    }

    /// All services of this machine, guarded by `token`: the bureau, health and reflection.
    pub fn routes(self: &Arc<Self>, token: &Token) -> impl Future<Output = Routes> + Send + 'static {
        let bureau = BureauServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let transfers = TransfersServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let mail = MailServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let casework = CaseworkServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let abroad = AbroadServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let papers = PapersServer::from_arc(Arc::clone(self))
            .max_decoding_message_size(MAX_MESSAGE)
            .max_encoding_message_size(MAX_MESSAGE);
        let guard = token.guard();
        async move {
            let (reporter, health) = tonic_health::server::health_reporter();
            reporter.set_serving::<BureauServer<Self>>().await;
            let reflection = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(proto::wire::DESCRIPTORS)
                .build_v1()
                .expect("the schema was compiled with the program");
            Routes::new(InterceptedService::new(bureau, guard.clone()))
                .add_service(InterceptedService::new(transfers, guard.clone()))
                .add_service(InterceptedService::new(casework, guard.clone()))
                .add_service(InterceptedService::new(abroad, guard.clone()))
                .add_service(InterceptedService::new(papers, guard.clone()))
                .add_service(InterceptedService::new(mail, guard))
                .add_service(health)
                .add_service(reflection)
        }
    }

    async fn unit(&self, request: &wire::UnitRequest) -> Result<proto::model::party::Party, HubError> {
        self.hub.registered(&request.unit).await
    }
}

#[tonic::async_trait]
impl Service for Bureau {
    async fn status(&self, request: Request<wire::StatusRequest>) -> Answer<wire::StatusReply> {
        let lang = lang(&request);
        answer(standing::status(&self.hub, lang).await, lang)
    }

    async fn units(&self, request: Request<wire::UnitsRequest>) -> Answer<wire::UnitsReply> {
        let lang = lang(&request);
        let units = self.hub.units().await.map(|units| wire::UnitsReply {
            units: units.iter().map(|seen| words::unit(seen, self.hub.clock.now())).collect(),
            knocks: words::knocks(&self.hub),
        });
        answer(units, lang)
    }

    async fn invite(&self, request: Request<wire::InviteRequest>) -> Answer<wire::InviteReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let invite = async {
            let under = (!asked.under.is_empty()).then_some(asked.under.as_str());
            let unit = self.hub.named(&asked.unit, under)?;
            let invite = self.hub.invite(unit, asked.name, (asked.hours > 0).then_some(asked.hours)).await?;
            Ok(wire::InviteReply {
                party: invite.unit.to_string(),
                code: invite.code.to_string(),
                expires: invite.expires.0,
                address: invite.code.address,
                spoken: invite.spoken.0.to_string(),
                digits: invite.spoken.1.to_string(),
                fingerprint: invite.spoken.2.to_string(),
            })
        };
        answer(invite.await, lang)
    }

    async fn join(&self, request: Request<wire::JoinRequest>) -> Answer<wire::JoinReply> {
        let lang = lang(&request);
        let joined = self.hub.join(&*self.net, &request.get_ref().code, lang).await;
        let reply = joined.map(|parents| wire::JoinReply {
            party: self.hub.me.to_string(),
            parents: parents.iter().map(|parent| words::parent(parent, None)).collect(),
        });
        answer(reply, lang)
    }

    async fn revoke(&self, request: Request<wire::UnitRequest>) -> Answer<wire::UnitReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let revoke = async {
            let party = self.unit(&asked).await?;
            self.hub.revoke(party.clone(), asked.reason).await?;
            Ok(wire::UnitReply { party: party.to_string() })
        };
        answer(revoke.await, lang)
    }

    async fn close_unit(&self, request: Request<wire::UnitRequest>) -> Answer<wire::UnitReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let close = async {
            let party = self.unit(&asked).await?;
            let day = words::day("day", &asked.day)?;
            self.hub.close_unit(party.clone(), day).await?;
            Ok(wire::UnitReply { party: party.to_string() })
        };
        answer(close.await, lang)
    }

    async fn readmit(&self, request: Request<wire::UnitRequest>) -> Answer<wire::UnitReply> {
        let lang = lang(&request);
        let readmit = async {
            let words = &request.get_ref().unit;
            // it is not in the register: only its path, or a knock, tells who is meant
            let knocked = self.hub.knocks.all().into_iter().map(|knock| knock.party).find(|party| {
                party.to_string() == *words
                    || party.school_code().is_some_and(|c| c.to_string() == *words)
                    || (!party.is_school() && party.region().to_string() == *words)
            });
            let party = match knocked {
                Some(party) => party,
                None => words.parse()?,
            };
            self.hub.readmit(party.clone()).await?;
            Ok(wire::UnitReply { party: party.to_string() })
        };
        answer(readmit.await, lang)
    }

    async fn rollup(&self, request: Request<wire::RollupRequest>) -> Answer<wire::RollupReply> {
        let lang = lang(&request);
        answer(figures::rollup(&self.hub, request.get_ref(), lang).await, lang)
    }

    async fn silence(&self, request: Request<wire::SilenceRequest>) -> Answer<wire::SilenceReply> {
        let lang = lang(&request);
        let all = request.get_ref().all;
        let board = self.hub.board().await.map(|lines| wire::SilenceReply {
            lines: lines
                .iter()
                .filter(|line| all || line.needs_a_look())
                .map(|line| words::silence(line, lang))
                .collect(),
            knocks: words::knocks(&self.hub),
        });
        answer(board, lang)
    }

    async fn documents(&self, request: Request<wire::DocumentsRequest>) -> Answer<wire::DocumentsReply> {
        let lang = lang(&request);
        let documents = self.hub.documents().await.map(|(held, refused)| wire::DocumentsReply {
            in_force: held.iter().map(words::document).collect(),
            refused: refused.iter().map(|refused| words::refused(refused, lang)).collect(),
        });
        answer(documents, lang)
    }

    async fn issue(&self, request: Request<wire::IssueRequest>) -> Answer<wire::IssueReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let issue = async {
            let topic = topic(&asked.topic)?;
            let (draft, _) = self.hub.draft(topic, asked.body.clone())?;
            let (next, warnings) = self.hub.check(topic, asked.body).await?;
            let before = words::in_force(&self.hub, topic);
            let document = self.hub.issue(draft).await?;
            Ok(wire::IssueReply {
                document: Some(words::document(&document)),
                warnings: warnings.iter().map(|w| w.say(lang)).collect(),
                before,
                after: words::in_force(&self.hub, topic),
                version: document.version,
                unchanged: matches!(next, Next::InForce(_)),
            })
        };
        answer(issue.await, lang)
    }

    async fn check(&self, request: Request<wire::IssueRequest>) -> Answer<wire::IssueReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let check = async {
            let topic = topic(&asked.topic)?;
            let (next, warnings) = self.hub.check(topic, asked.body).await?;
            Ok(wire::IssueReply {
                document: None,
                warnings: warnings.iter().map(|warning| warning.say(lang)).collect(),
                before: words::in_force(&self.hub, topic),
                after: words::in_force(&self.hub, topic),
                version: next.version(),
                unchanged: matches!(next, Next::InForce(_)),
            })
        };
        answer(check.await, lang)
    }

    async fn repair(&self, request: Request<wire::RepairRequest>) -> Answer<wire::RepairReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let repair = async {
            let issuer = words::issuer(&self.hub, &asked.issuer)?;
            let done = self.hub.repair(topic(&asked.topic)?, issuer, asked.part).await?;
            Ok(wire::RepairReply { own: done == Repaired::Own })
        };
        answer(repair.await, lang)
    }

    async fn rulebook(&self, request: Request<wire::RulebookRequest>) -> Answer<wire::RulebookReply> {
        let lang = lang(&request);
        answer(words::rulebook(&self.hub), lang)
    }

    async fn sync_now(&self, request: Request<wire::SyncNowRequest>) -> Answer<wire::SyncReply> {
        let lang = lang(&request);
        let called = self.calling.call(&self.hub).await.map_err(HubError::Call);
        answer(called.map(|called| words::called(&called)), lang)
    }

    async fn sync_status(&self, request: Request<wire::SyncStatusRequest>) -> Answer<wire::SyncStatusReply> {
        let lang = lang(&request);
        let calls = self.hub.calls().await.map(|(parents, waiting)| wire::SyncStatusReply {
            parents: parents.iter().map(words::called_parent).collect(),
            waiting,
        });
        answer(calls, lang)
    }

    async fn quarantine(&self, request: Request<wire::QuarantineRequest>) -> Answer<wire::QuarantineReply> {
        let lang = lang(&request);
        let entries = self.hub.quarantine().await.map(|(entries, own)| wire::QuarantineReply {
            entries: entries.iter().map(|entry| words::quarantined(entry, lang)).collect(),
            own: own.iter().map(|answer| words::answered(answer, lang)).collect(),
        });
        answer(entries, lang)
    }

    async fn backup(&self, request: Request<wire::BackupRequest>) -> Answer<wire::BackupReply> {
        let lang = lang(&request);
        let path = &request.get_ref().path;
        let to = (!path.is_empty()).then(|| Path::new(path));
        let made = self.hub.backup(to).await.map(|(path, report)| wire::BackupReply {
            path: path.display().to_string(),
            records: report.records,
            bytes: report.bytes,
            root: crate::directory::hex(&report.root),
        });
        answer(made, lang)
    }

    async fn export_courier(
        &self,
        request: Request<wire::ExportCourierRequest>,
    ) -> Answer<wire::ExportCourierReply> {
        let lang = lang(&request);
        answer(courier::export(&self.hub, request.into_inner(), lang).await, lang)
    }

    async fn import_courier(
        &self,
        request: Request<wire::ImportCourierRequest>,
    ) -> Answer<wire::ImportCourierReply> {
        let lang = lang(&request);
        answer(courier::import(&self.hub, request.into_inner(), lang).await, lang)
    }

    async fn doctor(&self, request: Request<wire::DoctorRequest>) -> Answer<wire::DoctorReply> {
        let lang = lang(&request);
        answer(standing::doctor(&self.hub, request.get_ref().rebuild, lang).await, lang)
    }

    async fn confirm_clock(
        &self,
        request: Request<wire::ConfirmClockRequest>,
    ) -> Answer<wire::ConfirmClockReply> {
        let lang = lang(&request);
        let confirm = async {
            let word = &request.get_ref().day;
            let day = words::day("day", word)?;
            let day = day.ok_or(HubError::Field { field: "day", found: word.clone() })?;
            self.hub.confirm_clock(day).await?;
            Ok(wire::ConfirmClockReply {})
        };
        answer(confirm.await, lang)
    }
}
