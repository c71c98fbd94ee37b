//! The rehearsal in figures.

use anyhow::Result;
use proto::link::book;
use proto::model::lang::{Lang, Say};
use proto::say;
use serde::{Serialize, Serializer};

use super::options::Options;
use super::transfers::Transfers;
use crate::laws::Verdict;
use crate::officers::Officers;
use crate::tree::{Ledger, SchoolSeat, Tree};

/// What a rehearsal brought, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// How many schools.
    pub schools: usize,
    /// How many nights were played.
    pub nights: u16,
    /// Children on the schools' rolls.
    pub pupils: usize,
    /// Entries that schools wrote, in all lives of their streams.
    pub entries_sent: u64,
    /// Of these, acknowledged by a parent.
    pub acknowledged: u64,
    /// Entries that came twice and were not counted twice.
    pub duplicates_refused: u64,
    /// Nights on which a party went on after its line had broken.
    pub resumes: u64,
    /// Calls that lines ended.
    pub calls_broken: u64,
    /// Entries that children sent again to a restored hub, and that parents gave back to a restored school.
    pub repaired: u64,
    /// Bytes of schools' good calls, both ways, for each school and night.
    pub bytes_per_school_night: u64,
    /// Children who were found elsewhere.
    pub transfers: Transfers,
    /// What became of the laws.
    #[serde(rename = "laws_checked", serialize_with = "by_code")]
    pub verdicts: Vec<Verdict>,
    /// How long it took.
    pub seconds: f64,
}

fn by_code<S: Serializer>(verdicts: &[Verdict], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        holds: bool,
        looked_at: u64,
        broken: &'a [String],
    }
    let row = |v: &'_ Verdict| v.law.code();
    let rows = verdicts
        .iter()
        .map(|v| (row(v), Row { holds: v.holds(), looked_at: v.checked, broken: v.broken.as_slice() }));
    serializer.collect_map(rows)
}

impl Report {
    pub(super) async fn of(
        (tree, officers): (&Tree, &Officers),
        options: &Options,
        verdicts: Vec<Verdict>,
        seconds: f64,
    ) -> Result<Self> {
        let (mut sent, mut acknowledged, mut pupils) = (0, 0, 0);
        let (mut schools, mut everybody) = (Ledger::default(), Ledger::default());
        for school in tree.schools() {
            let (written, acked) = entries(school).await?;
            sent += written;
            acknowledged += acked;
            pupils += school.pupils().len() - school.out().len();
            schools.add(&school.ledger);
        }
        tree.hubs().for_each(|hub| everybody.add(&hub.ledger));
        everybody.add(&schools);
        let school_nights = tree.schools().len() as u64 * u64::from(options.nights);
        Ok(Self {
            schools: tree.schools().len(),
            nights: options.nights,
            pupils,
            entries_sent: sent,
            acknowledged,
            duplicates_refused: everybody.duplicates,
            resumes: everybody.resumed,
            calls_broken: everybody.failed,
            repaired: everybody.refilled + everybody.returned,
            bytes_per_school_night: schools.bytes / school_nights.max(1),
            transfers: Transfers::of(tree, officers, &verdicts),
            verdicts,
            seconds,
        })
    }

    /// Whether every law held.
    pub fn holds(&self) -> bool {
        self.verdicts.iter().all(Verdict::holds)
    }
}

/// Entries that a school wrote, and those of them that a parent acknowledged.
async fn entries(school: &SchoolSeat) -> Result<(u64, u64)> {
    let me = school.party().clone();
    let read = school.school().desk().act(move |room| {
        let (mut written, mut acknowledged) = (0, 0);
        for stream in book::streams(room, true, &me)? {
            let mut most = 0;
            for parent in me.lineage().skip(1) {
                most = book::cursor(room, &parent, &stream.id)?.map_or(most, |c| c.acked.seq.max(most));
            }
            written += stream.tail.seq;
            acknowledged += most;
        }
        Ok::<_, proto::store::StoreError>((written, acknowledged))
    });
    Ok(read.await?)
}

impl Say for Report {
    fn say(&self, lang: Lang) -> String {
        let mut lines = vec![say!(
            lang,
            "{} 所学校，{} 名学生，{} 夜；写出 {} 条，确认 {} 条，重复拒收 {} 条；断线 {} 次，续传 {} 次；每校每夜 {} 字节；用时 {:.1} 秒。",
            "{} schools, {} pupils, {} nights; {} entries written, {} acknowledged, {} duplicates refused; {} broken calls, {} resumes; {} bytes a school-night; {:.1} s.",
            self.schools,
            self.pupils,
            self.nights,
            self.entries_sent,
            self.acknowledged,
            self.duplicates_refused,
            self.calls_broken,
            self.resumes,
            self.bytes_per_school_night,
            self.seconds
        )];
        lines.push(self.transfers.say(lang));
        for verdict in &self.verdicts {
            let mark = if verdict.holds() { "✓" } else { "✗" };
            let law = verdict.law.say(lang);
            lines.push(say!(lang, "{} {}（核对 {} 处）", "{} {} ({} looked at)", mark, law, verdict.checked));
            lines.extend(verdict.broken.iter().map(|breach| format!("    {breach}")));
        }
        lines.join("\n")
    }
}
