//! The officers' service for cases on their way.

use proto::convert::paper_out;
use proto::custody::chain::State;
use proto::custody::side::Stance;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, ChildRecord, Leg, Outcome, Unwilling, Unwillingness};
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::model::region::Region;
use proto::office::said::heard;
use proto::wire::bureau as wire;
use proto::wire::bureau::transfers_server::Transfers;
use tonic::Request;

use super::mail::day_or;
use super::{Answer, Bureau, answer, lang, words};
use crate::desk::HubError;
use crate::desk::custody;
use crate::desk::transfer::act::{Concluding, Handed};
use crate::desk::transfer::moving::Declining;
use crate::desk::transfer::show::{Moved, Shown};
use crate::transfer::{Dossier, What};

pub(super) fn case_of(text: &str) -> Result<CaseId, HubError> {
    text.trim().parse().map_err(|_| HubError::Field { field: "case", found: text.to_owned() })
}

pub(super) fn leg_of(text: &str) -> Result<Option<Leg>, HubError> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || HubError::Field { field: "leg", found: text.to_owned() };
    let (case, number) = text.split_once('/').ok_or_else(wrong)?;
    Ok(Some(case_of(case)?.leg(number.parse().map_err(|_| wrong())?)))
}

pub(super) fn place_of(text: &str) -> Result<Option<Region>, HubError> {
    if text.is_empty() {
        return Ok(None);
    }
    Ok(Some(crate::routing::place(Divisions::shipped(), text)?))
}

/// A record as it is shown to the officer who opened it.
pub(super) fn opened(record: &ChildRecord, lang: Lang) -> wire::OpenRecordReply {
    let purpose = Purpose::Handover;
    wire::OpenRecordReply {
        name: record.name.open(purpose).clone(),
        sex: record.sex.open(purpose).clone(),
        birth: record.birth.open(purpose).to_string(),
        id_number: record.id_number.open(purpose).clone(),
        roll_number: record.roll_number.open(purpose).clone(),
        guardian: record.guardian.open(purpose).clone(),
        phone: record.phone.open(purpose).clone(),
        address: record.address.open(purpose).clone(),
        evidence: record.evidence.open(purpose).clone(),
        summary: record.summary.open(purpose).clone(),
        needs: record.needs.open(purpose).clone(),
        school: record.school.clone(),
        unwilling: record.unwilling.map(|it| it.say(lang)).unwrap_or_default(),
    }
}

fn reason_of(word: &str, hint: &str) -> Result<RejectReason, HubError> {
    Ok(match word {
        "not-here" => RejectReason::NotHere,
        "duplicate" => RejectReason::Duplicate,
        "already-enrolled" => RejectReason::AlreadyEnrolled,
        "over-age" => RejectReason::OverAge,
        "insufficient" => RejectReason::Insufficient,
        "key-unknown" => RejectReason::KeyUnknown,
        "misrouted" => match place_of(hint)? {
            Some(hint) => RejectReason::Misrouted { hint },
            None => return Err(HubError::Field { field: "hint", found: String::new() }),
        },
        other => return Err(HubError::Field { field: "reason", found: other.to_owned() }),
    })
}

fn what_words(what: What, lang: Lang) -> String {
    let plain = match what {
        What::Referred => lang.pick("学校移交", "referred by the school"),
        What::Withdrawn => lang.pick("撤回", "taken back"),
        What::SentBack => lang.pick("退回学校", "sent back to the school"),
        What::Proposed => lang.pick("审核通过，提请划转", "checked and handed on"),
        What::Asked => lang.pick("索取材料", "record asked for"),
        What::Released => lang.pick("移交密封材料", "sealed record sent"),
        What::Opened => lang.pick("开封查阅", "record opened"),
        What::Assigned => lang.pick("指派核查", "given to a unit"),
        What::Declined => lang.pick("划转机关退回", "sent back by the moving office"),
        What::Collected => lang.pick("划转机关已收到", "with the moving office"),
        What::CalledOff => lang.pick("终止核查", "search called off"),
        What::Settled => lang.pick("登记核实情况", "settled"),
        What::Unwilling(it) => return it.say(lang),
        What::Late => lang.pick("补充材料", "late evidence"),
        What::Step(kind) => return kind.say(lang),
        What::Letter(state) => return state.say(lang),
        What::Found(outcome) | What::Answered(outcome) => return outcome.say(lang),
    };
    plain.to_owned()
}

