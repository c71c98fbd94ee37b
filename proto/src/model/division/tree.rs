//! Who manages whom: the tree of hubs, which is not the tree of codes (`domain/4-divisions.md` 4.4).

use std::collections::BTreeMap;

use super::super::lang::{Lang, Say};
use super::super::party::Party;
use super::super::region::Region;
use super::find::listed;
use super::table::{Division, Divisions, Flag, Place};
use crate::say;

/// Places that another hub manages than the code tree says, such as the Corps cities (4.4, 4). A filler
/// that is named as manager becomes a hub: 659000 can stand for the Corps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AdministeredBy(BTreeMap<Region, Region>);

/// Why a place may not be managed by another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadManager {
    /// One of the two has no hub.
    #[error(transparent)]
    NoHub(#[from] NoHub),
    /// A manager must be of a higher level than what it manages.
    #[error("{manager} cannot manage {unit}: it is not of a higher level")]
    NotAbove {
        /// What is managed.
        unit: Place,
        /// Who should manage it.
        manager: Place,
    },
}

/// Why a place has no hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoHub {
    /// It is not in the table.
    #[error("no division has the code {region} in the table of {version}")]
    Unknown {
        /// The code.
        region: Region,
        /// The table's cut-off date.
        version: &'static str,
        /// Codes a slip away.
        nearest: Vec<Place>,
    },
    /// Taiwan, Hong Kong and Macau are destinations, not parties (4.4, 6).
    #[error("{0} lies outside the tree and has no hub")]
    Outside(Place),
    /// The row only fills a level of the code tree; another place stands for it (4.4, 1 to 3).
    #[error("{filler} has no department of its own: {instead} stands for it")]
    Filler {
        /// The row.
        filler: Place,
        /// The place that stands for it.
        instead: Place,
    },
}

/// Why a place may not be a unit directly below a hub.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The place has no hub at all.
    #[error(transparent)]
    NoHub(#[from] NoHub),
    /// A school has no units.
    #[error("{0} is a school and has no units")]
    School(Party),
    /// Another hub is directly above the place, or none.
    #[error("{unit} does not hang directly on {parent}")]
    Elsewhere {
        /// The place.
        unit: Place,
        /// The hub's own place, as far as the table knows it.
        parent: Party,
        /// The hub that manages the place; `None` for a province.
        manager: Option<Place>,
    },
}

impl AdministeredBy {
    /// From pairs of a place and the place whose hub manages it.
    ///
    /// # Errors
    /// When one of them is unknown, outside or, for the managed place, a filler; when the manager is not of
    /// a higher level, which also keeps the tree free of rings.
    pub fn new(
        table: &Divisions,
        pairs: impl IntoIterator<Item = (Region, Region)>,
    ) -> Result<Self, BadManager> {
        let mut managers = BTreeMap::new();
        for (unit, manager) in pairs {
            table.with_hub(unit, &Self::default())?;
            table.known(manager)?;
            if manager.level() >= unit.level() {
                let [unit, manager] = [unit, manager].map(|region| table.shown(region));
                return Err(BadManager::NotAbove { unit, manager });
            }
            managers.insert(unit, manager);
        }
        Ok(Self(managers))
    }

    /// The hub that was set to manage `region`.
    pub fn manager_of(&self, region: Region) -> Option<Region> {
        self.0.get(&region).copied()
    }

    fn names_manager(&self, region: Region) -> bool {
        self.0.values().any(|manager| *manager == region)
    }
}

impl Divisions {
    /// The place whose hub is directly above: fillers are collapsed, `by` goes before the code tree.
    /// `None` for a province and for what the table does not know.
    pub fn managing_parent(&self, region: Region, by: &AdministeredBy) -> Option<Region> {
        self.get(region)?;
        by.manager_of(region).or_else(|| self.real_parent(region))
    }

    /// The hub of `region`, named by its path: `p52/c5205/d520502`, `p11/d110101`, `p44/c4419/t441900003`.
    ///
    /// # Errors
    /// When the place is unknown, outside, or only fills a level.
    pub fn party_of(&self, region: Region, by: &AdministeredBy) -> Result<Party, NoHub> {
        self.with_hub(region, by)?;
        let mut path: Vec<Region> =
            std::iter::successors(Some(region), |below| self.managing_parent(*below, by)).collect();
        let root = path.pop().expect("the path holds the place itself");
        Ok(path.into_iter().rev().fold(Party::root(root), |above, below| {
            above.hub(below).expect("a manager is of a higher level than what it manages")
        }))
    }

    /// Whether `unit` may be a unit directly below the hub `parent`. Statistical zones may (4.4, 5).
    ///
    /// # Errors
    /// [`UnitError`], which says where the unit belongs.
    pub fn check_unit(&self, parent: &Party, unit: Region, by: &AdministeredBy) -> Result<(), UnitError> {
        self.with_hub(unit, by)?;
        if parent.is_school() {
            return Err(UnitError::School(parent.clone()));
        }
        let manager = self.managing_parent(unit, by);
        if manager == Some(parent.region()) {
            return Ok(());
        }
        let manager = manager.map(|region| self.shown(region));
        Err(UnitError::Elsewhere { unit: self.shown(unit), parent: parent.clone(), manager })
    }

