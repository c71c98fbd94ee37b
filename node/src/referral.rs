//! Handing a case to the place where the child is (X0 to X12), as its school sees it: only a confirmed
//! movement is sent (E01, E02), and the school answers for the child until the other place has accepted.

use proto::model::case::{Evidence, News, Preview, TransferState, Unwilling, Unwillingness};
use proto::model::day::{Day, Moment};
use proto::model::personal::Personal;
use proto::model::region::Region;
use serde::{Deserialize, Serialize};

use crate::persuasion::{CaseRefused, Contact, Need, Reached};

/// Nobody of this age is handed over any more; compulsory school ends years before.
const OF_AGE: i16 = 18;

/// A case on its way to another place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The finest place known.
    pub to: Region,
    /// What proves the movement.
    pub evidence: Evidence,
    /// The proof in words.
    pub note: Personal<String>,
    /// The child does not come back: recorded before a letter goes to another province (E03).
    pub unwilling: Option<Unwilling>,
    /// What a place sees before it accepts.
    pub preview: Preview,
    /// From 1; the highest counts.
    pub revision: u32,
    /// When it was submitted (X1); `None` for a draft (X0).
    pub submitted: Option<Moment>,
    /// The account.
    pub by: String,
    /// X12
    pub withdrawn: bool,
    /// News up to here are of an earlier submission: the leg and the county's time of the last.
    pub after: Option<(u16, Moment)>,
    /// What the county wrote, in the county's order.
    pub news: Vec<News>,
}

/// What a referral says.
#[derive(Debug, Clone)]
pub struct Said {
    /// The finest place known.
    pub to: Region,
    /// What proves the movement.
    pub evidence: Evidence,
    /// The proof in words.
    pub note: Personal<String>,
    /// The child does not come back.
    pub unwilling: Option<Unwilling>,
}

impl Transfer {
    /// A draft, or a new draft in the place of one that came back.
    ///
    /// # Errors
    /// When the one before is on its way or was accepted.
    pub fn draft(
        before: Option<&Self>,
        Said { to, evidence, note, unwilling }: Said,
        preview: Preview,
        by: String,
    ) -> Result<Self, CaseRefused> {
        if before.is_some_and(|before| before.submitted.is_some() && !before.is_back()) {
            return Err(CaseRefused::ReferredAlready);
        }
        let news = before.map_or_else(Vec::new, |before| before.news.clone());
        Ok(Self {
            to,
            evidence,
            note,
            unwilling,
            preview,
            revision: before.map_or(0, |before| before.revision),
            submitted: None,
            by,
            withdrawn: false,
            after: news.last().map(|last| (last.leg.number, last.at)),
            news,
        })
    }

    /// Submits it (X1).
    pub const fn submit(&mut self, at: Moment) {
        self.submitted = Some(at);
        self.revision += 1;
    }

    /// Takes it back (X12).
    ///
    /// # Errors
    /// When nothing is on its way, or another place answers for the child.
    pub fn withdraw(&mut self) -> Result<(), CaseRefused> {
        if self.submitted.is_none() || self.is_back() || !self.answers_here() {
            return Err(CaseRefused::NotReferred);
        }
        self.withdrawn = true;
        self.revision += 1;
        Ok(())
    }

    /// The child is back, or nobody is to look for it any more (X12). That holds also where another place answers by
    /// now: it takes both sides then, and that place hands the case back. `false` when nothing is to be taken back.
    pub fn take_back(&mut self) -> bool {
        let takes = self.submitted.is_some() && !self.withdrawn && !self.is_back();
        if takes {
            self.withdrawn = true;
            self.revision += 1;
        }
        takes
    }

    /// Keeps a letter of the county's; `false` when it is here already.
    pub fn hear(&mut self, news: News) -> bool {
        if self.news.contains(&news) {
            return false;
        }
        let at = self.news.partition_point(|held| place(held) <= place(&news));
        self.news.insert(at, news);
        true
    }

    /// The letter that stands: the last of the present submission, by the county's own order.
    pub fn latest(&self) -> Option<&News> {
        self.news.last().filter(|news| self.after.is_none_or(|(leg, at)| place(news) > (leg, at)))
    }

    /// Where it stands.
    pub fn state(&self) -> TransferState {
        match (self.latest(), self.submitted) {
            (Some(news), _) if !news.yours || !self.withdrawn => news.state,
            _ if self.withdrawn => TransferState::Withdrawn,
            (_, None) => TransferState::Draft,
            _ => TransferState::Submitted,
        }
    }

    /// Whether this school's county still answers for the child.
    pub fn answers_here(&self) -> bool {
        self.latest().is_none_or(|news| news.yours)
    }

    /// It came back, or was taken back: the case is to be worked here again.
    pub fn is_back(&self) -> bool {
        matches!(
            self.state(),
            TransferState::ReturnedToSender | TransferState::Misrouted | TransferState::Withdrawn
        ) && self.answers_here()
    }

    /// It is on its way and nobody has answered.
    pub fn is_pending(&self) -> bool {
        self.submitted.is_some() && !self.is_back() && self.answers_here()
    }
}