/// Who answers for the child, in words: at X11 the place where it is in class does (2.4 a), and the origin owes the
/// roll transfer.
fn answers(dossier: &Dossier, stance: Stance, lang: Lang) -> String {
    if dossier.is_on_roll_there() {
        let words = (
            "由流入地负责（已在当地就读，本地只办理学籍转接）",
            "the other place answers (in class there; here only the roll is to be moved)",
        );
        return lang.pick(words.0, words.1).to_owned();
    }
    if dossier.is_on_roll_here() {
        return lang.pick("由本地负责（已在本地就读）", "this place answers (in class here)").to_owned();
    }
    stance.say(lang)
}

fn case_reply(shown: &Shown, today: proto::model::day::Day, lang: Lang) -> wire::TransferReply {
    let Shown { dossier, stance, duty, legs } = shown;
    let (inflow, onward) = (dossier.inflow.as_ref(), dossier.onward.as_ref());
    let last = |party: Option<&Party>| party.map(ToString::to_string).unwrap_or_default();
    let steps = legs.iter().flat_map(|(_, held)| held.chain.steps()).map(|step| wire::CaseStep {
        leg: step.step().leg.to_string(),
        n: step.step().n,
        kind: format!("{:?}", step.step().kind),
        words: step.step().kind.say(lang),
        by: step.step().by.to_string(),
        registrar: step.step().registrar.to_string(),
        recorded: step.at.0,
        hash: step.hash().0.iter().map(|byte| format!("{byte:02x}")).collect(),
    });
    wire::TransferReply {
        case: dossier.case.to_string(),
        state: dossier.state.code().to_owned(),
        state_words: dossier.state.say(lang),
        stance: format!("{stance:?}"),
        stance_words: answers(dossier, *stance, lang),
        ours: stance.acts() && !dossier.is_on_roll_there() || dossier.is_on_roll_here(),
        duty: duty.map(|(duty, _)| duty.code().to_owned()).unwrap_or_default(),
        duty_words: duty.map(|(duty, _)| duty.say(lang)).unwrap_or_default(),
        due: duty.map(|(_, due)| due.to_string()).unwrap_or_default(),
        overdue: duty.is_some_and(|(_, due)| due < today),
        school: last(dossier.origin.as_ref().map(|origin| &origin.school)),
        from: last(inflow.map(|inflow| &inflow.from)),
        to: last(onward.map(|onward| &onward.to)),
        showing: dossier.preview().map(|preview| wire::Showing {
            age_from: preview.age_from.into(),
            grade: preview.grade.into(),
            last_place: preview.last.to_string(),
            evidence: preview.evidence.say(lang),
        }),
        record: dossier.record().is_some(),
        assigned: last(dossier.assigned.as_ref().map(|assigned| &assigned.unit)),
        found: dossier
            .assigned
            .as_ref()
            .and_then(|assigned| assigned.finding.as_ref())
            .map(|finding| finding.outcome.say(lang))
            .unwrap_or_default(),
        since: dossier.since.0,
        history: dossier
            .history
            .iter()
            .map(|event| wire::CaseEvent {
                at: event.at.0,
                by: event.by.clone(),
                what: what_words(event.what, lang),
                note: event.note.clone(),
            })
            .collect(),
        steps: steps.collect(),
        place: place_shown(dossier),
    }
}

/// Where the child is said to be.
fn place_shown(dossier: &Dossier) -> String {
    let place = dossier.origin.as_ref().map(|origin| origin.to);
    let place = place.or_else(|| dossier.inflow.as_ref().and_then(|inflow| inflow.place));
    let name = place.map(|place| Divisions::shipped().full_name(place).unwrap_or_else(|| place.to_string()));
    name.unwrap_or_default()
}

