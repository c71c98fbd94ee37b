//! Steps under a certificate that was revoked.

use hub::desk::custody;
use hub::revocation;
use proto::convert::{parcel_content_in, parcel_in};
use proto::custody::chain::State;
use proto::custody::revoked::Revocation;
use proto::link::book;
use proto::link::post::Taken;
use proto::model::case::{CaseId, Letter};
use proto::model::entry::{Entry, Kind, Lane};
use proto::model::party::Party;
use proto::seal::OpenKey;
use proto::store::StoreError;

use crate::duties::Counties;
use crate::harness::{Place, School};

const CASE: CaseId = CaseId::new([7; 16]);

/// Whom a parcel is for.
fn to_of(entry: &Entry) -> Option<Party> {
    let parcel = parcel_in(&entry.body).ok()?;
    Some(parcel_content_in(&parcel.content).ok()?.to)
}

/// What `from` wrote for hubs above reaches `to` around the gate: by somebody who has its machine.
async fn smuggle(from: &Place, to: &Place) -> Vec<Taken> {
    let me = from.hub().me.clone();
    let read = move |room: &mut proto::store::Room<'_>| {
        let stream = book::current(room, &me, &Lane::Up)?.unwrap();
        Ok::<_, StoreError>((stream.id.clone(), book::read(room, &stream.id, stream.base, usize::MAX)?.0))
    };
    let (stream, entries) = from.hub().desk.act(read).await.unwrap();
    let (handler, now, city) = (to.hub().post().handler, to.hub().clock.now(), to.hub().me.clone());
    let take = move |room: &mut proto::store::Room<'_>| {
        let letters = entries.iter().filter(|entry| entry.kind == Kind::PARCEL);
        let for_it = letters.filter(|entry| to_of(entry).is_some_and(|to| to == city));
        for_it.map(|entry| handler.take(room, &stream, entry, now)).collect::<Result<Vec<_>, _>>()
    };
    to.hub().desk.act(take).await.unwrap()
}

async fn state(registrar: &Place) -> State {
    let read = |room: &mut proto::store::Room<'_>| custody::registered(room, CASE.leg(1));
    registrar.hub().desk.act(read).await.unwrap().unwrap().chain.state()
}

/// What a school was told of revoked keys.
fn told(school: &School) -> Vec<(String, bool)> {
    let letters = school.letters();
    let revocations = letters.iter().filter_map(|letter| match letter {
        Letter::Revocation(bytes) => Revocation::from_bytes(bytes).ok(),
        _ => None,
    });
    revocations.map(|known| (known.party.to_string(), known.stands())).collect()
}

async fn known(place: &Place) -> Vec<(String, bool)> {
    let all = place.hub().desk.act(|room| revocation::all(room)).await.unwrap();
    all.iter().map(|known| (known.party.to_string(), known.stands())).collect()
}

#[tokio::test]
async fn an_accept_under_a_certificate_that_was_revoked_is_not_put_in_its_place() {
    for is_revoked in [false, true] {
        let all = Counties::with(&["520521"]).await;
        let (city, county, other) = (&all.tree.city, all.county(), &all.others[0]);
        all.refer(&all.school, CASE, "520521").await;
        all.offer(county, CASE, "520521").await;
        let receiver = other.hub().me.clone();
        if is_revoked {
            city.hub().revoke(receiver.clone(), "电脑遗失".to_owned()).await.unwrap();
        }
        other.hub().accept(CASE, "thief".to_owned()).await.unwrap();
        assert!(smuggle(other, city).await.contains(&Taken::Applied));
        assert_eq!(state(city).await, if is_revoked { State::Offered } else { State::HandedOver });
        if !is_revoked {
            continue;
        }
        // whoever may be registrar, and whoever has a leg with it, knows
        city.sync().await;
        county.sync().await;
        for place in [city, &all.tree.province, county] {
            assert_eq!(known(place).await, [(receiver.to_string(), true)], "{}", place.hub().me);
        }
        assert!(county.hub().dossier(CASE).await.unwrap().stance.acts());
        // and so does every school below, also one that comes later
        for _ in 0..2 {
            all.tree.town.sync().await;
            all.school.call(0).await.unwrap();
        }
        let later = all.tree.school("2152000002").await;
        later.send(&county.hub().me, Letter::Key(OpenKey::generate().public())).await;
        all.tree.town.sync().await;
        for _ in 0..2 {
            later.call(0).await.unwrap();
            all.tree.town.sync().await;
        }
        later.call(0).await.unwrap();
        for school in [&all.school, &later] {
            assert_eq!(told(school), [(receiver.to_string(), true)], "{}", school.party);
        }
        let told = std::fs::read_to_string(city.dir.path().join("hub/identity/revoked")).unwrap();
        assert_eq!(revocation::from_text(&told).unwrap().len(), 1);
        // let in again with the keys that it had
        other.join(city).await;
        assert_eq!(known(city).await, [(receiver.to_string(), false)]);
        smuggle(other, city).await;
        other.hub().transfer_day().await.unwrap();
        smuggle(other, city).await;
        assert_eq!(state(city).await, State::HandedOver, "what it signs from now on counts");
    }
}
