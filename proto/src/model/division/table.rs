//! The rows, kept small: sorted codes, one string for all names.

use std::fmt;
use std::io::{BufRead, BufReader};
use std::sync::LazyLock;

use super::super::lang::Lang;
use super::super::region::{Level, Region};

/// The division table of one cut-off date.
pub struct Divisions {
    version: &'static str,
    codes: Box<[Region]>,
    /// Where each name ends in `names`.
    ends: Box<[u32]>,
    names: Box<str>,
    flags: Box<[Flags]>,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Division<'a> {
    /// Its code.
    pub region: Region,
    /// Its own name, without those above it: 七星关区.
    pub name: &'a str,
    /// What is special about it.
    pub flags: Flags,
}

/// A place as people are shown it: 贵州省毕节市七星关区 (520502).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its code.
    pub region: Region,
    /// Its full name.
    pub name: String,
}

/// What is special about a division (`domain/4-divisions.md` 4.1, 4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// A city row that only fills a level: 市辖区 of a municipality, 省直辖县级行政区划.
    PlaceholderCity,
    /// A city whose towns hang on it; on a county row (620201), the stand-in for the missing county.
    CityWithoutCounty,
    /// A county that the province runs itself.
    DirectCounty,
    /// A city of the Xinjiang Corps (兵团).
    CorpsCity,
    /// A development zone with a statistics code only (xx71 to xx79).
    StatisticalZone,
    /// A farm, zone or regiment like a town (last three digits 400 to 599).
    TownLikeUnit,
    /// A name that GBK cannot write; GB18030 can.
    NameNotGbk,
    /// Taiwan, Hong Kong, Macau: a province row only, no hub.
    Outside,
}

/// A set of [`Flag`]s.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(u8);

impl Flag {
    /// All flags.
    pub const ALL: [Self; 8] = [
        Self::PlaceholderCity,
        Self::CityWithoutCounty,
        Self::DirectCounty,
        Self::CorpsCity,
        Self::StatisticalZone,
        Self::TownLikeUnit,
        Self::NameNotGbk,
        Self::Outside,
    ];

    /// The word in the flags file.
    pub const fn code(self) -> &'static str {
        match self {
            Self::PlaceholderCity => "placeholder_city",
            Self::CityWithoutCounty => "city_without_county",
            Self::DirectCounty => "direct_county",
            Self::CorpsCity => "xpcc_city",
            Self::StatisticalZone => "statistical_zone",
            Self::TownLikeUnit => "town_like_unit",
            Self::NameNotGbk => "name_not_gbk",
            Self::Outside => "no_children",
        }
    }
}

impl Flags {
    /// Whether `flag` is set.
    pub const fn has(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u8) != 0
    }

    /// The flags that are set.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.into_iter().filter(move |flag| self.has(*flag))
    }
}

impl Division<'_> {
    /// Whether the row only fills a level of the code tree: a placeholder city, or the stand-in county
    /// of Jiayuguan. It has no department of its own, so no hub; the place above stands for it.
    pub const fn is_filler(&self) -> bool {
        self.flags.has(Flag::PlaceholderCity)
            || (self.flags.has(Flag::CityWithoutCounty) && matches!(self.region.level(), Level::County))
    }
}

