//! The settings: a raw struct that refuses what it does not know, then a checked one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use proto::model::division::{AdministeredBy, Divisions, NoHub};
use proto::model::lang::{Lang, Say};
use proto::model::party::{NotAParty, Party, SchoolCode};
use proto::model::reason;
use proto::model::region::{NotARegion, Region};
use proto::paper::letterhead::Letterhead;
use proto::say;
use serde::Deserialize;

/// Checked settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// This school.
    pub party: Party,
    /// The school's name, for its own screens.
    pub name: String,
    /// Where the local services listen: loopback only.
    pub listen: SocketAddr,
    /// How the log is written.
    pub log: Log,
    /// What stands on the school's documents.
    pub papers: Letterhead,
}

/// How the log is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// As JSON, a line each.
    pub json: bool,
    /// What is logged, as in `RUST_LOG`.
    pub filter: String,
}

/// Why the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {}: {why}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        why: std::io::Error,
    },
    /// It is not the TOML that is expected.
    #[error("{}: {why}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Where and why.
        why: String,
    },
    /// No school code.
    #[error(transparent)]
    Code(#[from] NotAParty),
    /// No division code.
    #[error(transparent)]
    Region(#[from] NotARegion),
    /// The division has no hub.
    #[error(transparent)]
    NoHub(#[from] NoHub),
    /// The local services would be open to the network.
    #[error("the services must listen on loopback, not on {0}")]
    NotLoopback(String),
    /// The school has no name.
    #[error("the school's name is empty")]
    NoName,
}

impl Say for ConfigError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::File { path, why } => say!(
                lang,
                "无法读取设置文件 {}（{}）。新设学校请先运行 init，或用 --dir 指明数据目录。",
                "Cannot read the settings {} ({}). Run init for a new school, or name the data folder with --dir.",
                path.display(),
                reason::told(why, lang)
            ),
            Self::Syntax { path, why } => say!(
                lang,
                "设置文件 {} 有误，请改正后重试：\n{}",
                "The settings {} are wrong; correct them and try again:\n{}",
                path.display(),
                reason::misread(why, lang)
            ),
            Self::Code(error) => error.say(lang),
            Self::Region(error) => error.say(lang),
            Self::NoHub(error) => error.say(lang),
            Self::NotLoopback(address) => say!(
                lang,
                "设置 api.listen 为 {}，其他电脑也能连接。只能填写本机地址，例如 127.0.0.1:0。",
                "api.listen is {}, which other machines can reach. Use an address of this machine alone, such as 127.0.0.1:0.",
                address
            ),
            Self::NoName => {
                say!(lang, "学校名称为空，请填写。", "The school's name is empty; write it down.")
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    school: RawSchool,
    #[serde(default)]
    api: RawApi,
    #[serde(default)]
    log: RawLog,
    #[serde(default)]
    papers: Letterhead,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSchool {
    code: String,
    under: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawApi {
    listen: String,
}

impl Default for RawApi {
    fn default() -> Self {
        Self { listen: "127.0.0.1:0".to_owned() }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawLog {
    format: Format,
    filter: String,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Text,
    Json,
}

impl Default for RawLog {
    fn default() -> Self {
        Self { format: Format::Text, filter: "info".to_owned() }
    }
}

impl Config {
    /// Reads the settings at `path`.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path);
        let text = text.map_err(|why| ConfigError::File { path: path.to_owned(), why })?;
        Self::parse(&text, path)
    }

    /// Checks a text; `path` is for the message.
    ///
    /// # Errors
    /// See [`ConfigError`].
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let syntax =
            |why: toml::de::Error| ConfigError::Syntax { path: path.to_owned(), why: why.to_string() };
        let Raw { school, api, log, papers } = toml::from_str(text).map_err(syntax)?;
        let party = party(&school.code, &school.under)?;
        let name = school.name.trim().to_owned();
        if name.is_empty() {
            return Err(ConfigError::NoName);
        }
        let listen: Option<SocketAddr> = api.listen.parse().ok();
        let listen = listen.filter(|address| address.ip().is_loopback());
        let listen = listen.ok_or(ConfigError::NotLoopback(api.listen))?;
        let log = Log { json: log.format == Format::Json, filter: log.filter };
        Ok(Self { party, name, listen, log, papers })
    }

    /// The text that `init` writes.
    pub fn text(code: &str, under: &str, name: &str) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let (code, under, name) = (quoted(code), quoted(under), quoted(name));
        format!(
            "[school]\ncode = {code}\nunder = {under}\nname = {name}\n\n[api]\nlisten = \"127.0.0.1:0\"\n\n\
             [log]\nformat = \"text\"\nfilter = \"info\"\n"
        )
    }
}

/// The school's party: the hub that manages it, and its code (`domain/4-divisions.md` 4.4).
///
/// # Errors
/// When one of the two is wrong.
pub fn party(code: &str, under: &str) -> Result<Party, ConfigError> {
    let code: SchoolCode = code.parse()?;
    let region: Region = under.parse()?;
    let hub = Divisions::shipped().party_of(region, &AdministeredBy::default())?;
    Ok(hub.school(code).expect("a division's party is a hub"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Config, ConfigError> {
        Config::parse(text, Path::new("config.toml"))
    }

    #[test]
    fn the_sample_is_what_init_writes() {
        let sample = parse(include_str!("../../deploy/school.toml")).unwrap();
        assert_eq!(sample.party.to_string(), "p52/c5205/d520502/s2152000001");
        assert_eq!(parse(&Config::text("2152000001", "520502", "七星关区示范小学")).unwrap(), sample);
    }

    #[test]
    fn a_city_run_school_hangs_on_the_city() {
        let config = parse(&Config::text("2152000009", "520500", "毕节市实验学校")).unwrap();
        assert_eq!(config.party.to_string(), "p52/c5205/s2152000009");
    }

    #[test]
    fn what_is_wrong_is_named() {
        let school = "[school]\ncode = \"2152000001\"\nunder = \"520502\"\nname = \"x\"\n";
        for (text, named) in [
            (format!("{school}nickname = \"y\"\n"), "nickname"),
            (format!("{school}[api]\nlisten = \"0.0.0.0:80\"\n"), "0.0.0.0:80"),
            (format!("{school}[log]\nformat = \"xml\"\n"), "line 6, column 10: unknown variant `xml`"),
            (school.replace("2152000001", "215"), "\"215\""),
            (school.replace("520502", "529999"), "529999"),
            (school.replace("\"x\"", "\" \""), "name"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.say(Lang::En).contains(named), "{text}: {}", error.say(Lang::En));
            assert_ne!(error.say(Lang::En), error.say(Lang::Zh));
        }
    }
}
