//! Blind matching at the three hubs that take part: the county that computes tokens, the keeper of the key, and
//! the pool hub that compares.

use proto::custody::step::{Step, StepKind};
use proto::link::post::{Reason, Taken};
use proto::model::case::{
    CaseId, Handed, Letter, Match, Newcomer, PoolAsk, PoolKey, Stage, Tag, TokenKind, Tokens, Way,
};
use proto::model::party::Party;
use proto::model::personal::Purpose;
use proto::parcel::new_id;
use proto::seal::{self, SealKey, Sealed};
use proto::store::{Room, StoreError};
use zeroize::Zeroizing;

use super::transfer::Case;
use crate::pool::{self, Child, Key, Told};
use crate::transfer::{self, Dossier};

mod rolls;
mod table;

pub use table::Line;

/// What an ID number is that this county keeps for itself.
const OWN_ID: &[u8] = b"guixue/pool/own-id/v1";
/// What a sealed pool key is.
const KEY: &[u8] = b"guixue/pool/key/v1";

/// What a letter means for the pools, besides what it is for.
pub(super) enum Watched {
    /// A child cannot be found: its school reported it.
    Lost(CaseId, Sealed),
    /// A child is offered to this county.
    Offered(CaseId, Sealed),
    /// A case needs no search any more.
    Over(CaseId),
}

impl Watched {
    /// What of `letter` the pools have to know.
    pub(super) fn of(letter: &Letter) -> Option<Self> {
        match letter {
            Letter::Report(report) => Some(Self::Lost(report.case, report.record.clone())),
            Letter::Release(release) => Some(Self::Offered(release.leg.case, release.record.clone())),
            Letter::Progress(progress) => {
                let over =
                    matches!(progress.stage, Stage::Moved | Stage::Placed | Stage::Returned | Stage::Closed);
                over.then_some(Self::Over(progress.case))
            }
            _ => None,
        }
    }
}

/// Binds a sealed key to its pool and its reader.
fn key_route(pool: &Party, to: &Party) -> Vec<u8> {
    format!("{pool}\0{to}").into_bytes()
}

/// A pool's key, opened.
type Plain = Zeroizing<[u8; 32]>;

fn not_yours(why: &str) -> Taken {
    Taken::Refused(Reason::NotYours, why.to_owned())
}

