//! A route's reason, and what is wrong with a place, in both languages.

use proto::model::division::Place;
use proto::model::lang::{Lang, Say};
use proto::say;

use super::{Route, RouteError, Scope, Stop};

/// Why a case goes this way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Both places are of this county, or of this city without counties.
    OneCounty(Place),
    /// Two counties of this city (E01).
    OneCity(Place),
    /// Two districts of this municipality, which does a city's work (E01, 4.4, 1).
    OneMunicipality(Place),
    /// Two cities of this province (E02).
    OneProvince {
        /// The province.
        province: Place,
        /// A side that the province runs without a city between (4.4, 2).
        direct: Option<Place>,
    },
    /// Two cities of a body of its own, such as the Corps (4.4, 4).
    OneBody(Place),
    /// Nothing in common: a letter (E04).
    OtherProvince {
        /// Who writes.
        writer: Place,
        /// To whom.
        addressee: Place,
    },
    /// The destination is outside the tree (4.4, 6).
    Outside(Place),
}

impl Say for Why {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::OneCounty(county) => {
                let county = county.shown(lang);
                say!(
                    lang,
                    "两地同属{county}，由该地教育行政部门在本级内调整，不需要划转。",
                    "Both places belong to {county}, which hands the case on itself."
                )
            }
            Self::OneCity(city) => {
                let city = city.shown(lang);
                say!(
                    lang,
                    "两地是{city}的不同县（市、区），由市教育行政部门划转台账。",
                    "These are two counties of {city}: the city moves the case."
                )
            }
            Self::OneMunicipality(city) => {
                let city = city.shown(lang);
                say!(
                    lang,
                    "两地是{city}的不同区（县）。直辖市视同一个市，由市教育行政部门划转台账。",
                    "These are two districts of {city}. A municipality counts as one city, and moves the case."
                )
            }
            Self::OneProvince { province, direct: None } => {
                let province = province.shown(lang);
                say!(
                    lang,
                    "两地在{province}的不同市，由市汇总上报，省教育行政部门划转台账。",
                    "These are two cities of {province}: the city collects, the province moves the case."
                )
            }
            Self::OneProvince { province, direct: Some(direct) } => {
                let (province, direct) = (province.shown(lang), direct.shown(lang));
                say!(
                    lang,
                    "{direct}由{province}直接管理，中间没有市一级，由省教育行政部门划转台账。",
                    "{direct} is run by {province} with no city between: the province moves the case."
                )
            }
            Self::OneBody(body) => {
                let body = body.shown(lang);
                say!(
                    lang,
                    "两地都由{body}的教育行政部门管理，由该部门划转台账。",
                    "Both are managed by the department of {body}, which moves the case."
                )
            }
            Self::OtherProvince { writer, addressee } => {
                let (writer, addressee) = (writer.shown(lang), addressee.shown(lang));
                say!(
                    lang,
                    "两地不在同一个省，没有共同的上级。学校核实去向并劝返；不愿返回的，由{writer}教育行政部门去函{addressee}教育行政部门协商核查。",
                    "The provinces differ, so no hub is above both. The school confirms and persuades first; then {writer} writes a letter to {addressee}."
                )
            }
            Self::Outside(place) => {
                let place = place.shown(lang);
                say!(
                    lang,
                    "{place}不在本系统的层级之内，个案不划转，仍由原学校和原县负责。",
                    "{place} is outside this tree. The case is not moved: its school and county keep it."
                )
            }
        }
    }
}

impl Say for Route {
    /// The way in one line, and why.
    fn say(&self, lang: Lang) -> String {
        let letter = lang.pick("去函", "letter").to_owned();
        let stops = self.path.iter().map(|stop| match stop {
            Stop::Letter => letter.clone(),
            stop @ Stop::Region(_) => stop.to_string(),
        });
        let (scope, why) = (self.scope.say(lang), self.why.say(lang));
        match stops.collect::<Vec<_>>().join(" → ") {
            way if way.is_empty() => say!(lang, "{scope}。{why}", "{scope}. {why}"),
            way => say!(lang, "{scope}：{way}\n{why}", "{scope}: {way}\n{why}"),
        }
    }
}

impl Say for Scope {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::S0 => say!(lang, "S0 同一县（区）", "S0, the same county"),
            Self::S1 => say!(lang, "S1 同市跨县（区）", "S1, another county of the city"),
            Self::S2 => say!(lang, "S2 同省跨市", "S2, another city of the province"),
            Self::S3 => say!(lang, "S3 跨省", "S3, another province"),
            Self::S4 => say!(lang, "S4 境外或层级之外", "S4, outside the tree"),
        }
    }
}

/// How many counties a sentence lists.
const LISTED: usize = 12;

impl Say for RouteError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Find(error) => error.say(lang),
            Self::NoHub(error) => error.say(lang),
            Self::Abolished { code, name, successor } => {
                let successor = successor.shown(lang);
                say!(
                    lang,
                    "{code} 是已撤销的“{name}”的代码，现为{successor}。请改用新代码。",
                    "{code} is the code of {name}, which was abolished; it is {successor} now. Use the new code."
                )
            }
            Self::NoCounty { place, counties } => {
                let listed: Vec<String> =
                    counties.iter().take(LISTED).map(|county| county.shown(lang)).collect();
                let (place, list) = (place.shown(lang), listed.join(lang.pick("、", ", ")));
                say!(
                    lang,
                    "{place}下设县（市、区），学生由县级负责，请写明是哪一个，例如：{list}。",
                    "{place} has counties, and they answer for its children. Name one of them, such as {list}."
                )
            }
            Self::Same(place) => {
                let place = place.shown(lang);
                say!(
                    lang,
                    "流出地和流入地都是{place}，不需要划转。请核对目的地。",
                    "Origin and destination are both {place}: there is nothing to move. Check the destination."
                )
            }
        }
    }
}
