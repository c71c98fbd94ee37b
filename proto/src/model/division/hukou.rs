//! Which codes a child's hukou (户口所在地) may carry.

use super::super::lang::{Lang, Say};
use super::super::region::{Level, Region};
use super::table::{Divisions, Flag, Place};
use crate::say;

/// What a hukou code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hukou {
    /// A county of today, or a city that does a county's work: its schools answer for the child (D01).
    County,
    /// Only a province or city: true, but no county can be told.
    Wide,
    /// Not in the table: abolished (people keep old codes, 4.4, 8) or newer than the table.
    Unknown,
}

/// Why a code cannot be a hukou code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHukou {
    /// Nine digits: a hukou code has six.
    #[error("{0} has nine digits: a hukou code has the six of the county")]
    Town(Region),
    /// A zone has a statistics code only (4.4, 5).
    #[error("{0} is a development zone: it has no code of GB/T 2260")]
    Zone(Place),
}

impl Divisions {
    /// What `region` says as a hukou code. An unknown code is no error.
    ///
    /// # Errors
    /// For a town's nine digits and for a statistical zone.
    pub fn hukou_ok(&self, region: Region) -> Result<Hukou, NoHukou> {
        if region.level() == Level::Town {
            return Err(NoHukou::Town(region));
        }
        match self.get(region) {
            Some(row) if row.flags.has(Flag::StatisticalZone) => Err(NoHukou::Zone(self.shown(region))),
            Some(_) if region.level() == Level::County || self.acts_as_county(region) => Ok(Hukou::County),
            Some(_) => Ok(Hukou::Wide),
            None => Ok(Hukou::Unknown),
        }
    }
}

impl Say for NoHukou {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Town(town) => {
                let county = town.to_string()[..6].to_owned();
                say!(
                    lang,
                    "户口所在地代码应为六位，{town} 是九位的乡镇代码。请改填前六位 {county}。",
                    "A hukou code has six digits; {town} is a town's nine. Enter its first six, {county}."
                )
            }
            Self::Zone(zone) => {
                let zone = zone.shown(lang);
                say!(
                    lang,
                    "{zone}是开发区的统计代码，户口簿上不会有。请按户口簿填写所属县（市、区）的代码。",
                    "{zone} is a development zone's statistics code, which no household register carries. Enter the county's code from the household register."
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hukou_code_names_a_county() {
        for (code, expected) in [
            ("520502", Some(Hukou::County)),
            ("110101", Some(Hukou::County)),
            ("429004", Some(Hukou::County)),
            ("441900", Some(Hukou::County)),
            ("620200", Some(Hukou::County)),
            ("620201", Some(Hukou::County)),
            ("520500", Some(Hukou::Wide)),
            ("110100", Some(Hukou::Wide)),
            ("810000", Some(Hukou::Wide)),
            // abolished: 毕节市 of 毕节地区, and the 市辖区 of a city
            ("522401", Some(Hukou::Unknown)),
            ("520501", Some(Hukou::Unknown)),
            ("130171", None),
            ("520502100", None),
        ] {
            assert_eq!(Divisions::shipped().hukou_ok(code.parse().unwrap()).ok(), expected, "{code}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_enter() {
        for (code, zh) in [
            ("520502100", "户口所在地代码应为六位，520502100 是九位的乡镇代码。请改填前六位 520502。"),
            (
                "130171",
                "河北省石家庄市石家庄高新技术产业开发区（130171）是开发区的统计代码，户口簿上不会有。请按户口簿填写所属县（市、区）的代码。",
            ),
        ] {
            let refused = Divisions::shipped().hukou_ok(code.parse().unwrap()).unwrap_err();
            assert_eq!(refused.say(Lang::Zh), zh);
            assert!(refused.say(Lang::En).contains(code));
        }
    }
}