    /// The places that may be units directly below the hub of `region`, ascending.
    pub fn units_below(&self, region: Region, by: &AdministeredBy) -> Vec<Region> {
        let set = by.0.keys().copied().filter(|unit| !region.contains(*unit));
        let mut units: Vec<Region> = self.inside(region).map(|row| row.region).chain(set).collect();
        units.retain(|unit| {
            self.managing_parent(*unit, by) == Some(region) && self.with_hub(*unit, by).is_ok()
        });
        units.sort_unstable();
        units
    }

    /// Whether the city's own department does what counties do elsewhere: 东莞, 中山, 儋州, 嘉峪关 (4.4, 3).
    pub fn acts_as_county(&self, city: Region) -> bool {
        let without = |row: &Division<'_>| row.flags.has(Flag::CityWithoutCounty);
        self.get(city).is_some_and(|row| !row.is_filler() && without(&row))
            || self.children(city).any(|row| without(&row) && row.is_filler())
    }

    fn with_hub(&self, region: Region, by: &AdministeredBy) -> Result<(), NoHub> {
        let row = self.known(region)?;
        if row.is_filler() && !by.names_manager(region) {
            let instead = self.real_parent(region).expect("a filler has a place above it");
            return Err(NoHub::Filler { filler: self.shown(region), instead: self.shown(instead) });
        }
        Ok(())
    }

    fn known(&self, region: Region) -> Result<Division<'_>, NoHub> {
        let unknown = || NoHub::Unknown {
            region,
            version: self.version(),
            nearest: self.near_code(&region.to_string()),
        };
        let row = self.get(region).ok_or_else(unknown)?;
        if row.flags.has(Flag::Outside) { Err(NoHub::Outside(self.shown(region))) } else { Ok(row) }
    }

    pub(super) fn shown(&self, region: Region) -> Place {
        self.place(region).unwrap_or_else(|| Place { region, name: String::new() })
    }
}

impl Say for NoHub {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Unknown { region, version, nearest } if nearest.is_empty() => say!(
                lang,
                "区划表（{version} 版）里没有代码 {region}。请核对代码；如果是新设的区划，请先升级程序。",
                "The division table of {version} has no code {region}. Check the code; for a division set up later, upgrade first."
            ),
            Self::Unknown { region, version, nearest } => {
                let list = listed(nearest, lang);
                say!(
                    lang,
                    "区划表（{version} 版）里没有代码 {region}。请核对，可能是：{list}；如果是新设的区划，请先升级程序。",
                    "The division table of {version} has no code {region}. Check it, perhaps it is {list}; for a division set up later, upgrade first."
                )
            }
            Self::Outside(place) => {
                let place = place.shown(lang);
                say!(
                    lang,
                    "{place}不在本系统的层级之内，没有汇总节点。孩子去了那里的，个案留在原学校，去向记为“境外”。",
                    "{place} is outside this tree and has no hub. When a child went there, the case stays with its school and the destination is recorded as outside."
                )
            }
            Self::Filler { filler, instead } => {
                let (filler, instead) = (filler.shown(lang), instead.shown(lang));
                say!(
                    lang,
                    "{filler}只是代码表里占位的一栏，没有教育部门。请改用 {instead}。",
                    "{filler} only fills a level of the code table and has no education department. Use {instead} instead."
                )
            }
        }
    }
}

impl Say for UnitError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoHub(none) => none.say(lang),
            Self::School(school) => say!(
                lang,
                "{school} 是学校，下面不设单位。请在乡镇、县、市或省的节点上办理。",
                "{school} is a school and has no units. Do this at a town, county, city or province hub."
            ),
            Self::Elsewhere { unit, parent, manager: Some(manager) } => {
                let (unit, manager) = (unit.shown(lang), manager.shown(lang));
                say!(
                    lang,
                    "{unit}不直接归 {parent} 管。请在它的上级 {manager} 的节点上办理。",
                    "{unit} does not hang directly on {parent}. Do this at the hub above it, {manager}."
                )
            }
            Self::Elsewhere { unit, parent, manager: None } => {
                let unit = unit.shown(lang);
                say!(
                    lang,
                    "{unit}是省一级，上面没有节点，不能列在 {parent} 之下。请核对代码。",
                    "{unit} is a province and has no hub above it, so it cannot be below {parent}. Check the code."
                )
            }
        }
    }
}

impl Say for BadManager {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::NoHub(none) => none.say(lang),
            Self::NotAbove { unit, manager } => {
                let (unit, manager) = (unit.shown(lang), manager.shown(lang));
                say!(
                    lang,
                    "{manager}的级别不高于{unit}，不能作它的主管。请改填更高一级的区划。",
                    "{manager} is not of a higher level than {unit} and cannot manage it. Name a place of a higher level."
                )
            }
        }
    }
}

#[cfg(test)]
#[path = "tree_tests.rs"]
mod tests;
