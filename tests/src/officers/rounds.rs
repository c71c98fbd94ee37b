//! What each of them does in an evening. What is refused, because something has not come yet or a store was
//! put back, is tried again tomorrow.

use std::sync::Arc;

use anyhow::{Context, Result};
use hub::desk::transfer::show::Shown;
use hub::desk::{Hub, HubError};
use hub::letter::Reply;
use hub::routing::Scope;
use hub::transfer::Dossier;
use node::desk::cases::inflow::Finding;
use node::desk::cases::refer::Referring;
use proto::custody::side::Stance;
use proto::custody::step::RejectReason;
use proto::model::case::{CaseId, Duty, Evidence, Outcome, TransferState};
use proto::model::personal::Personal;

use super::Officers;
use super::abroad::asked_back;
use super::errand::{Errand, Kind, Placed, county_of};
use crate::oracle::Status;
use crate::pupils::{Class, Pupil};
use crate::tree::{SchoolSeat, Tree, class_of};

const OFFICER: &str = "officer";

/// Notes that something did not go today.
fn tomorrow<T, E: std::fmt::Display>(what: &str, done: Result<T, E>) -> Option<T> {
    done.inspect_err(|error| tracing::info!("{what} waits for tomorrow: {error}")).ok()
}

impl Officers {
    fn errand(&self, case: CaseId) -> Option<&Errand> {
        self.errands.iter().find(|errand| errand.case == Some(case))
    }

    /// Principals refer the child that is gone for good, once it is marked.
    pub(super) async fn refer(&mut self, tree: &Tree) -> Result<()> {
        let (evening, days) = (self.evening, self.days.clone());
        for at in 0..self.errands.len() {
            if self.errands[at].case.is_some() || usize::from(evening) > tree.days().len() || !self.today() {
                continue;
            }
            let errand = &mut self.errands[at];
            let seat = tree.school(errand.school);
            let Some(child) = gone(seat, &days, tree) else { continue };
            let number = &seat.pupils()[child].roll_number;
            let unwilling = match errand.scope {
                Scope::S3 => tomorrow("a call", asked_back(seat.school(), number, tree.today()).await),
                _ => None,
            };
            let referring = Referring {
                case: seat.pupils()[child].roll_number.clone(),
                to: errand.to.clone(),
                evidence: Evidence::SchoolConfirmation,
                note: Personal::new("当地学校来电确认".to_owned()),
                unwilling,
                draft: false,
                by: "head".to_owned(),
            };
            let referred = seat.school().refer_case(referring).await;
            if let Some(case) = tomorrow("a referral", referred) {
                tracing::info!(%case, to = %errand.to, "a child is referred");
                (errand.case, errand.child, errand.referred) = (Some(case), Some(child), evening);
            }
        }
        Ok(())
    }

    /// One school hears that the child is on its way back, while the case is on its way.
    pub(super) async fn withdraw(&mut self, tree: &Tree) -> Result<()> {
        for errand in self.errands.iter_mut().filter(|e| e.kind == Kind::Withdrawn && !e.withdrawn) {
            let Some(case) = errand.case else { continue };
            let seat = tree.school(errand.school);
            let under_way = matches!(state(seat, case).await?, Some(TransferState::Dispatched));
            if under_way {
                let reason = "学生即将返校".to_owned();
                let done = seat.school().withdraw_case(case.to_string(), reason, "head".to_owned()).await;
                errand.withdrawn = tomorrow("a withdrawal", done).is_some();
            }
        }
        Ok(())
    }

    /// Counties do what their list shows.
    pub(super) async fn counties(&mut self, tree: &Tree) -> Result<()> {
        for seat in tree.hubs() {
            let hub = seat.hub().clone();
            for shown in hub.dossiers().await? {
                if self.today() {
                    self.attend(tree, &hub, &shown).await;
                }
            }
        }
        Ok(())
    }

    async fn attend(&mut self, tree: &Tree, hub: &Arc<Hub>, shown: &Shown) {
        let case = shown.dossier.case;
        let Some(errand) = self.errand(case).cloned() else { return };
        match shown.duty.map(|(duty, _)| duty) {
            Some(Duty::CheckReferral) => {
                tomorrow("an offer", hub.hand_on(case, None, OFFICER.to_owned(), String::new()).await);
            }
            Some(Duty::DecideReturn) if came_back(&shown.dossier) && errand.kind != Kind::Withdrawn => {
                tomorrow("an offer", hub.hand_on(case, None, OFFICER.to_owned(), String::new()).await);
            }
            Some(Duty::AnswerOffer) => self.answer(hub, &errand, case).await,
            Some(Duty::Assign) => assign(tree, hub, &errand, case).await,
            _ => {}
        }
    }

