//! Reports and welcomes of many legs: no message is too long, and nothing counts before all of it has come.

use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::{any, proptest};
use proptest::test_runner::Config;

use super::super::chain::{Chain, State};
use super::super::message::{Done, Message};
use super::super::registrar::{Legs, Registered, Registrar};
use super::super::side::{Held, Holdings, Side};
use super::super::sign::{Sequenced, Sign, Signature, Signed};
use super::super::step::{Ballot, StepKind};
use super::tree::{CITY, ONE, OTHER, step};
use super::{now, party};
use crate::identity::forge::NOW;
use crate::model::case::{CaseId, Leg};
use crate::model::entry::MAX_BODY;

const MANY: u32 = 10_000;

/// A signature of the usual size.
struct Stamp;

impl Sign for Stamp {
    fn sign(&self, _: &[u8]) -> Signature {
        Signature { chain: vec![vec![1; 700], vec![2; 700], vec![3; 700]], bytes: vec![4; 64] }
    }
}

/// Ten thousand legs that were handed over.
static CHAINS: LazyLock<Vec<Chain>> = LazyLock::new(|| (0..MANY).map(handed_over).collect());

fn handed_over(number: u32) -> Chain {
    let mut case = [0; 16];
    case[..4].copy_from_slice(&number.to_be_bytes());
    let leg = CaseId::new(case).leg(1);
    let mut chain = Chain::default();
    for kind in [StepKind::Offer, StepKind::Accept] {
        let signed = Signed::new(crate::custody::step::Step { leg, ..step(&chain, kind) }, &Stamp);
        chain.push(Sequenced::new(signed, Ballot::first(1), NOW, chain.sealed_head(), &Stamp)).unwrap();
    }
    chain
}

fn offered(chain: &Chain) -> Chain {
    Chain::try_from(chain.steps()[..1].to_vec()).unwrap()
}

fn leg(chain: &Chain) -> Leg {
    chain.leg().unwrap()
}

/// What the registrar has when it is put back: of `lost` (number, whole) it knows the offer alone, or nothing.
fn registered(lost: &[(usize, bool)]) -> Legs {
    let mut legs: Legs = CHAINS
        .iter()
        .map(|chain| (leg(chain), Registered { chain: chain.clone(), ..Registered::default() }))
        .collect();
    for (number, whole) in lost {
        let chain = &CHAINS[*number];
        if *whole {
            legs.remove(&leg(chain));
        } else if let Some(known) = legs.get_mut(&leg(chain)) {
            known.chain = offered(chain);
        }
    }
    legs
}

fn holdings() -> Holdings {
    CHAINS.iter().map(|chain| (leg(chain), Held { chain: chain.clone(), ..Held::default() })).collect()
}

fn side(me: &str) -> Side {
    Side::new(party(me), party(CITY), 1)
}

/// What was said, in another order, some of it twice.
fn in_disorder(said: &[Message], seed: u64) -> Vec<Message> {
    let place = |at: usize| *blake3::hash(&[seed.to_be_bytes(), at.to_be_bytes()].concat()).as_bytes();
    let mut order: Vec<usize> = (0..said.len() + said.len() / 2).collect();
    order.sort_unstable_by_key(|at| place(*at));
    order.into_iter().map(|at| said[at % said.len()].clone()).collect()
}

fn said(done: Done) -> Vec<Message> {
    done.send.into_iter().map(|(_, message)| message).inspect(is_short).collect()
}

fn is_short(message: &Message) {
    let bytes = message.to_bytes().len();
    assert!(bytes <= MAX_BODY / 2, "{bytes} bytes");
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, ..Config::with_cases(6) })]

    #[test]
    fn a_registrar_that_forgot_gets_everything_back_in_short_messages(
        lost in vec((0..CHAINS.len(), any::<bool>()), 0..300),
        everything in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let all: Vec<_> = (0..CHAINS.len()).map(|number| (number, true)).collect();
        let mut legs = registered(if everything { &all } else { &lost });
        let mut registrar = Registrar::new(party(CITY), 1);
        let rebirth = registrar.reborn(&legs, 2).broadcast.unwrap();
        for me in [ONE, OTHER] {
            let word = rebirth.word_for(&party(me));
            is_short(&word);
            let done = side(me).handle(word.trusted(&party(CITY)), &mut holdings(), now(0));
            let pages = said(done);
            for page in in_disorder(&pages[1..], seed) {
                let done = registrar.handle(page.trusted(&party(me)), &mut legs, now(0));
                assert!(done.send.is_empty(), "nothing is said before all has come");
            }
            assert!(!registrar.is_open(&party(me), &party(me)), "a page is missing");
            said(registrar.handle(pages[0].clone().trusted(&party(me)), &mut legs, now(0)));
        }
        assert!(registrar.is_open(&party(ONE), &party(OTHER)));
        assert!(legs.values().map(|leg| &leg.chain).eq(&*CHAINS), "all is known again");
    }
}

#[test]
fn a_registrar_that_forgot_nothing_costs_one_short_message_each_way() {
    let mut legs = registered(&[]);
    let mut registrar = Registrar::new(party(CITY), 1);
    let word = registrar.reborn(&legs, 2).broadcast.unwrap().word_for(&party(ONE));
    let pages = said(side(ONE).handle(word.trusted(&party(CITY)), &mut holdings(), now(0)));
    let answers = said(registrar.handle(pages[0].clone().trusted(&party(ONE)), &mut legs, now(0)));
    assert_eq!((pages.len(), answers.len()), (1, 1));
    for message in pages.iter().chain(&answers) {
        let bytes = message.to_bytes().len();
        assert!(bytes < 6_000, "{bytes} bytes");
    }
}

#[test]
fn a_party_that_was_made_anew_may_act_when_it_has_heard_everything() {
    let (mut legs, mut registrar) = (registered(&[(7, false)]), Registrar::new(party(CITY), 1));
    let (mut side, mut held) = (side(ONE), Holdings::new());
    // one that was never handed over, and one that the registrar does not know
    let stray = offered(&handed_over(MANY));
    held.insert(leg(&stray), Held { chain: stray.clone(), ..Held::default() });
    let hello = said(side.reborn(3)).remove(0);
    let pages = said(registrar.handle(hello.trusted(&party(ONE)), &mut legs, now(0)));
    assert!(pages.len() > 10, "{} pages", pages.len());
    for page in in_disorder(&pages[1..], 5) {
        side.handle(page.trusted(&party(CITY)), &mut held, now(0));
    }
    assert!(!side.is_open(&party(OTHER)), "a page is missing");
    side.handle(pages[0].clone().trusted(&party(CITY)), &mut held, now(0));
    assert!(side.is_open(&party(OTHER)));
    assert_eq!(held.remove(&leg(&stray)), Some(Held::default()), "what the registrar never had is over");
    assert!(held.values().map(|held| &held.chain).eq(legs.values().map(|leg| &leg.chain)));
    assert_eq!(held[&leg(&CHAINS[7])].chain.state(), State::Offered);
}