fn move_reply(moved: &Moved, lang: Lang) -> wire::Move {
    let (state, mut words) = match (&moved.waiting, moved.state) {
        (Some(_), _) | (None, None) if moved.round => {
            ("WAITING", lang.pick("反复划转，待专门裁定", "goes round: waits for a decision").to_owned())
        }
        (Some(_), _) | (None, None) => ("WAITING", lang.pick("待批准划转", "waits for approval").to_owned()),
        (None, Some(state @ State::Held)) => ("HELD", state.say(lang)),
        (None, Some(state @ State::Offered)) => ("OFFERED", state.say(lang)),
        (None, Some(state @ State::HandedOver)) => ("HANDED_OVER", state.say(lang)),
    };
    if !moved.joined && matches!(moved.state, None | Some(State::Offered)) {
        words +=
            lang.pick("（对方尚未接入，收不到）", " (the receiver has not joined: nothing arrives there)");
    }
    wire::Move {
        leg: moved.leg.to_string(),
        from: moved.from.to_string(),
        to: moved.to.to_string(),
        state: state.to_owned(),
        words,
        since: moved.waiting.as_ref().map_or(0, |waiting| waiting.since.0),
        round: moved.round,
    }
}

impl Bureau {
    async fn case_shown(&self, case: CaseId, lang: Lang) -> Result<wire::TransferReply, HubError> {
        Ok(case_reply(&self.hub.dossier(case).await?, self.hub.clock.now().day(), lang))
    }

    /// Does something to a case and shows how it stands after that.
    async fn after<F>(
        &self,
        case: &str,
        lang: Lang,
        action: impl FnOnce(CaseId) -> F,
    ) -> Answer<wire::TransferReply>
    where
        F: Future<Output = Result<(), HubError>>,
    {
        let done = async {
            let case = case_of(case)?;
            action(case).await?;
            self.case_shown(case, lang).await
        };
        answer(done.await, lang)
    }
}

