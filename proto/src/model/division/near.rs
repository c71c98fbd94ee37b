//! What somebody may have meant: the places whose code or name is a slip away.

use std::cmp::Reverse;

use super::super::region::Region;
use super::table::{Divisions, Place};

/// How many places are suggested.
const SHOWN: usize = 5;

impl Divisions {
    /// Places whose code is one or two slips (a digit wrong, missing, doubled or swapped) from
    /// `digits`; of equals, those with digits swapped first, then those in the same province and city.
    pub(super) fn near_code(&self, digits: &str) -> Vec<Place> {
        let wanted: Vec<char> = digits.chars().collect();
        let mut near: Vec<_> = self
            .iter()
            .filter(|row| !row.is_filler())
            .filter_map(|row| {
                let code: Vec<char> = row.region.to_string().chars().collect();
                if code.len().abs_diff(wanted.len()) > 2 {
                    return None;
                }
                let same = code.iter().zip(&wanted).take_while(|(a, b)| a == b).count();
                let slips = slips(&wanted, &code, false);
                let swapped = sorted(&code) == sorted(&wanted);
                (slips <= 2).then_some((slips, !swapped, Reverse(same), row.region))
            })
            .collect();
        near.sort_unstable();
        self.places(near.into_iter().map(|(.., region)| region))
    }

    /// Places whose name, with as much of the path as `text` gives, is a few slips away; a short form
    /// (毕节, 贵州毕节七星关) counts as near.
    pub(super) fn near_name(&self, text: &str) -> Vec<Place> {
        let wanted: Vec<char> = text.chars().collect();
        let most = (wanted.len() / 2).clamp(1, 3);
        let mut near: Vec<_> = self
            .iter()
            .filter(|row| !row.is_filler())
            .filter_map(|row| {
                let path: Vec<char> = self.full_name(row.region)?.chars().collect();
                let slips = if row.name.starts_with(text) { 1 } else { slips(&wanted, &path, true) };
                (slips <= most).then_some((slips, row.region.level(), row.region))
            })
            .collect();
        near.sort_unstable();
        self.places(near.into_iter().map(|(.., region)| region))
    }

    fn places(&self, regions: impl Iterator<Item = Region>) -> Vec<Place> {
        regions.take(SHOWN).filter_map(|region| self.place(region)).collect()
    }
}

fn sorted(digits: &[char]) -> Vec<char> {
    let mut digits = digits.to_vec();
    digits.sort_unstable();
    digits
}

/// How many characters are wrong, missing, too many or swapped with their neighbour between `text` and
/// `known`. With `tail`, between `text` and whichever tail of `known` is nearest.
fn slips(text: &[char], known: &[char], tail: bool) -> usize {
    let start = |i: usize| if tail { 0 } else { i };
    let mut before = Vec::new();
    let mut above: Vec<usize> = (0..=known.len()).map(start).collect();
    for (i, a) in text.iter().enumerate() {
        let mut line = vec![i + 1];
        for (j, b) in known.iter().enumerate() {
            let mut least = (above[j] + usize::from(a != b)).min(above[j + 1] + 1).min(line[j] + 1);
            if i > 0 && j > 0 && *a == known[j - 1] && text[i - 1] == *b {
                let two_above: &[usize] = &before;
                least = least.min(two_above[j - 1] + 1);
            }
            line.push(least);
        }
        before = std::mem::replace(&mut above, line);
    }
    above[known.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_counted() {
        for (text, known, tail, expected) in [
            ("520502", "520502", false, 0),
            ("520520", "520502", false, 1),
            ("52052", "520502", false, 1),
            ("5205022", "520502", false, 1),
            ("250502", "520502", false, 1),
            ("520999", "520502", false, 3),
            ("", "52", false, 2),
            ("七星关", "贵州省毕节市七星关区", true, 1),
            ("毕节七星关区", "贵州省毕节市七星关区", true, 1),
            ("贵州毕节七星关", "贵州省毕节市七星关区", true, 3),
        ] {
            let [a, b] = [text, known].map(|t| t.chars().collect::<Vec<_>>());
            assert_eq!(slips(&a, &b, tail), expected, "{text} {known}");
        }
    }
}