impl Divisions {
    /// The table that is shipped in the binary, unpacked at first use, line by line: the whole text would
    /// leave its size behind in the allocator.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Divisions> = LazyLock::new(|| {
            Divisions::read(VERSION, unpack(ROWS), unpack(FLAGS)).expect("the tests read the shipped table")
        });
        &SHIPPED
    }

    /// The cut-off date of the codes: 2023-06-30.
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// How many divisions there are.
    pub const fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether the table has no row.
    pub const fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The memory that the rows hold, in bytes.
    pub const fn bytes(&self) -> usize {
        self.len() * (size_of::<Region>() + size_of::<u32>() + size_of::<Flags>()) + self.names.len()
    }

    /// The row of `region`; `None` when there is no such division.
    pub fn get(&self, region: Region) -> Option<Division<'_>> {
        self.codes.binary_search(&region).ok().map(|row| self.row(row))
    }

    /// Its own name: 七星关区.
    pub fn name(&self, region: Region) -> Option<&str> {
        self.codes.binary_search(&region).ok().map(|row| self.name_at(row))
    }

    /// Its name with all above it, fillers left out: 贵州省毕节市七星关区, 北京市东城区.
    pub fn full_name(&self, region: Region) -> Option<String> {
        let own = self.get(region)?;
        let above = self.real_parent(region).and_then(|above| self.full_name(above)).unwrap_or_default();
        // the stand-in county of Jiayuguan repeats its city's name
        let repeats = own.is_filler() && own.region.level() == Level::County;
        Some(if repeats { above } else { above + own.name })
    }

    /// The place as people are shown it; `None` when there is no such division.
    pub fn place(&self, region: Region) -> Option<Place> {
        self.full_name(region).map(|name| Place { region, name })
    }

    /// The rows directly below in the code tree, fillers included, ascending.
    /// For who manages whom, see [`Divisions::units_below`].
    pub fn children(&self, region: Region) -> impl Iterator<Item = Division<'_>> {
        self.inside(region).filter(move |row| row.region.parent() == Some(region))
    }

    /// All rows, ascending by code: each place before those inside it.
    pub fn iter(&self) -> impl Iterator<Item = Division<'_>> {
        (0..self.len()).map(|row| self.row(row))
    }

    /// `region` itself and every row inside it, by code.
    pub(super) fn inside(&self, region: Region) -> impl Iterator<Item = Division<'_>> {
        let first = self.codes.partition_point(|code| *code < region);
        (first..self.len()).map(|row| self.row(row)).take_while(move |row| region.contains(row.region))
    }

    /// The nearest place above in the code tree that is no filler.
    pub(super) fn real_parent(&self, region: Region) -> Option<Region> {
        std::iter::successors(region.parent(), |above| above.parent())
            .find(|above| self.get(*above).is_some_and(|row| !row.is_filler()))
    }

    fn row(&self, row: usize) -> Division<'_> {
        Division { region: self.codes[row], name: self.name_at(row), flags: self.flags[row] }
    }

    fn name_at(&self, row: usize) -> &str {
        let start = row.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.names[start..self.ends[row] as usize]
    }

    /// Reads `code,name,level,parent_code` rows, sorted by code, and `code,flag,note` rows.
    fn read(version: &'static str, rows: impl BufRead, flags: impl BufRead) -> Result<Self, BadTable> {
        let (mut codes, mut ends, mut names) = (Vec::new(), Vec::new(), String::new());
        for (line, text) in (1..).zip(rows.lines()).skip(1) {
            let text = text.map_err(|_| BadTable { line })?;
            let (code, rest) = text.split_once(',').ok_or(BadTable { line })?;
            // 350527000 repeats the county 350527 as its only town: the nine digits are the county's
            if code.len() == 9 && code.ends_with("000") {
                continue;
            }
            let region: Region = code.parse().map_err(|_| BadTable { line })?;
            if codes.last().is_some_and(|before| *before >= region) {
                return Err(BadTable { line });
            }
            names.push_str(rest.split(',').next().filter(|name| !name.is_empty()).ok_or(BadTable { line })?);
            codes.push(region);
            ends.push(u32::try_from(names.len()).map_err(|_| BadTable { line })?);
        }
        let flags = read_flags(&codes, flags)?;
        Ok(Self { version, codes: codes.into(), ends: ends.into(), names: names.into(), flags })
    }
}

/// A line of the table's files that does not read.
#[derive(Debug, PartialEq, Eq)]
struct BadTable {
    line: usize,
}

fn read_flags(codes: &[Region], rows: impl BufRead) -> Result<Box<[Flags]>, BadTable> {
    let mut flags = vec![Flags::default(); codes.len()];
    for (line, text) in (1..).zip(rows.lines()).skip(1) {
        let text = text.map_err(|_| BadTable { line })?;
        let mut fields = text.split(',');
        let row = fields.next().and_then(|code| code.parse().ok()).and_then(|r| codes.binary_search(&r).ok());
        let flag = fields.next().and_then(|word| Flag::ALL.into_iter().find(|flag| flag.code() == word));
        let (Some(row), Some(flag)) = (row, flag) else { return Err(BadTable { line }) };
        flags[row].0 |= 1 << flag as u8;
    }
    Ok(flags.into())
}

fn unpack(packed: &'static [u8]) -> impl BufRead {
    BufReader::new(zstd::Decoder::new(packed).expect("the build packed it"))
}

impl fmt::Debug for Divisions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Divisions({}, {} rows)", self.version, self.len())
    }
}

impl fmt::Debug for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.region)
    }
}

impl Place {
    /// As it stands in a sentence: 贵州省毕节市七星关区（520502） or 贵州省毕节市七星关区 (520502).
    pub fn shown(&self, lang: Lang) -> String {
        match lang {
            Lang::Zh => format!("{}（{}）", self.name, self.region),
            Lang::En => self.to_string(),
        }
    }
}

/// The cut-off of the statistics bureau's 2023 codes, published on 2023-09-11.
const VERSION: &str = "2023-06-30";
const ROWS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/divisions.csv.zst"));
const FLAGS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/divisions_flags.csv.zst"));

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
