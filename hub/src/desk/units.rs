//! Units come and go: invited, let in, revoked, closed, let in again.

use proto::identity::authority::{Authority, AuthorityError};
use proto::identity::code::InviteCode;
use proto::identity::fingerprint::Fingerprint;
use proto::identity::invite::Invitation;
use proto::identity::spoken::{Digits, SpokenCode};
use proto::model::day::{Day, Moment};
use proto::model::division::{Divisions, UnitError};
use proto::model::lang::{Lang, Say};
use proto::model::party::{Party, SchoolCode};
use proto::model::region::{Level, Region};
use proto::model::sheet::{Counts, Indicator};
use proto::say;
use proto::store::{Room, StoreError};

use super::registry::{self, Credential, Invited};
use super::revocation::Issuer;
use super::{Hub, HubError, has_authority};
use crate::rollup::Group;
use crate::units::{self, Status, Unit};
use crate::{directory, persuasion, revocation, rollup};

/// An invitation as it is handed over. The secret is nowhere else.
#[derive(Debug)]
pub struct Invite {
    /// Whom it invites.
    pub unit: Party,
    /// The printed code.
    pub code: InviteCode,
    /// The same to be said over the telephone: the code, the digits, and the fingerprint behind them.
    pub spoken: (SpokenCode, Digits, Fingerprint),
    /// Until when it is good.
    pub expires: Moment,
}

/// What a school leaves behind that is closed: children whom nobody counts from that day on unless another school
/// takes them, and cases that stay with this office.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// From which day on it is closed.
    pub day: Day,
    /// What its last sheet before that says; of a hub nothing.
    pub counts: Counts,
    /// Its cases here that are open.
    pub cases: usize,
}

impl Left {
    fn behind(room: &Room<'_>, unit: Party, day: Day) -> Result<Self, StoreError> {
        let nothing = Self { day, counts: Counts::default(), cases: 0 };
        if !unit.is_school() {
            return Ok(nothing);
        }
        let counts = rollup::leaf_on(room, &unit, unit.region(), day.plus(-1))?.counts;
        let cases = persuasion::open(room)?.iter().filter(|case| case.school == unit).count();
        Ok(Self { counts, cases, ..nothing })
    }
}

impl Say for Left {
    fn say(&self, lang: Lang) -> String {
        let of = |indicator| self.counts.of(indicator);
        let (children, cases, day) = (of(Indicator::OnRoll), self.cases, self.day);
        if children == 0 && cases == 0 {
            return String::new();
        }
        let (suspected, gone) = (of(Indicator::Suspected), of(Indicator::DroppedOut));
        say!(
            lang,
            "注意：该校最近在籍 {children} 人（疑似辍学 {suspected} 人、辍学 {gone} 人），在办个案 {cases} 件，从 {day} 起不再计入本级数字。请逐一落实学生去向；个案仍由本级负责（case list）。学校划归他处的，请随即在新的主管单位下邀请（invite --under）；误撤的，重新邀请并加入即可恢复。",
            "Mind: its last roll has {children} children ({suspected} suspected, {gone} dropped out), and {cases} cases are open; from {day} on none of them is in the figures. See to it that each has a school; the cases stay with this office (case list). If the school hangs elsewhere now, invite it there at once (invite --under); if this was a mistake, invite it again and let it join."
        )
    }
}

impl Hub {
    /// The party that an operator's words name: a division's code or name, or a school's code with the
    /// place of the hub that manages it.
    ///
    /// # Errors
    /// When there is no such unit below this hub.
    pub fn named(&self, unit: &str, under: Option<&str>) -> Result<Party, HubError> {
        let table = Divisions::shipped();
        if let Ok(code) = plain(unit).parse::<SchoolCode>() {
            let place = under.ok_or(HubError::NoManager)?;
            let manager = self.manager(table.find(place)?)?;
            return manager.school(code).ok_or_else(|| HubError::NoUnit(unit.to_owned()));
        }
        let region = table.find(unit)?;
        self.hub_below(region)
    }

