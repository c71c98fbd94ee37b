//! The documents of an office's steps: 通报 and the report to the county government (D07, D08), and the order to
//! return (P6). They are made of the school's written report, which is opened for them, and are issued in the
//! commit of the step: either both stand, or neither.

use std::sync::Arc;

use proto::model::case::{Account, Act, CaseId, Grounds};
use proto::model::day::Day;
use proto::model::division::Divisions;
use proto::model::party::Party;
use proto::model::region::Level;
use proto::paper::register::Written;
use proto::paper::{
    Absence, Child, Earlier, GovernmentReport, Guardian, Head, Missing, Notification, Number, Paper,
    PaperError, ReturnOrder,
};
use proto::store::Room;

use super::list::Looked;
use super::seat::Seat;
use super::{Order, entered, known};
use crate::audit::Action;
use crate::desk::official::{Writer, issue, issuer};
use crate::desk::{Hub, HubError};
use crate::persuasion::{Case, CaseError, Done, acts, report};

/// Documents that are asked for with a step.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// Why the report is opened; no personal data.
    pub purpose: String,
    /// The township government that is told; without it, that of the school's town.
    pub township: Option<String>,
    /// Until when the township tells what it found; without it, when its people have to visit again.
    pub reply_by: Option<Day>,
}

impl Hub {
    /// As [`Hub::direct`], and writes the documents of the step under the next numbers of this office. The
    /// school's report is opened for them, which is logged whether it succeeds or not.
    ///
    /// # Errors
    /// [`CaseError`] when the step has no documents, does not fit, or there is no report; when a document lacks
    /// something. Then nothing was entered.
    pub async fn direct_on_paper(
        self: &Arc<Self>,
        id: CaseId,
        order: Order,
        wish: Wish,
        by: String,
    ) -> Result<(Looked, Vec<Written>), HubError> {
        Writer { by: by.clone(), purpose: wish.purpose.clone() }.check()?;
        let (hub, seat) = (self.clone(), self.seat(self.clock.now()));
        let directed = move |room: &mut Room<'_>| {
            let case = known(room, id)?;
            let done = order.done(&seat, &by);
            acts::fits(&case, &done, seat.today())?;
            let reported = report::latest(room, &case)?.ok_or(CaseError::NoReport(id))?;
            let why = (by.as_str(), Action::Issue, wish.purpose.as_str());
            let Some(account) = seat.open_account(room, &case, &reported, why)? else {
                return Ok(Err(CaseError::Shut.into()));
            };
            Ok::<_, HubError>(room.attempt(|room| {
                let desk = Pen { hub: &hub, seat: &seat, case: &case, wish: &wish };
                let (number, written) = desk.write(room, &account, &done)?;
                let looked = entered(&seat, room, case.clone(), Done { number, ..done.clone() })?;
                Ok((looked, written))
            }))
        };
        self.desk.act(directed).await?
    }
}

/// The means to write.
struct Pen<'a> {
    hub: &'a Hub,
    seat: &'a Seat,
    case: &'a Case,
    wish: &'a Wish,
}