/// What proves a movement is on record: a parent's statement rests on a contact with who answers for the child. Other
/// evidence stands by itself, and then nobody is said to have been persuaded (E01; E03 for another province).
///
/// # Errors
/// When no contact bears the statement out.
pub fn on_record(evidence: Evidence, contacts: &[Contact], other_province: bool) -> Result<(), CaseRefused> {
    if evidence != Evidence::ParentStatement || contacts.iter().any(Contact::reached_guardian) {
        return Ok(());
    }
    let rule = if other_province { "E03" } else { "E01" };
    Err(CaseRefused::NobodyReached { rule })
}

/// A child that moved to another province is persuaded to come back first; only when it does not a letter goes there.
/// Who said so, or was asked in vain, was spoken with by that day, by a contact on record (E03, E04).
///
/// # Errors
/// When nobody recorded it, or no contact bears it out.
pub fn stays_away(unwilling: Option<Unwilling>, contacts: &[Contact], today: Day) -> Result<(), CaseRefused> {
    let Unwilling { kind, on } = unwilling.ok_or(CaseRefused::Missing(Need::Unwilling))?;
    if on > today {
        return Err(CaseRefused::Future(on));
    }
    let then = |fits: fn(&Contact) -> bool| contacts.iter().any(|contact| contact.on <= on && fits(contact));
    let child = |contact: &Contact| contact.reached == Reached::Child;
    let on_record = match kind {
        Unwillingness::Child => then(child),
        Unwillingness::Guardian => then(Contact::reached_guardian),
        Unwillingness::Both => then(child) && then(Contact::reached_guardian),
        Unwillingness::PersuasionFailed => then(Contact::reached_family),
    };
    if on_record { Ok(()) } else { Err(CaseRefused::NobodySaid { kind, on }) }
}

/// Where a letter stands in the county's order: by its leg, then by its moment. A county that was put back says of
/// an earlier leg what it knew then.
const fn place(news: &News) -> (u16, Moment) {
    (news.leg.number, news.at)
}

/// The preview of a child.
///
/// # Errors
/// When the child is too old.
pub fn preview(
    birth: Day,
    grade: u8,
    last: Region,
    evidence: Evidence,
    today: Day,
) -> Result<Preview, CaseRefused> {
    let age = proto::model::calendar::age_on(birth, today);
    if age >= OF_AGE {
        return Err(CaseRefused::OverAge(age));
    }
    let age = u8::try_from(age.max(0)).unwrap_or(0);
    Ok(Preview { age_from: Preview::band(age), grade, last, evidence })
}

#[cfg(test)]
mod tests {
    use proto::model::case::CaseId;

    use crate::persuasion::Channel;

    use super::*;

    fn region(code: &str) -> Region {
        code.parse().unwrap()
    }

    fn sent() -> Transfer {
        let preview =
            Preview { age_from: 12, grade: 6, last: region("520502"), evidence: Evidence::ParentStatement };
        let note = Personal::new(String::new());
        let (to, evidence) = (region("520521"), Evidence::ParentStatement);
        let said = Said { to, evidence, note, unwilling: None };
        let mut transfer = Transfer::draft(None, said, preview, "t".to_owned()).unwrap();
        assert_eq!(transfer.state(), TransferState::Draft);
        transfer.submit(Moment(1));
        transfer
    }

    fn news(leg: u16, at: i64, state: TransferState, yours: bool) -> News {
        News {
            leg: CaseId::new([1; 16]).leg(leg),
            state,
            place: None,
            outcome: None,
            at: Moment(at),
            reason: String::new(),
            yours,
        }
    }

    fn again(before: &Transfer) -> Result<Transfer, CaseRefused> {
        let Transfer { to, evidence, note, unwilling, .. } = before.clone();
        let said = Said { to, evidence, note, unwilling };
        Transfer::draft(Some(before), said, before.preview.clone(), "t".to_owned())
    }

    #[test]
    fn letters_count_in_the_countys_order_however_they_come() {
        let mut transfer = sent();
        assert_eq!(transfer.state(), TransferState::Submitted);
        let [two, five] = [
            news(1, 20, TransferState::CountyChecked, true),
            news(1, 50, TransferState::AcceptedPersuading, false),
        ];
        assert!(transfer.hear(five.clone()) && transfer.hear(two) && !transfer.hear(five));
        assert_eq!(transfer.state(), TransferState::AcceptedPersuading);
        assert!(!transfer.answers_here() && !transfer.is_pending());
        assert_eq!(transfer.withdraw(), Err(CaseRefused::NotReferred), "another place answers");
    }