    fn hub_below(&self, region: Region) -> Result<Party, HubError> {
        Divisions::shipped().check_unit(&self.me, region, &self.config.by)?;
        self.me.hub(region).ok_or_else(|| HubError::Unit(UnitError::School(self.me.clone())))
    }

    /// This hub itself, or one of its towns.
    fn manager(&self, place: Region) -> Result<Party, HubError> {
        if place == self.me.region() {
            return Ok(self.me.clone());
        }
        if place.level() != Level::Town {
            return Err(HubError::NotATown { place: place.to_string(), me: self.me.clone() });
        }
        self.hub_below(place)
    }

    /// Makes an invitation for a unit; earlier ones that were not used are void.
    ///
    /// # Errors
    /// When this hub does not issue certificates, or units cannot dial it.
    pub async fn invite(&self, unit: Party, name: String, hours: Option<u32>) -> Result<Invite, HubError> {
        let state = self.state();
        let authority =
            state.authority.as_ref().ok_or_else(|| AuthorityError::NoAuthority(self.me.clone()))?;
        let hours = hours.unwrap_or(state.rules.certificates.invite_hours).clamp(1, 24 * 30);
        let now = self.clock.now();
        let spoken = SpokenCode::random();
        let secret = spoken.secret();
        let invitation = Invitation::by(unit.clone(), &secret, now, i64::from(hours) * 3_600_000);
        let expires = invitation.expires;
        let address = self.public_address()?;
        let key = authority.certificate().spki_hash();
        let code = InviteCode::new(unit.clone(), &address, &key, secret)?;
        let spoken = (spoken.clone(), spoken.digits(&key), Fingerprint::of(&key));
        let (party, me) = (unit.clone(), self.me.clone());
        self.change_unit(unit.clone(), move |room| {
            if let Some(other) = units::elsewhere(room, &me, &party)? {
                return Err(HubError::Elsewhere(other));
            }
            registry::withdraw(room, &party)?;
            if units::get(room, &party)?.is_none() {
                let unit = units::newcomer(room, &me, party, name.clone(), now.day())?;
                units::put(room, &me, &unit)?;
            }
            registry::keep_invitation(room, &Invited { invitation, name });
            Ok::<_, HubError>(())
        })
        .await?;
        tracing::info!(unit = %unit, "invited {unit} until {expires}");
        Ok(Invite { unit, code, spoken, expires })
    }

    /// The unit that an operator's words name, as the register has it: its code, its division or its path.
    ///
    /// # Errors
    /// [`HubError::NoUnit`].
    pub async fn registered(&self, words: &str) -> Result<Party, HubError> {
        let me = self.me.clone();
        let units = self.desk.act(move |room| units::list(room, &me)).await?;
        let words = plain(words);
        // a city is written with four digits, as when it is invited
        let place = Divisions::shipped().find(&words).ok();
        let fits = |party: &Party| {
            !party.is_school() && place.is_some_and(|place| party.region() == place)
                || party.to_string() == words
                || party.school_code().is_some_and(|code| code.to_string() == words)
                || (!party.is_school() && party.region().to_string() == words)
        };
        let found = units.into_iter().map(|unit| unit.party).find(fits);
        found.ok_or(HubError::NoUnit(words))
    }

    /// Stops letting a unit in, from its next contact on.
    ///
    /// # Errors
    /// [`HubError::NoUnit`].
    pub async fn revoke(&self, party: Party, reason: String) -> Result<(), HubError> {
        let at = self.clock.now();
        self.alter(party, move |unit| unit.status = Status::Revoked { at, reason }).await
    }

