//! The wire's history. A party speaks every version from [`OLDEST`] to [`NEWEST`]; two neighbours use
//! the highest that both speak, so either may be upgraded first.

/// Every protocol version that was ever released.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u32)]
pub enum Version {
    /// The founding version: sheets and totals up, documents and receipts down.
    V1 = 1,
}

/// The newest version this release speaks.
pub const NEWEST: u32 = Version::V1 as u32;
/// The oldest version this release speaks.
pub const OLDEST: u32 = Version::V1 as u32;

/// The versions one side speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speaks {
    /// The newest.
    pub newest: u32,
    /// The oldest.
    pub oldest: u32,
}

impl Default for Speaks {
    fn default() -> Self {
        Self { newest: NEWEST, oldest: OLDEST }
    }
}

impl Speaks {
    /// The highest version that both speak.
    pub fn common(self, other: Self) -> Option<u32> {
        let version = self.newest.min(other.newest);
        (version >= self.oldest.max(other.oldest)).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::Speaks;

    #[test]
    fn one_version_ahead_or_behind_still_talks() {
        let speaks = |oldest, newest| Speaks { newest, oldest };
        for (mine, theirs, common) in [
            (speaks(1, 1), speaks(1, 2), Some(1)),
            (speaks(1, 2), speaks(1, 1), Some(1)),
            (speaks(2, 3), speaks(1, 2), Some(2)),
            (speaks(3, 3), speaks(1, 2), None),
        ] {
            assert_eq!(mine.common(theirs), common);
        }
    }
}