impl Case<'_> {
    /// A letter about the pools.
    pub(super) fn read_pool(
        &self,
        room: &mut Room<'_>,
        from: &Party,
        letter: Letter,
    ) -> Result<Taken, StoreError> {
        match letter {
            Letter::PoolAsk(ask) => self.pool_ask(room, from, &ask),
            Letter::PoolKey(key) => self.pool_key(room, from, &key),
            Letter::Newcomer(newcomer) => self.newcomer(room, from, &newcomer),
            Letter::Roll(roll) => self.roll(room, from, roll),
            Letter::Tokens(tokens) => self.tokens(room, from, tokens),
            Letter::Match(found) => self.matched(room, from, found),
            other => Ok(Taken::Refused(Reason::UnknownKind, other.name().to_owned())),
        }
    }

    /// County: what a letter that was taken means for its pools.
    pub(super) fn watch(&self, room: &mut Room<'_>, from: &Party, seen: Watched) -> Result<(), StoreError> {
        let (case, kind, record) = match seen {
            Watched::Over(case) => return self.leave_pools(room, Tag(case.0), from),
            Watched::Lost(case, record) => (case, TokenKind::Lost, record),
            Watched::Offered(case, record) => (case, TokenKind::Offered, record),
        };
        let way = Way { case, from, to: &self.hub.me };
        let Ok(record) = way.open(&record, &seal::own(room)?) else { return Ok(()) };
        self.enter_pools(room, (Tag(case.0), from), kind, record.id_number.open(Purpose::Handover))
    }

    /// County: puts a child into its pools. Without a usable ID number there is nothing to compare.
    fn enter_pools(
        &self,
        room: &mut Room<'_>,
        (tag, from): (Tag, &Party),
        kind: TokenKind,
        id: &str,
    ) -> Result<(), StoreError> {
        let Some(id) = pool::normal_id(id).map(Zeroizing::new) else { return Ok(()) };
        if !self.owns(room, tag, from)? {
            return Ok(());
        }
        let sealed = seal::own(room)?.public().seal(OWN_ID, &tag.0, id.as_bytes());
        pool::keep_child(room, tag, &Child { kind, from: from.clone(), id: sealed });
        for pool in pool::pools(&self.hub.me) {
            match self.opened(room, pool::given(room, &pool)?, &pool)? {
                Some((number, key)) => {
                    let handed = Handed { tag, kind, token: pool::token(&key, &id) };
                    self.hand_in(
                        room,
                        &pool,
                        Tokens { key: number, tokens: vec![handed], gone: Vec::new() },
                    )?;
                }
                None => self.ask_for_key(room, &pool)?,
            }
        }
        Ok(())
    }

    /// County: a child that is offered is compared while it is offered, and again when it is offered again.
    pub(super) fn watch_offer(
        &self,
        room: &mut Room<'_>,
        dossier: &Dossier,
        step: &Step,
    ) -> Result<(), StoreError> {
        let Some(inflow) = &dossier.inflow else { return Ok(()) };
        match (step.kind, &inflow.record) {
            (StepKind::Offer, Some(record)) => {
                self.watch(room, &inflow.from, Watched::Offered(dossier.case, record.clone()))
            }
            (StepKind::Offer | StepKind::Accept, _) => Ok(()),
            _ => self.leave_pools(room, Tag(dossier.case.0), &inflow.from),
        }
    }

    /// Whether nobody else told of the child under that tag, or `from` is the unit that was asked to find it.
    fn owns(&self, room: &Room<'_>, tag: Tag, from: &Party) -> Result<bool, StoreError> {
        let owner = pool::child(room, tag)?.map(|child| child.from);
        let owns = owner.as_ref().is_none_or(|owner| owner == from) || {
            let dossier = transfer::find(room, CaseId(tag.0))?;
            dossier.and_then(|dossier| dossier.assigned).is_some_and(|assigned| assigned.unit == *from)
        };
        if !owns {
            tracing::warn!(%from, %tag, "{from} speaks of a child that another told of");
        }
        Ok(owns)
    }

    /// County: takes a child out of its pools.
    fn leave_pools(&self, room: &mut Room<'_>, tag: Tag, from: &Party) -> Result<(), StoreError> {
        if pool::child(room, tag)?.is_none_or(|child| child.from != *from) {
            return Ok(());
        }
        pool::forget_child(room, tag);
        for pool in pool::pools(&self.hub.me) {
            if let Some(key) = pool::given(room, &pool)? {
                self.hand_in(room, &pool, Tokens { key: key.id, tokens: Vec::new(), gone: vec![tag] })?;
            }
        }
        Ok(())
    }

    fn hand_in(&self, room: &mut Room<'_>, pool: &Party, tokens: Tokens) -> Result<(), StoreError> {
        self.send(room, pool, Letter::Tokens(tokens))
    }

    fn ask_for_key(&self, room: &mut Room<'_>, pool: &Party) -> Result<(), StoreError> {
        let key = seal::own(room)?.public();
        self.send(room, &pool::keeper(pool), Letter::PoolAsk(PoolAsk { pool: pool.clone(), key }))
    }

    /// A key that is sealed for this hub.
    fn opened(
        &self,
        room: &mut Room<'_>,
        key: Option<Key>,
        pool: &Party,
    ) -> Result<Option<(u64, Plain)>, StoreError> {
        let Some(Key { id, sealed }) = key else { return Ok(None) };
        let plain = seal::own(room)?.open(KEY, &key_route(pool, &self.hub.me), &sealed);
        let key = plain.ok().and_then(|plain| <[u8; 32]>::try_from(plain.as_slice()).ok());
        Ok(key.map(|key| (id, Zeroizing::new(key))))
    }

    /// Keeper: a county asks for the key of a pool. Made when first asked for.
    fn pool_ask(&self, room: &mut Room<'_>, from: &Party, ask: &PoolAsk) -> Result<Taken, StoreError> {
        let PoolAsk { pool, key } = ask;
        if from.is_school() || !from.is_below(pool) || pool::keeper(pool) != self.hub.me {
            return Ok(not_yours("keys of pools are for the hubs below them, from the hub above them"));
        }
        let known = self.opened(room, pool::kept(room, pool)?, pool)?;
        let (id, plain) = match known {
            Some(known) => known,
            None => self.make_key(room, pool)?,
        };
        let sealed = key.seal(KEY, &key_route(pool, from), plain.as_slice());
        let given = PoolKey { pool: pool.clone(), id, key: sealed };
        self.send(room, from, Letter::PoolKey(given))?;
        Ok(Taken::Applied)
    }

    fn make_key(&self, room: &mut Room<'_>, pool: &Party) -> Result<(u64, Plain), StoreError> {
        let mut plain = Zeroizing::new([0; 32]);
        plain[..16].copy_from_slice(&new_id());
        plain[16..].copy_from_slice(&new_id());
        let own: SealKey = seal::own(room)?.public();
        let sealed = own.seal(KEY, &key_route(pool, &self.hub.me), plain.as_slice());
        let id = pool::key_id(&plain);
        pool::keep(room, pool, &Key { id, sealed });
        Ok((id, plain))
    }

    /// County: the key came. Every child that waited for it is handed in.
    fn pool_key(&self, room: &mut Room<'_>, from: &Party, given: &PoolKey) -> Result<Taken, StoreError> {
        let PoolKey { pool, id, key } = given;
        if pool::keeper(pool) != *from || !self.hub.me.is_below(pool) {
            return Ok(not_yours("the key of a pool comes from its keeper"));
        }
        let kept = Key { id: *id, sealed: key.clone() };
        let Some((_, plain)) = self.opened(room, Some(kept.clone()), pool)? else {
            return Ok(Taken::Refused(Reason::Forged, "the key does not open here".to_owned()));
        };
        // asked several times before the first answer came
        if pool::given(room, pool)?.is_some_and(|known| known.id == *id) {
            return Ok(Taken::Applied);
        }
        pool::keep_given(room, pool, &kept);
        let own = seal::own(room)?;
        let mut tokens = self.tokens_of_rolls(room, &plain)?;
        for (tag, Child { kind, id, .. }) in pool::children(room)? {
            let Ok(number) = own.open(OWN_ID, &tag.0, &id) else { continue };
            let Ok(number) = std::str::from_utf8(&number) else { continue };
            tokens.push(Handed { tag, kind, token: pool::token(&plain, number) });
        }
        self.hand_in_all(room, pool, *id, &tokens)?;
        Ok(Taken::Applied)
    }

    /// County: a school enrolled a child from elsewhere, or the child left again.
    fn newcomer(&self, room: &mut Room<'_>, from: &Party, newcomer: &Newcomer) -> Result<Taken, StoreError> {
        if !from.is_school() || !from.is_below(&self.hub.me) {
            return Ok(not_yours("only schools of this county tell of newcomers"));
        }
        if newcomer.left {
            self.leave_pools(room, newcomer.tag, from)?;
            return Ok(Taken::Applied);
        }
        let Ok(id) = newcomer.open(from, &self.hub.me, &seal::own(room)?) else {
            return Ok(Taken::Refused(Reason::Forged, "the ID number does not open here".to_owned()));
        };
        let id = id.open(Purpose::Handover);
        self.enter_pools(room, (newcomer.tag, from), TokenKind::Enrolled, id)?;
        Ok(Taken::Applied)
    }

    /// Pool hub: tokens of a county.
    fn tokens(&self, room: &mut Room<'_>, from: &Party, tokens: Tokens) -> Result<Taken, StoreError> {
        if from.is_school() || !from.is_below(&self.hub.me) {
            return Ok(not_yours("tokens come from the counties below"));
        }
        for tag in tokens.gone {
            pool::take_back(room, from, tag)?;
        }
        for handed in tokens.tokens {
            for report in pool::take(room, from, tokens.key, handed)? {
                self.send(room, &report.to, Letter::Match(report.found))?;
            }
        }
        Ok(Taken::Applied)
    }

    /// County: two tokens are one child.
    fn matched(&self, room: &mut Room<'_>, from: &Party, found: Match) -> Result<Taken, StoreError> {
        if !self.hub.me.is_below(from) {
            return Ok(not_yours("matches come from the pools above"));
        }
        // the child may have been taken back since: then the match is of no use
        let Some(mine) = pool::child(room, found.mine)? else { return Ok(Taken::Applied) };
        // that a school has a child on its roll which it misses, or offers elsewhere, is no news
        let theirs = if found.there == self.hub.me { pool::child(room, found.theirs)? } else { None };
        let rolled = [found.kind, found.their_kind].contains(&TokenKind::Enrolled) && mine.from.is_school();
        let referred = transfer::find(room, CaseId(found.theirs.0))?.and_then(|dossier| dossier.origin);
        let offers_it = referred.is_some_and(|origin| origin.school == mine.from);
        if !rolled || !offers_it && theirs.is_none_or(|theirs| theirs.from != mine.from) {
            pool::keep_told(room, &Told { found, at: self.now });
        }
        Ok(Taken::Applied)
    }
}

/// Tokens of one letter: well below what a parcel may hold.
const MOST_TOKENS: usize = 5_000;
