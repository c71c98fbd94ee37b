//! The county's side of rolls: many children in class, in one letter of their school, and one letter of tokens for
//! each pool.

use proto::link::post::{Reason, Taken};
use proto::model::case::{Handed, InClass, Roll, Tag, Token, TokenKind, Tokens};
use proto::model::party::Party;
use proto::seal::{self, Sealed};
use proto::store::{Room, StoreError};
use zeroize::Zeroizing;

use super::{Case, MOST_TOKENS, not_yours};
use crate::pool::rolls::{self, Kept};
use crate::pool::{self, Child};

impl Case<'_> {
    /// A school tells who is in class.
    pub(super) fn roll(&self, room: &mut Room<'_>, from: &Party, roll: Roll) -> Result<Taken, StoreError> {
        if !from.is_school() || !from.is_below(&self.hub.me) {
            return Ok(not_yours("only schools of this county tell who is in class"));
        }
        let Ok(children) = roll.open(from, &self.hub.me, &seal::own(room)?) else {
            return Ok(Taken::Refused(Reason::Forged, "the roll does not open here".to_owned()));
        };
        let mut taken = Vec::with_capacity(children.len());
        for child in children {
            if self.owns(room, child.tag, from)? {
                let nothing = Sealed(Vec::new());
                let kept = Child { kind: TokenKind::Enrolled, from: from.clone(), id: nothing };
                pool::keep_child(room, child.tag, &kept);
                taken.push(child);
            }
        }
        rolls::keep(room, &Kept { from: from.clone(), roll });
        for pool in pool::pools(&self.hub.me) {
            match self.opened(room, pool::given(room, &pool)?, &pool)? {
                Some((key, plain)) => {
                    let tokens: Vec<Handed> =
                        taken.iter().filter_map(|child| handed(&plain, child)).collect();
                    self.hand_in_all(room, &pool, key, &tokens)?;
                }
                None => self.ask_for_key(room, &pool)?,
            }
        }
        Ok(Taken::Applied)
    }

    /// Tokens of all children of rolls who are still in class at the school that told of them.
    pub(super) fn tokens_of_rolls(
        &self,
        room: &mut Room<'_>,
        key: &[u8; 32],
    ) -> Result<Vec<Handed>, StoreError> {
        let (own, mut tokens) = (seal::own(room)?, Vec::new());
        for Kept { from, roll } in rolls::all(room)? {
            let Ok(children) = roll.open(&from, &self.hub.me, &own) else { continue };
            for child in children {
                if is_of_roll(room, child.tag, &from)? {
                    tokens.extend(handed(key, &child));
                }
            }
        }
        Ok(tokens)
    }

    /// Hands tokens in, in letters that a parcel may hold.
    pub(super) fn hand_in_all(
        &self,
        room: &mut Room<'_>,
        pool: &Party,
        key: u64,
        tokens: &[Handed],
    ) -> Result<(), StoreError> {
        tokens.chunks(MOST_TOKENS).try_for_each(|some| {
            self.hand_in(room, pool, Tokens { key, tokens: some.to_vec(), gone: Vec::new() })
        })
    }
}

/// Whether the county still has the child by a roll of that school, and by nothing newer.
fn is_of_roll(room: &Room<'_>, tag: Tag, from: &Party) -> Result<bool, StoreError> {
    let child = pool::child(room, tag)?;
    Ok(child.is_some_and(|child| child.from == *from && child.id.0.is_empty()))
}

fn handed(key: &[u8; 32], child: &InClass) -> Option<Handed> {
    let id = pool::id_of_digits(&child.digits()).map(Zeroizing::new)?;
    let token: Token = pool::token(key, &id);
    Some(Handed { tag: child.tag, kind: TokenKind::Enrolled, token })
}