    /// Closes a unit: from `day` on it no longer reports, and is no longer expected. Says what it leaves behind.
    ///
    /// # Errors
    /// [`HubError::NoUnit`]; [`HubError::StillCounts`] of a hub whose last totals have schools in them: they would stand
    /// in the sums for ever.
    pub async fn close_unit(&self, party: Party, day: Option<Day>) -> Result<Left, HubError> {
        let day = day.unwrap_or_else(|| self.clock.now().day());
        let unit = party.clone();
        let left = self.desk.act(move |room| {
            let told = !unit.is_school() && rollup::last_totals(room, &unit)?.is_some();
            if told && rollup::group_on(room, Group::All(unit.region()), day)?.leaves > 0 {
                return Err(HubError::StillCounts(unit));
            }
            Ok(Left::behind(room, unit, day)?)
        });
        let left = left.await?;
        self.alter(party, move |unit| unit.closed = Some(day)).await?;
        Ok(left)
    }

    async fn alter(
        &self,
        party: Party,
        change: impl FnOnce(&mut Unit) + Send + 'static,
    ) -> Result<(), HubError> {
        let (state, now, me) = (self.state(), self.clock.now(), self.me.clone());
        self.change_unit(party.clone(), move |room| {
            let mut unit = units::get(room, &party)?.ok_or_else(|| HubError::NoUnit(party.to_string()))?;
            change(&mut unit);
            registry::withdraw(room, &party)?;
            if let Some(identity) = state.identity.as_deref() {
                Issuer { identity, now }.revoke(room, &unit)?;
            }
            entered(room, &me, state.authority.as_deref(), &unit, now)
        })
        .await?;
        self.keep_revocations().await;
        Ok(())
    }

    /// Lets a unit in again that knocked with a valid certificate which the register does not know: it was
    /// invited after the backup from which this hub was restored. A certificate that was revoked never is.
    ///
    /// # Errors
    /// [`HubError::NoKnock`].
    pub async fn readmit(&self, party: Party) -> Result<(), HubError> {
        let knock = self.knocks.of(&party).ok_or_else(|| HubError::NoKnock(party.clone()))?;
        let (state, now, me) = (self.state(), self.clock.now(), self.me.clone());
        self.change_unit(party.clone(), move |room| {
            let before = units::get(room, &party)?;
            let revoked = revocation::of(room, &party)?;
            if revoked.iter().any(|known| known.stands() && known.keys.contains(&knock.key)) {
                return Err(HubError::Revoked(party));
            }
            let known = match before {
                Some(known) => known,
                None => units::newcomer(room, &me, party, String::new(), now.day())?,
            };
            let unit = Unit {
                status: Status::Active,
                spki_hash: Some(knock.key.0),
                not_after: Some(knock.until),
                ..known
            };
            registry::keep_credential(room, &unit.party, &Credential::default());
            entered(room, &me, state.authority.as_deref(), &unit, now)
        })
        .await?;
        self.knocks.forget(&knock.party);
        Ok(())
    }

    /// Whether this hub issues certificates.
    pub fn issues(&self) -> bool {
        has_authority(&self.me)
    }
}

/// Full-width characters, as a Chinese keyboard gives them, as the plain ones.
fn plain(words: &str) -> String {
    let half = |c: char| match c {
        '！'..='～' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        other => other,
    };
    words.trim().chars().map(half).collect()
}

/// Keeps a unit whose entry in the register changed, and all that follows from it: what counts, who is
/// expected, what the towns are told.
///
/// # Errors
/// When the store cannot read.
pub fn entered(
    room: &mut Room<'_>,
    me: &Party,
    authority: Option<&Authority>,
    unit: &Unit,
    now: Moment,
) -> Result<(), HubError> {
    units::put(room, me, unit)?;
    follow(room, me, unit)?;
    if let Some(authority) = authority {
        directory::reissue(room, authority, &unit.party, now)?;
    }
    Ok(())
}

/// A school counts until it is closed, one that moved from its first day on; a revoked one stands with its last
/// figures.
///
/// # Errors
/// When the store cannot read.
pub fn follow(room: &mut Room<'_>, me: &Party, unit: &Unit) -> Result<(), StoreError> {
    if !unit.party.is_school() {
        return Ok(());
    }
    let (since, closed) = unit.counts();
    rollup::span_leaf(room, me, &unit.party, since, closed)
}
