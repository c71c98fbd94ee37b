//! A night's report between memory and wire: what a school spends to say it, and a hub to understand it.

use criterion::{Criterion, criterion_group, criterion_main};
use prost::Message as _;
use proto::convert::{sheet_in, sheet_out, turn_in, turn_out};
use proto::link::turn::{Batch, Turn};
use proto::model::day::{Day, Moment};
use proto::model::entry::{Entry, Kind, Mark};
use proto::model::party::Party;
use proto::wire;
use tests::county::sheet;

fn entries(nights: u64) -> (Vec<Entry>, Mark) {
    let first = Day::new(2025, 9, 1).expect("a day");
    let (mut mark, mut entries) = (Mark::START, Vec::new());
    for (seq, plus) in (1..=nights).zip(0..) {
        let made = Moment::at(first.plus(plus), 1_300);
        let body = sheet_out(&sheet(seq, first.plus(plus), 1, made));
        let entry = Entry { seq, made, kind: Kind::SHEET, body };
        mark = mark.then(&entry);
        entries.push(entry);
    }
    (entries, mark)
}

fn report(c: &mut Criterion) {
    let me: Party = "p52/c5205/d520502/s2152000001".parse().expect("a school");
    let mut group = c.benchmark_group("report");
    for nights in [1, 30] {
        let (entries, mark) = entries(nights);
        let batch = Batch { slot: 0, entries, through: mark.hash, returned: false };
        let turn = Turn { batches: vec![batch], over: true, ..Turn::default() };
        let said = turn_out(&turn, &me).encode_to_vec();
        group.bench_function(format!("say/{nights}"), |b| {
            b.iter(|| turn_out(&turn, &me).encode_to_vec());
        });
        group.bench_function(format!("understand/{nights}"), |b| {
            b.iter(|| {
                let turn = wire::Turn::decode(said.as_slice()).expect("what was said");
                let turn = turn_in(turn, &me).expect("what was said");
                let sheets = turn.batches[0].entries.iter().map(|entry| sheet_in(&entry.body));
                sheets
                    .filter(|sheet| hub::rollup::consistent(sheet.as_ref().expect("a sheet")).is_ok())
                    .count()
            });
        });
        eprintln!("{nights} nights: {} bytes", said.len());
    }
}

criterion_group!(benches, report);
criterion_main!(benches);