    async fn answer(&mut self, hub: &Arc<Hub>, errand: &Errand, case: CaseId) {
        let by = OFFICER.to_owned();
        match errand.kind {
            Kind::RejectedOnce if !errand.rejected => {
                let rejected = hub.reject(case, by, RejectReason::NotHere, String::new()).await;
                let done = tomorrow("a rejection", rejected).is_some();
                self.errands.iter_mut().filter(|e| e.case == Some(case)).for_each(|e| e.rejected = done);
            }
            Kind::Placed | Kind::RejectedOnce => {
                tomorrow("an acceptance", hub.accept(case, by).await);
            }
            // the child is not there: the officer has not got to it when the school takes it back
            Kind::Withdrawn => {}
        }
    }

    /// City and province let go what waits.
    pub(super) async fn registrars(&mut self, tree: &Tree) -> Result<()> {
        for seat in tree.hubs() {
            let mut waits = seat.hub().moves().await?;
            waits.retain(|moved| moved.waiting.is_some());
            if waits.is_empty() || !self.today() {
                continue;
            }
            for moved in waits {
                tomorrow("a dispatch", seat.hub().dispatch(Some(moved.leg), "wang".to_owned()).await);
            }
        }
        Ok(())
    }

    /// Cities write letters to other provinces, send them, and enter what is answered.
    pub(super) async fn writers(&mut self, tree: &Tree) -> Result<()> {
        for seat in tree.hubs() {
            let hub = seat.hub();
            let (letters, waiting) = hub.letters().await?;
            for letter in letters {
                let number = letter.number.to_string();
                if letter.sent.is_none() {
                    tomorrow("a letter", hub.send_letter(number, None, OFFICER.to_owned()).await);
                    continue;
                }
                for line in letter.lines.iter().filter(|line| line.reply.is_none()) {
                    let day = tree.today();
                    let reply = Reply {
                        outcome: Outcome::Placed,
                        day,
                        place: None,
                        note: String::new(),
                        by: OFFICER.to_owned(),
                    };
                    let case = line.case.leg.case.to_string();
                    tomorrow("a reply", hub.answer_letter(number.clone(), case, reply).await);
                }
            }
            let prefix = "黔教函".parse().context("three letters are a prefix")?;
            if let Some(first) = waiting.first()
                && self.today()
            {
                tomorrow(
                    "a draft",
                    hub.draft_letter(first.addressee, prefix, Vec::new(), OFFICER.to_owned()).await,
                );
            }
        }
        Ok(())
    }

    /// Schools look for the children that they were asked to find, and have them in class.
    pub(super) async fn schools(&mut self, tree: &mut Tree) -> Result<()> {
        for number in 1..=tree.schools().len() {
            let seat = tree.school(number);
            let (today, inflows) = seat.school().inflows().await?;
            for inflow in inflows.into_iter().filter(|inflow| inflow.is_pending()) {
                let case = inflow.leg.case;
                let Some(errand) = self.errand(case).cloned() else { continue };
                let lost = tree.school(errand.school);
                let child = lost.pupils()[errand.child.context("a case has a child")?].clone();
                let seat = tree.school_mut(number);
                let class = class_for(seat, &child).context("a school has a class")?;
                let finding = Finding {
                    case,
                    outcome: Outcome::Placed,
                    on: Some(today),
                    class: Some(class_of(class)),
                    place: None,
                    note: String::new(),
                    by: "head".to_owned(),
                };
                if tomorrow("a finding", seat.school().found(finding).await).is_some() {
                    tracing::info!(%case, school = %seat.party(), "a child is in class");
                    let before = errand.placed.filter(|placed| placed.school == number);
                    let child = seat.came(before.map(|placed| placed.child), Pupil { class, ..child }, today);
                    let placed = Some(Placed { school: number, child });
                    self.errands.iter_mut().filter(|e| e.case == Some(case)).for_each(|e| e.placed = placed);
                }
            }
        }
        Ok(())
    }

