//! The officers' service for neighbouring provinces and for letters that come from them.

use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::lang::{Lang, Say};
use proto::neighbour::Neighbour;
use proto::office::said::heard;
use proto::wire::bureau as wire;
use proto::wire::bureau::abroad_server::Abroad;
use tonic::Request;

use super::mail::{day_or, shown};
use super::transfer::{opened, place_of};
use super::{Answer, Bureau, answer, lang};
use crate::desk::HubError;
use crate::desk::letter::{Opening, outcome};
use crate::incoming::{Incoming, Standing};
use crate::letter::Reply;

fn neighbour_line(neighbour: &Neighbour) -> wire::NeighbourLine {
    let Neighbour { introduction, since, removed } = neighbour;
    let party = introduction.party();
    wire::NeighbourLine {
        party: party.to_string(),
        name: Divisions::shipped().full_name(party.region()).unwrap_or_default(),
        fingerprint: introduction.fingerprint().to_string(),
        since: since.0,
        removed: removed.map(|at| at.0),
        units: introduction.units.iter().map(|(unit, _)| unit.to_string()).collect(),
    }
}

fn incoming_line(it: &Incoming, today: Day, lang: Lang) -> wire::IncomingLine {
    let (inquiry, reply, standing) = (&it.inquiry, it.reply.as_ref(), it.standing());
    let asked = it.searches.last();
    let found = asked.and_then(|asked| asked.found.as_ref()).map(|found| found.outcome);
    wire::IncomingLine {
        leg: inquiry.leg.to_string(),
        number: inquiry.number.clone(),
        writer: inquiry.writer.to_string(),
        to: inquiry.to.to_string(),
        age_from: inquiry.preview.age_from.into(),
        grade: inquiry.preview.grade.into(),
        sent: inquiry.sent.to_string(),
        reply_by: inquiry.reply_by.to_string(),
        overdue: standing != Standing::Answered && today > inquiry.reply_by,
        state: standing.code().to_owned(),
        state_text: standing.say(lang),
        county: it.passed.as_ref().map(ToString::to_string).unwrap_or_default(),
        outcome: reply.map(|reply| reply.outcome.code().to_owned()).unwrap_or_default(),
        outcome_text: reply.map(|reply| reply.outcome.say(lang)).unwrap_or_default(),
        answered: shown(reply.map(|reply| reply.day)),
        note: reply.map(|reply| reply.note.clone()).unwrap_or_default(),
        passed_by: it.passed_by.clone(),
        assigned: asked.map(|asked| asked.unit.to_string()).unwrap_or_default(),
        assigned_by: asked.map(|asked| asked.by.clone()).unwrap_or_default(),
        assigned_due: shown(asked.map(|asked| asked.due)),
        found: found.map(|outcome| outcome.code().to_owned()).unwrap_or_default(),
        found_text: found.map(|outcome| outcome.say(lang)).unwrap_or_default(),
        answered_by: reply.map(|reply| reply.by.clone()).unwrap_or_default(),
    }
}

impl Bureau {
    async fn open(
        &self,
        asked: wire::OpenIncomingRequest,
        lang: Lang,
    ) -> Result<wire::OpenIncomingReply, HubError> {
        let opening = Opening::of(asked.by, asked.purpose)
            .ok_or_else(|| HubError::Field { field: "purpose", found: String::new() })?;
        let (it, record) = self.hub.open_incoming(asked.case, opening).await?;
        let letter = incoming_line(&it, self.hub.clock.now().day(), lang);
        Ok(wire::OpenIncomingReply { letter: Some(letter), record: Some(opened(&record, lang)) })
    }
}

#[tonic::async_trait]
impl Abroad for Bureau {
    async fn introduce(&self, request: Request<wire::IntroduceRequest>) -> Answer<wire::IntroduceReply> {
        let lang = lang(&request);
        let made = self.hub.introduction().await.map(|made| wire::IntroduceReply {
            party: self.hub.me.to_string(),
            fingerprint: made.fingerprint.to_string(),
            units: u32::try_from(made.units).unwrap_or(u32::MAX),
            file: made.file,
        });
        answer(made, lang)
    }

    async fn add_neighbour(
        &self,
        request: Request<wire::AddNeighbourRequest>,
    ) -> Answer<wire::NeighbourLine> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let typed = (!asked.fingerprint.is_empty()).then_some(asked.fingerprint.as_str());
        let added = self.hub.add_neighbour(asked.file, typed).await;
        answer(added.map(|neighbour| neighbour_line(&neighbour)), lang)
    }

    async fn neighbours(&self, request: Request<wire::NeighboursRequest>) -> Answer<wire::NeighboursReply> {
        let lang = lang(&request);
        let neighbours = self.hub.neighbours().await;
        let reply = neighbours
            .map(|all| wire::NeighboursReply { neighbours: all.iter().map(neighbour_line).collect() });
        answer(reply, lang)
    }

    async fn remove_neighbour(
        &self,
        request: Request<wire::RemoveNeighbourRequest>,
    ) -> Answer<wire::RemoveNeighbourReply> {
        let (lang, asked) = (lang(&request), request.into_inner());
        let removed = self.hub.remove_neighbour(asked.party).await;
        answer(removed.map(|party| wire::RemoveNeighbourReply { party: party.to_string() }), lang)
    }

    async fn incoming(&self, request: Request<wire::IncomingRequest>) -> Answer<wire::IncomingReply> {
        let (lang, asked, today) = (lang(&request), request.into_inner(), self.hub.clock.now().day());
        let came = self.hub.incoming().await.map(|all| {
            let shown = all.iter().filter(|it| asked.all || it.standing() != Standing::Answered);
            wire::IncomingReply { letters: shown.map(|it| incoming_line(it, today, lang)).collect() }
        });
        answer(came, lang)
    }

    async fn open_incoming(
        &self,
        request: Request<wire::OpenIncomingRequest>,
    ) -> Answer<wire::OpenIncomingReply> {
        let (lang, asked) = heard(request)?;
        answer(self.open(asked, lang).await, lang)
    }

    async fn pass_incoming(&self, request: Request<wire::PassIncomingRequest>) -> Answer<wire::IncomingLine> {
        let (lang, asked) = heard(request)?;
        let pass = async {
            let to = crate::routing::place(Divisions::shipped(), &asked.county)?;
            let it = self.hub.pass_incoming(asked.case, to, asked.by).await?;
            Ok(incoming_line(&it, self.hub.clock.now().day(), lang))
        };
        answer(pass.await, lang)
    }

    async fn assign_incoming(
        &self,
        request: Request<wire::AssignIncomingRequest>,
    ) -> Answer<wire::IncomingLine> {
        let (lang, asked) = heard(request)?;
        let assign = async {
            let unit = self.hub.registered(&asked.unit).await?;
            let it = self.hub.assign_incoming(asked.case, unit, asked.by).await?;
            Ok(incoming_line(&it, self.hub.clock.now().day(), lang))
        };
        answer(assign.await, lang)
    }

    async fn answer_incoming(
        &self,
        request: Request<wire::AnswerIncomingRequest>,
    ) -> Answer<wire::IncomingLine> {
        let ((lang, asked), today) = (heard(request)?, self.hub.clock.now().day());
        let enter = async {
            let (outcome, day) = (outcome(&asked.outcome)?, day_or(&asked.day, today)?);
            let (place, note, by) = (place_of(&asked.place)?, asked.note, asked.by);
            let reply = Reply { outcome, day, place, note, by };
            let it = self.hub.answer_incoming(asked.case, reply).await?;
            Ok(incoming_line(&it, today, lang))
        };
        answer(enter.await, lang)
    }
}