impl Pen<'_> {
    /// The documents of a step, and what the step has as its number.
    fn write(
        &self,
        room: &mut Room<'_>,
        account: &Account,
        done: &Done,
    ) -> Result<(String, Vec<Written>), HubError> {
        let grounds = account.grounds.as_ref().ok_or(PaperError::Empty("缺课起始日期"))?;
        let child = child(account, grounds);
        match done.act {
            Act::GovernmentInformed => {
                let (since, noticed) = (grounds.since, grounds.notice.is_some());
                let missing = Missing { child, since, noticed, efforts: grounds.efforts.clone() };
                let township = self.township()?;
                let told = self.notification(room, township.clone(), missing.clone(), done.day)?;
                let report = self.government_report(room, township, missing, done.day)?;
                let number = format!("通报乡镇政府：{}；报告县级政府：{}", told.number, report.number);
                Ok((number, vec![told, report]))
            }
            Act::Ordered => {
                let order = self.order(room, (child, grounds), done)?;
                Ok((order.number.to_string(), vec![order]))
            }
            act => Err(CaseError::NoPaper(act).into()),
        }
    }

    fn notification(
        &self,
        room: &mut Room<'_>,
        to: String,
        missing: Missing,
        day: Day,
    ) -> Result<Written, HubError> {
        let letterhead = &self.hub.config.papers;
        let every = self.seat.state.rules.persuasion.visit_every_days;
        let visit = day.plus(i32::try_from(every).unwrap_or(i32::MAX));
        let (reply_by, contact) = (self.wish.reply_by.unwrap_or(visit), letterhead.contact()?);
        let write = |number| {
            let (head, children) = (self.head(number, day), vec![missing]);
            Paper::Notification(Notification { head, to, children, reply_by, contact })
        };
        Ok(issue(room, letterhead.prefix()?, day, write)?)
    }

    fn government_report(
        &self,
        room: &mut Room<'_>,
        township: String,
        missing: Missing,
        day: Day,
    ) -> Result<Written, HubError> {
        let letterhead = &self.hub.config.papers;
        let (to, signed_by, contact) =
            (letterhead.government()?, letterhead.signed_by()?, letterhead.contact()?);
        let write = |number| {
            let (head, told, children) = (self.head(number, day), vec![township], vec![missing]);
            Paper::GovernmentReport(GovernmentReport { head, signed_by, to, told, children, contact })
        };
        Ok(issue(room, letterhead.prefix()?, day, write)?)
    }

    fn order(
        &self,
        room: &mut Room<'_>,
        (child, grounds): (Child, &Grounds),
        done: &Done,
    ) -> Result<Written, HubError> {
        let letterhead = &self.hub.config.papers;
        let notice = match grounds.notice.clone() {
            Some((number, day)) => {
                let number: Number = number.parse().map_err(proto::paper::register::RegisterError::Number)?;
                Some(Earlier { number, day })
            }
            None => None,
        };
        let absence = Absence { since: grounds.since, until: grounds.until, days: grounds.days };
        let (return_by, contact) = (done.until.ok_or(PaperError::Empty("返校期限"))?, letterhead.contact()?);
        let write = |number| {
            let head = self.head(number, done.day);
            Paper::ReturnOrder(ReturnOrder { head, child, absence, notice, return_by, contact })
        };
        Ok(issue(room, letterhead.prefix()?, done.day, write)?)
    }

    fn head(&self, number: Number, day: Day) -> Head {
        Head { issuer: issuer(&self.hub.config), number, day }
    }

    /// Whom the township's document goes to: whom the officer names, the government of the school's town, or
    /// whom the settings name.
    fn township(&self) -> Result<String, HubError> {
        let named = self.wish.township.clone().filter(|name| !name.trim().is_empty());
        match named.or_else(|| township_of(&self.case.school)) {
            Some(name) => Ok(name),
            None => Ok(self.hub.config.papers.township()?),
        }
    }
}

/// The child as a document names it, with what only the report says.
fn child(account: &Account, grounds: &Grounds) -> Child {
    let child = Child::from(&account.record);
    let guardian = Guardian { relation: grounds.relation.clone(), ..child.guardian };
    Child { class: grounds.class.clone(), guardian, ..child }
}

/// The government of the town that a school hangs on: 鸭池镇人民政府, 市西街道办事处.
fn township_of(school: &Party) -> Option<String> {
    let town = school.lineage().find(|hub| hub.level() == Some(Level::Town))?;
    let name = Divisions::shipped().name(town.region())?;
    let ends = [("镇", "人民政府"), ("乡", "人民政府"), ("街道", "办事处"), ("街道办事处", "")];
    let government = ends.into_iter().find(|(end, _)| name.ends_with(end));
    government.map(|(_, office)| format!("{name}{office}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_school_s_town_has_a_government_or_an_office() {
        for (school, expected) in [
            ("p52/c5205/d520502/t520502100/s2152000001", Some("鸭池镇人民政府")),
            ("p52/c5205/d520502/t520502001/s2152000001", Some("市西街道办事处")),
            ("p52/c5205/d520502/s2152000001", None),
        ] {
            assert_eq!(township_of(&school.parse().unwrap()).as_deref(), expected, "{school}");
        }
    }
}