    #[test]
    fn a_returned_case_may_be_sent_again_and_old_letters_do_not_count_for_the_new_one() {
        let mut transfer = sent();
        assert_eq!(again(&transfer), Err(CaseRefused::ReferredAlready));
        transfer.hear(news(1, 40, TransferState::ReturnedToSender, true));
        assert!(transfer.is_back() && !transfer.is_pending());
        let mut second = again(&transfer).unwrap();
        second.submit(Moment(60));
        assert_eq!((second.revision, second.state()), (2, TransferState::Submitted));
        // a letter about the first that was long on its way
        second.hear(news(1, 30, TransferState::Dispatched, true));
        assert_eq!(second.state(), TransferState::Submitted);
        second.hear(news(2, 70, TransferState::Dispatched, true));
        assert_eq!(second.state(), TransferState::Dispatched);
    }

    #[test]
    fn taking_back_holds_until_somebody_else_has_accepted() {
        let mut transfer = sent();
        transfer.withdraw().unwrap();
        assert_eq!((transfer.state(), transfer.revision), (TransferState::Withdrawn, 2));
        assert_eq!(transfer.withdraw(), Err(CaseRefused::NotReferred));
        // the acceptance was on its way already: the other place answers
        transfer.hear(news(1, 50, TransferState::AcceptedPlaced, false));
        assert_eq!(transfer.state(), TransferState::AcceptedPlaced);
        assert!(!transfer.is_back());
    }

    #[test]
    fn a_child_that_is_back_is_taken_back_once_whoever_answers_for_it() {
        assert!(!Transfer { submitted: None, ..sent() }.take_back(), "a draft is nowhere");
        let mut transfer = sent();
        transfer.hear(news(1, 50, TransferState::AcceptedPersuading, false));
        assert!(transfer.take_back() && !transfer.take_back());
        assert_eq!((transfer.state(), transfer.revision), (TransferState::AcceptedPersuading, 2));
        assert!(again(&transfer).is_err(), "the other place answers until it has handed it back");
        transfer.hear(news(2, 60, TransferState::Withdrawn, true));
        assert_eq!(transfer.state(), TransferState::Withdrawn);
        assert!(transfer.is_back() && again(&transfer).is_ok());
    }

    fn contact(reached: Reached) -> Contact {
        Contact {
            on: Day::new(2025, 9, 24).unwrap(),
            by: "t".to_owned(),
            channel: Channel::Phone,
            reached,
            excuse: None,
            promise: Personal::new(String::new()),
            next: None,
            note: Personal::new(String::new()),
        }
    }

    #[test]
    fn who_does_not_come_back_from_another_province_was_spoken_with_and_said_so() {
        use Unwillingness as U;
        let (spoke, today) = (Day::new(2025, 9, 24).unwrap(), Day::new(2025, 9, 26).unwrap());
        let nobody = CaseRefused::Missing(Need::Unwilling);
        assert_eq!(stays_away(None, &[contact(Reached::Parent)], today), Err(nobody));
        let (child, parent, both) =
            (vec![Reached::Child], vec![Reached::Parent], vec![Reached::Child, Reached::Guardian]);
        for (reached, borne_out) in [
            (vec![], vec![]),
            (vec![Reached::Nobody], vec![]),
            (vec![Reached::Neighbour], vec![]),
            (vec![Reached::Relative], vec![U::PersuasionFailed]),
            (child, vec![U::Child, U::PersuasionFailed]),
            (parent, vec![U::Guardian, U::PersuasionFailed]),
            (both, U::ALL.to_vec()),
        ] {
            let contacts: Vec<Contact> = reached.iter().copied().map(contact).collect();
            for kind in U::ALL.iter().copied() {
                let on = |on| stays_away(Some(Unwilling { kind, on }), &contacts, today);
                assert_eq!(on(spoke).is_ok(), borne_out.contains(&kind), "{kind:?} {reached:?}");
                let early = spoke.plus(-1);
                assert_eq!(on(early), Err(CaseRefused::NobodySaid { kind, on: early }));
                assert_eq!(on(today.next()), Err(CaseRefused::Future(today.next())));
            }
        }
    }

    #[test]
    fn a_parents_statement_rests_on_a_contact_with_who_answers_for_the_child() {
        for evidence in Evidence::ALL {
            for reached in std::iter::once(None).chain(Reached::ALL.iter().copied().map(Some)) {
                for (other_province, rule) in [(false, "E01"), (true, "E03")] {
                    let contacts: Vec<Contact> = reached.map(contact).into_iter().collect();
                    let spoken = matches!(reached, Some(Reached::Parent | Reached::Guardian));
                    let stands = *evidence != Evidence::ParentStatement || spoken;
                    let refused = CaseRefused::NobodyReached { rule };
                    let expected = if stands { Ok(()) } else { Err(refused) };
                    assert_eq!(
                        on_record(*evidence, &contacts, other_province),
                        expected,
                        "{evidence:?} {reached:?}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_preview_shows_a_band_of_ages_and_nobody_grown_up() {
        let today = Day::new(2025, 9, 24).unwrap();
        let of = |year| {
            preview(Day::new(year, 1, 15).unwrap(), 6, region("520502"), Evidence::PoliceAnswer, today)
        };
        assert_eq!(of(2014).unwrap().age_from, 10);
        assert_eq!(of(2013).unwrap().age_from, 12);
        assert_eq!(of(2007), Err(CaseRefused::OverAge(18)));
    }
}