    /// Who answers for each child tonight, and which cases have come to their end.
    pub(super) async fn look(&mut self, tree: &mut Tree) -> Result<()> {
        let evening = self.evening;
        for errand in &mut self.errands {
            let (Some(case), Some(child)) = (errand.case, errand.child) else { continue };
            let stances = stances(tree, case).await?;
            self.asked += 1;
            if !stances.iter().any(|(_, stance)| stance.acts() || *stance == Stance::Blocked) {
                let known = errand.referred < evening;
                if known {
                    self.unanswered.push(format!("case {case} on evening {evening}: {stances:?}"));
                }
            }
            let seat = tree.school_mut(errand.school);
            let (_, view) = seat.school().case(case.to_string()).await?;
            let Some(transfer) = view.transfer else { continue };
            if let Some(away) = transfer.news.iter().find(|news| !news.yours && news.state.roll_follows()) {
                seat.went(child, away.at.day());
            }
            let state = transfer.state();
            let ended = match errand.kind {
                Kind::Withdrawn => state == TransferState::Withdrawn && county_knows(&transfer.news),
                Kind::Placed | Kind::RejectedOnce => state == TransferState::AcceptedPlaced,
            };
            if ended && errand.ended.is_none() {
                errand.ended = Some((evening, state));
            }
        }
        Ok(())
    }
}

fn county_knows(news: &[proto::model::case::News]) -> bool {
    news.last().is_some_and(|news| news.state == TransferState::Withdrawn)
}

/// How every county of the tree that knows a case stands to it.
///
/// # Errors
/// When a store cannot be read.
pub async fn stances(tree: &Tree, case: CaseId) -> Result<Vec<(String, Stance)>> {
    let mut out = Vec::new();
    for seat in tree.hubs() {
        match seat.hub().dossier(case).await {
            Ok(shown) => out.push((seat.party().to_string(), shown.stance)),
            Err(HubError::NoCase(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(out)
}

async fn state(seat: &SchoolSeat, case: CaseId) -> Result<Option<TransferState>> {
    let (_, view) = seat.school().case(case.to_string()).await?;
    Ok(view.transfer.map(|transfer| transfer.state()))
}

fn came_back(dossier: &Dossier) -> bool {
    matches!(dossier.state, TransferState::ReturnedToSender | TransferState::Misrouted)
}

/// A child who is marked now and never comes back in the days that are played.
fn gone(seat: &SchoolSeat, days: &crate::oracle::Days, tree: &Tree) -> Option<usize> {
    let last = *tree.days().last()?;
    let marked = |status: &Option<Status>| matches!(status, Some(Status::Suspected | Status::DroppedOut));
    let (now, end) = (seat.truth(days, tree.today()), seat.truth(days, last));
    let both = now.statuses.iter().zip(&end.statuses);
    both.enumerate().find(|(_, (now, end))| marked(now) && marked(end)).map(|(at, _)| at)
}

/// The county asks one of its schools to find the child.
async fn assign(tree: &Tree, hub: &Arc<Hub>, errand: &Errand, case: CaseId) {
    let there = |seat: &&SchoolSeat| county_of(seat.party()).as_ref() == errand.there.as_ref();
    let other = |seat: &&SchoolSeat| seat.plan().number != errand.school;
    let mut schools: Vec<&SchoolSeat> = tree.schools().iter().filter(there).filter(other).collect();
    let lost = errand.child.map(|child| &tree.school(errand.school).pupils()[child]);
    let teaches = |seat: &SchoolSeat| {
        lost.is_some_and(|child| seat.pupils().iter().any(|pupil| pupil.class.grade == child.class.grade))
    };
    schools.sort_by_key(|seat| !teaches(seat));
    if errand.scope == Scope::S3 {
        return;
    }
    if let Some(seat) = schools.first() {
        tomorrow("an assignment", hub.assign(case, seat.party().clone(), OFFICER.to_owned()).await);
    }
}

/// A class of the child's grade, or the first of the school.
fn class_for(seat: &SchoolSeat, child: &Pupil) -> Option<Class> {
    let on_roll = seat.pupils().iter().enumerate().filter(|(at, _)| !seat.out().contains(at));
    let mut classes: Vec<Class> = on_roll.map(|(_, pupil)| pupil.class).collect();
    classes.sort_by_key(|class| (class.grade != child.class.grade, *class));
    classes.first().copied()
}
