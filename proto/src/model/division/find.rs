//! From what a person writes to a division: a code, a name, a path of names.

use super::super::lang::{Lang, Say};
use super::super::region::Region;
use super::table::{Divisions, Place};
use crate::say;

/// Why a text names no single division. The text is echoed (shortened), so never look up personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There is no such division.
    #[error("no division is called {text:?} in the table of {version}{}", hint(nearest))]
    NotFound {
        /// What was looked for.
        text: String,
        /// The table's cut-off date.
        version: &'static str,
        /// What may have been meant, nearest first; often empty.
        nearest: Vec<Place>,
    },
    /// Several divisions have this name: 28 county names and 3,743 town names do.
    #[error("{} divisions are called {text:?}: {}", candidates.len(), listed(candidates, Lang::En))]
    Ambiguous {
        /// What was looked for.
        text: String,
        /// All of them, ascending by code.
        candidates: Vec<Place>,
    },
}

impl Divisions {
    /// The division that `text` names: a code of 2, 4, 6, 9 or 12 digits, a name (七星关区) or a path
    /// (贵州省毕节市七星关区, 贵州省/毕节市/七星关区, 毕节市七星关区). Full-width digits and spaces are forgiven.
    ///
    /// # Errors
    /// [`FindError::NotFound`] with suggestions, [`FindError::Ambiguous`] with all candidates.
    pub fn find(&self, text: &str) -> Result<Region, FindError> {
        let tidy: String = text.chars().filter_map(tidied).collect();
        let nearest = if tidy.is_empty() || tidy.chars().count() > LONGEST {
            Vec::new()
        } else if tidy.bytes().all(|b| b.is_ascii_digit()) {
            match self.by_code(&tidy) {
                Some(region) => return Ok(region),
                // the town of a village; longer numbers are no code, perhaps somebody's ID number
                None if tidy.len() == 12 => self.near_code(&tidy[..9]),
                None if tidy.len() > 12 => Vec::new(),
                None => self.near_code(&tidy),
            }
        } else {
            match self.by_name(&tidy).as_slice() {
                [] => self.near_name(&tidy),
                [one] => return Ok(*one),
                several => {
                    let candidates = several.iter().filter_map(|region| self.place(*region)).collect();
                    return Err(FindError::Ambiguous { text: echoed(text), candidates });
                }
            }
        };
        Err(FindError::NotFound { text: echoed(text), version: self.version(), nearest })
    }

    /// Twelve digits are a town and a village; `000` is no village.
    fn by_code(&self, digits: &str) -> Option<Region> {
        let town = if digits.len() == 12 { digits.strip_suffix("000")? } else { digits };
        town.parse().ok().filter(|region| self.get(*region).is_some())
    }

    /// All divisions that `text` may mean; a full name means itself alone.
    fn by_name(&self, text: &str) -> Vec<Region> {
        let fits: Vec<Region> = self
            .iter()
            .filter(|row| !row.is_filler())
            .filter(|row| text.strip_suffix(row.name).is_some_and(|rest| self.leads_to(rest, row.region)))
            .map(|row| row.region)
            .collect();
        match fits.iter().find(|region| self.full_name(**region).as_deref() == Some(text)) {
            Some(exact) if fits.len() > 1 => vec![*exact],
            _ => fits,
        }
    }

    /// Whether `path` is made of names above `region`, from the top, some of them left out.
    fn leads_to(&self, path: &str, region: Region) -> bool {
        let above = std::iter::successors(region.parent(), |above| above.parent());
        let left = above
            .filter_map(|above| self.name(above))
            .fold(path, |rest, name| rest.strip_suffix(name).unwrap_or(rest));
        left.is_empty()
    }
}

/// Full-width forms as the table writes them; spaces and what separates the parts of a path dropped.
fn tidied(c: char) -> Option<char> {
    match c {
        '０'..='９' => char::from_digit(c as u32 - '０' as u32, 10),
        '(' => Some('（'),
        ')' => Some('）'),
        '/' | '／' | '\\' | '>' | '＞' | '|' | '\u{feff}' => None,
        c if c.is_whitespace() => None,
        c => Some(c),
    }
}

/// A number too long for a code may be somebody's ID number: only its area is echoed.
fn echoed(text: &str) -> String {
    let text = text.trim();
    let most = if text.chars().filter(|c| c.is_numeric()).count() > 12 { 6 } else { LONGEST };
    let short: String = text.chars().take(most).collect();
    if short.len() < text.len() { short + "…" } else { short }
}

/// The first places of a list as a part of a sentence.
pub(super) fn listed(places: &[Place], lang: Lang) -> String {
    let shown: Vec<String> = places.iter().take(LISTED).map(|place| place.shown(lang)).collect();
    let list = shown.join(lang.pick("、", ", "));
    match places.len().checked_sub(LISTED) {
        None | Some(0) => list,
        Some(more) => say!(lang, "{list}，另有 {more} 处", "{list} and {more} more"),
    }
}

fn hint(nearest: &[Place]) -> String {
    if nearest.is_empty() { String::new() } else { format!(", near: {}", listed(nearest, Lang::En)) }
}