#[tonic::async_trait]
impl Transfers for Bureau {
    async fn list(&self, request: Request<wire::ListCasesRequest>) -> Answer<wire::ListCasesReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let today = self.hub.clock.now().day();
        let cases = self.hub.dossiers().await.map(|cases| wire::ListCasesReply {
            cases: cases
                .iter()
                .filter(|shown| !asked.duties || shown.duty.is_some())
                .map(|shown| wire::TransferReply {
                    history: Vec::new(),
                    steps: Vec::new(),
                    ..case_reply(shown, today, lang)
                })
                .collect(),
        });
        answer(cases, lang)
    }

    async fn show(&self, request: Request<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        self.after(&asked.case, lang, async |_| Ok(())).await
    }

    async fn hand_on(&self, request: Request<wire::HandOnRequest>) -> Answer<wire::HandOnReply> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let (case, to) = (case_of(&asked.case)?, place_of(&asked.to)?);
            self.hub.hand_on(case, to, asked.by, asked.note).await
        };
        let handed = done.await.map(|handed| match handed {
            Handed::Here => wire::HandOnReply { outcome: "HERE".to_owned(), ..Default::default() },
            Handed::Letter => wire::HandOnReply { outcome: "LETTER".to_owned(), ..Default::default() },
            Handed::Offered { leg, to, registrar } => wire::HandOnReply {
                outcome: "OFFERED".to_owned(),
                leg: leg.to_string(),
                to: to.to_string(),
                registrar: registrar.to_string(),
            },
        });
        answer(handed, lang)
    }

    async fn unwilling(&self, request: Request<wire::UnwillingRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        let today = self.hub.clock.now().day();
        let said = || {
            let kind = Unwillingness::from_code(&asked.kind.to_uppercase());
            let kind = kind.ok_or_else(|| HubError::Field { field: "kind", found: asked.kind.clone() })?;
            Ok::<_, HubError>(Unwilling { kind, on: day_or(&asked.day, today)? })
        };
        let done = async |case| self.hub.record_unwilling(case, said()?, asked.by.clone()).await;
        self.after(&asked.case, lang, done).await
    }

    async fn send_back(&self, request: Request<wire::SendBackRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        let (by, reason) = (asked.by, asked.reason);
        self.after(&asked.case, lang, |case| self.hub.send_referral_back(case, by, reason)).await
    }

    async fn ask(&self, request: Request<wire::AskRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        self.after(&asked.case, lang, |case| self.hub.ask_for_record(case, asked.purpose, asked.by)).await
    }

    async fn open_record(&self, request: Request<wire::OpenRecordRequest>) -> Answer<wire::OpenRecordReply> {
        let (lang, asked) = heard(request)?;
        let done = async { self.hub.open_record(case_of(&asked.case)?, asked.by, asked.purpose).await };
        answer(done.await.map(|record| opened(&record, lang)), lang)
    }

    async fn accept(&self, request: Request<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        self.after(&asked.case, lang, |case| self.hub.accept(case, asked.by)).await
    }

    async fn reject(&self, request: Request<wire::RejectRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        let reason = match reason_of(&asked.reason, &asked.hint) {
            Ok(reason) => reason,
            Err(error) => return answer(Err(error), lang),
        };
        self.after(&asked.case, lang, |case| self.hub.reject(case, asked.by, reason, asked.note)).await
    }

    async fn recall(&self, request: Request<wire::TransferRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        self.after(&asked.case, lang, |case| self.hub.recall(case, asked.by)).await
    }

    async fn assign(&self, request: Request<wire::AssignRequest>) -> Answer<wire::AssignReply> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let unit = self.hub.registered(&asked.unit).await?;
            let due = self.hub.assign(case_of(&asked.case)?, unit.clone(), asked.by).await?;
            Ok(wire::AssignReply { unit: unit.to_string(), due: due.to_string() })
        };
        answer(done.await, lang)
    }

    async fn conclude(&self, request: Request<wire::ConcludeRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        let Some(outcome) = Outcome::from_code(&asked.outcome) else {
            return answer(Err(HubError::Field { field: "outcome", found: asked.outcome }), lang);
        };
        let place = match place_of(&asked.place) {
            Ok(place) => place,
            Err(error) => return answer(Err(error), lang),
        };
        let found = Concluding { outcome, place, note: asked.note };
        self.after(&asked.case, lang, |case| self.hub.conclude(case, found, asked.by)).await
    }

    async fn settle(&self, request: Request<wire::SettleRequest>) -> Answer<wire::TransferReply> {
        let (lang, asked) = heard(request)?;
        self.after(&asked.case, lang, |case| self.hub.settle(case, asked.note, asked.by)).await
    }

    async fn moves(&self, request: Request<wire::MovesRequest>) -> Answer<wire::MovesReply> {
        let lang = lang(&request);
        let done = async {
            let moves = self.hub.moves().await?.iter().map(|moved| move_reply(moved, lang)).collect();
            let alarms = self.hub.desk.act(|room| custody::alarms(room)).await?;
            let alarms = alarms.iter().map(|a| lang.pick(&*a.words.0, &*a.words.1).to_owned()).collect();
            Ok(wire::MovesReply { moves, alarms })
        };
        answer(done.await, lang)
    }

    async fn dispatch(&self, request: Request<wire::LegRequest>) -> Answer<wire::DispatchReply> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let leg = leg_of(&asked.leg)?;
            let (legs, written) = match asked.document {
                true => self.hub.dispatch_on_paper(leg, asked.by).await?,
                false => (self.hub.dispatch(leg, asked.by).await?, Vec::new()),
            };
            let legs = legs.iter().map(ToString::to_string).collect();
            Ok(wire::DispatchReply { legs, papers: written.into_iter().map(paper_out).collect() })
        };
        answer(done.await, lang)
    }

    async fn decline(&self, request: Request<wire::LegRequest>) -> Answer<wire::DispatchReply> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let leg = leg_of(&asked.leg)?;
            let leg = leg.ok_or_else(|| HubError::Field { field: "leg", found: asked.leg.clone() })?;
            let why = Declining { place: place_of(&asked.to)?, reason: asked.reason };
            self.hub.decline(leg, why, asked.by).await?;
            Ok(wire::DispatchReply { legs: vec![leg.to_string()], papers: Vec::new() })
        };
        answer(done.await, lang)
    }

    async fn issue_handover(
        &self,
        request: Request<wire::IssueHandoverRequest>,
    ) -> Answer<wire::IssueHandoverReply> {
        let (lang, asked) = heard(request)?;
        let done = async {
            let wire::IssueHandoverRequest { case, purpose, by, reply_by } = asked;
            let reply_by = words::day("reply_by", &reply_by)?;
            let written = self.hub.issue_handover(case_of(&case)?, reply_by, purpose, by).await?;
            let docx = written.bytes.open(Purpose::Document).clone();
            Ok(wire::IssueHandoverReply { number: written.number.to_string(), name: written.name, docx })
        };
        answer(done.await, lang)
    }

    async fn prove(&self, request: Request<wire::TransferRequest>) -> Answer<wire::ProveReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let done = async {
            let proof = self.hub.proof(case_of(&asked.case)?).await?;
            Ok(wire::ProveReply { proof: proof.to_json() })
        };
        answer(done.await, lang)
    }
}
