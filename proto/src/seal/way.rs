//! What is sealed in the letters of a case, and what each seal is bound to: a record that was sealed for one
//! case and one way opens for no other.

use super::{OpenKey, SealKey, Sealed, Unopened};
use crate::convert::{account_in, account_out, record_in, record_out};
use crate::model::case::{Account, CaseId, ChildRecord};
use crate::model::party::Party;
use crate::model::personal::{Personal, Purpose};

/// What a sealed record is.
const RECORD: &[u8] = b"guixue/case/record/v1";
/// What a sealed text is.
const TEXT: &[u8] = b"guixue/case/text/v1";

/// The case and the stretch of way that something is sealed for: from its sealer to its reader.
#[derive(Debug, Clone, Copy)]
pub struct Way<'a> {
    /// Which case.
    pub case: CaseId,
    /// Who seals.
    pub from: &'a Party,
    /// Who opens.
    pub to: &'a Party,
}

impl Way<'_> {
    fn bytes(&self) -> Vec<u8> {
        let mut out = self.case.0.to_vec();
        out.extend_from_slice(format!("{}\0{}", self.from, self.to).as_bytes());
        out
    }

    /// Seals a record for the holder of `key`.
    pub fn seal(&self, record: &ChildRecord, key: &SealKey) -> Sealed {
        key.seal(RECORD, &self.bytes(), &record_out(record))
    }

    /// Opens a record.
    ///
    /// # Errors
    /// When it was sealed for another key, case or way, or by a release that this one does not know.
    pub fn open(&self, sealed: &Sealed, key: &OpenKey) -> Result<ChildRecord, Unopened> {
        let plain = key.open(RECORD, &self.bytes(), sealed)?;
        record_in(&plain).map_err(|_| Unopened::Suite)
    }

    /// Seals a written report; who opens it as a record reads the record.
    pub fn seal_account(&self, account: &Account, key: &SealKey) -> Sealed {
        key.seal(RECORD, &self.bytes(), &account_out(account))
    }

    /// Opens a written report.
    ///
    /// # Errors
    /// As [`Way::open`].
    pub fn open_account(&self, sealed: &Sealed, key: &OpenKey) -> Result<Account, Unopened> {
        let plain = key.open(RECORD, &self.bytes(), sealed)?;
        account_in(&plain).map_err(|_| Unopened::Suite)
    }

    /// Seals a text for the holder of `key`.
    pub fn seal_text(&self, text: &Personal<String>, key: &SealKey) -> Sealed {
        key.seal(TEXT, &self.bytes(), text.open(Purpose::Handover).as_bytes())
    }

    /// Opens a text.
    ///
    /// # Errors
    /// As [`Way::open`].
    pub fn open_text(&self, sealed: &Sealed, key: &OpenKey) -> Result<Personal<String>, Unopened> {
        let plain = key.open(TEXT, &self.bytes(), sealed)?;
        let text = std::str::from_utf8(&plain).map_err(|_| Unopened::Suite)?;
        Ok(Personal::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::{CaseId, ChildRecord, Party, Personal, Purpose, Unopened, Way};
    use crate::model::day::Day;
    use crate::seal::OpenKey;

    fn record() -> ChildRecord {
        let text = |text: &str| Personal::new(text.to_owned());
        ChildRecord {
            name: text("甲"),
            sex: text("男"),
            birth: Personal::new(Day::new(2014, 1, 15).unwrap()),
            id_number: text(""),
            roll_number: text(""),
            guardian: text(""),
            phone: text(""),
            address: text(""),
            school: "示范小学".to_owned(),
            evidence: text(""),
            summary: text(""),
            needs: text(""),
            reached: None,
            unwilling: None,
        }
    }

    #[test]
    fn a_record_opens_on_its_own_way_alone() {
        let [school, county, city]: [Party; 3] =
            ["p52/c5205/d520502/s2152000001", "p52/c5205/d520502", "p52/c5205"].map(|p| p.parse().unwrap());
        let (case, other) = (CaseId::new([1; 16]), CaseId::new([2; 16]));
        let key = OpenKey::generate();
        let way = Way { case, from: &school, to: &county };
        let sealed = way.seal(&record(), &key.public());
        assert_eq!(way.open(&sealed, &key), Ok(record()));
        for wrong in [
            Way { case: other, ..way },
            Way { from: &city, ..way },
            Way { to: &city, ..way },
            Way { from: &county, to: &school, ..way },
        ] {
            assert_eq!(wrong.open(&sealed, &key), Err(Unopened::Shut));
        }
        assert_eq!(way.open(&sealed, &OpenKey::generate()), Err(Unopened::Shut));
        assert_eq!(way.open_text(&sealed, &key), Err(Unopened::Shut), "a record is no text");
        let text = way.seal_text(&Personal::new("在贵阳".to_owned()), &key.public());
        assert_eq!(way.open_text(&text, &key).unwrap().open(Purpose::Handover), "在贵阳");
    }
}