impl Say for FindError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NotFound { text, version, nearest } if nearest.is_empty() => say!(
                lang,
                "区划表（{version} 版）里没有“{text}”。请填写六位或九位区划代码，或者从省写起的全称，例如 520502 或 贵州省毕节市七星关区。",
                "The division table of {version} has no {text:?}. Give a code of six or nine digits or the full name from the province down, such as 520502 or 贵州省毕节市七星关区."
            ),
            Self::NotFound { text, version, nearest } => {
                let list = listed(nearest, lang);
                say!(
                    lang,
                    "区划表（{version} 版）里没有“{text}”。请核对后重填，您要找的可能是：{list}。",
                    "The division table of {version} has no {text:?}. Check it and try again; did you mean: {list}?"
                )
            }
            Self::Ambiguous { text, candidates } => {
                let (list, all) = (listed(candidates, lang), candidates.len());
                say!(
                    lang,
                    "叫“{text}”的地方有 {all} 处：{list}。请写明省、市、县，或直接填写代码。",
                    "{all} places are called {text:?}: {list}. Name the province, city and county as well, or give the code."
                )
            }
        }
    }
}

/// Longer texts are no division: the longest full name has 45 characters.
const LONGEST: usize = 60;
/// How many places a sentence lists.
const LISTED: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str) -> Result<String, FindError> {
        Divisions::shipped().find(text).map(|region| region.to_string())
    }

    fn codes(places: &[Place]) -> Vec<String> {
        places.iter().map(|place| place.region.to_string()).collect()
    }

    #[test]
    fn a_division_is_found_by_code_name_or_path() {
        for (text, code) in [
            ("52", "520000"),
            ("5205", "520500"),
            ("520502", "520502"),
            (" ５２０５０２ ", "520502"),
            ("520502100", "520502100"),
            ("520502000", "520502"),
            ("520502100000", "520502100"),
            ("贵州省", "520000"),
            ("七星关区", "520502"),
            ("贵州省毕节市七星关区", "520502"),
            ("贵州省 / 毕节市 / 七星关区", "520502"),
            ("贵州省七星关区", "520502"),
            ("毕节市七星关区鸭池镇", "520502100"),
            ("北京市东城区", "110101"),
            ("北京市市辖区东城区", "110101"),
            ("重庆市县城口县", "500229"),
            ("嘉峪关市", "620200"),
            ("东莞市", "441900"),
            ("广东省东莞市东城街道", "441900003"),
            ("江苏省徐州市鼓楼区", "320302"),
            ("福州市鼓楼区", "350102"),
            ("石河子市", "659001"),
            ("香港特别行政区", "810000"),
            ("湖㳇镇", "320282113"),
            // a zone's only town bears its name; the full name means the zone
            ("西藏自治区拉萨市西藏文化旅游创意园区", "540173"),
        ] {
            assert_eq!(find(text).as_deref(), Ok(code), "{text}");
        }
    }

    #[test]
    fn every_full_name_finds_its_own_division() {
        let table = Divisions::shipped();
        for row in table.iter().filter(|row| !row.is_filler()).step_by(97) {
            let name = table.full_name(row.region).unwrap();
            assert_eq!(table.find(&name), Ok(row.region), "{name}");
        }
    }

    #[test]
    fn a_name_that_several_have_lists_them() {
        for (text, expected) in [
            ("鼓楼区", vec!["320106", "320302", "350102", "410204"]),
            ("江苏省鼓楼区", vec!["320106", "320302"]),
            ("西藏文化旅游创意园区", vec!["540173", "540173400"]),
        ] {
            let Err(FindError::Ambiguous { candidates, .. }) = find(text) else { panic!("{text}") };
            assert_eq!(codes(&candidates), expected, "{text}");
        }
        let said = Divisions::shipped().find("鼓楼区").unwrap_err().say(Lang::Zh);
        assert_eq!(
            said,
            "叫“鼓楼区”的地方有 4 处：江苏省南京市鼓楼区（320106）、江苏省徐州市鼓楼区（320302）、\
             福建省福州市鼓楼区（350102）、河南省开封市鼓楼区（410204）。请写明省、市、县，或直接填写代码。"
        );
        let many = Divisions::shipped().find("城关镇").unwrap_err();
        assert!(many.say(Lang::En).contains(" and 76 more. Name"), "{}", many.say(Lang::En));
    }

    #[test]
    fn what_is_unknown_suggests_what_is_near() {
        for (text, near) in [
            ("250502", "520502"),
            ("52052", "520521"),
            ("5205022", "520502"),
            ("520502199", "520502109"),
            ("520502100123", "520502100"),
            ("毕节", "520500"),
            ("七星关", "520502"),
            ("七星关县", "520502"),
            ("贵州毕节七星关区", "520502"),
            ("毕节市七星区", "520502"),
            ("贵洲省毕节市七星关区", "520502"),
        ] {
            let Err(FindError::NotFound { nearest, .. }) = find(text) else { panic!("{text}") };
            assert!((1..=5).contains(&nearest.len()), "{text}");
            assert!(codes(&nearest).contains(&near.to_owned()), "{text}: {nearest:?}");
        }
        for text in ["", "  ", "000000", "x", "市辖区", "520502100520502100", &"区".repeat(1 << 16)] {
            let error = find(text).unwrap_err();
            let said = error.say(Lang::Zh);
            assert!(matches!(error, FindError::NotFound { .. }) && said.chars().count() < 200, "{said}");
        }
        let id = Divisions::shipped().find("９９010120150901001X").unwrap_err();
        assert!(!format!("{id:?} {id} {}", id.say(Lang::Zh)).contains("2015"), "{id}");
        assert_eq!(
            Divisions::shipped().find("毕节").unwrap_err().say(Lang::En).split(';').next(),
            Some("The division table of 2023-06-30 has no \"毕节\". Check it and try again")
        );
    }
}
