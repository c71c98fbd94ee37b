//! What an office's settings say of its documents: the section `[papers]` of its config.toml.

use serde::Deserialize;

use super::child::Contact;
use super::number::Prefix;
use super::register::RegisterError;
use crate::model::personal::{Personal, Purpose};

/// The section as it stands in the file. Nothing is required until a document needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Letterhead {
    /// 发文机关代字: the letters of its document numbers.
    pub prefix: Option<Prefix>,
    /// The county's education department, in full.
    pub department: String,
    /// The township government, in full.
    pub township: String,
    /// The county government, in full.
    pub government: String,
    /// 签发人
    pub signed_by: Option<Personal<String>>,
    /// 联系人
    pub contact: Option<Personal<String>>,
    /// 联系电话
    pub phone: Option<Personal<String>>,
}

impl Letterhead {
    /// The letters of the office's numbers.
    ///
    /// # Errors
    /// When they are not set.
    pub fn prefix(&self) -> Result<&Prefix, RegisterError> {
        self.prefix.as_ref().ok_or(RegisterError::NotSet("prefix"))
    }

    /// The county's education department.
    ///
    /// # Errors
    /// When it is not set.
    pub fn department(&self) -> Result<String, RegisterError> {
        named("department", &self.department)
    }

    /// The township government.
    ///
    /// # Errors
    /// When it is not set.
    pub fn township(&self) -> Result<String, RegisterError> {
        named("township", &self.township)
    }

    /// The county government.
    ///
    /// # Errors
    /// When it is not set.
    pub fn government(&self) -> Result<String, RegisterError> {
        named("government", &self.government)
    }

    /// Who signs.
    ///
    /// # Errors
    /// When nobody is set.
    pub fn signed_by(&self) -> Result<Personal<String>, RegisterError> {
        person("signed_by", self.signed_by.as_ref())
    }

    /// Who answers questions.
    ///
    /// # Errors
    /// When nobody is set.
    pub fn contact(&self) -> Result<Contact, RegisterError> {
        let name = person("contact", self.contact.as_ref())?;
        Ok(Contact { name, phone: person("phone", self.phone.as_ref())? })
    }
}

fn named(key: &'static str, text: &str) -> Result<String, RegisterError> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty()).ok_or(RegisterError::NotSet(key))
}

fn person(key: &'static str, said: Option<&Personal<String>>) -> Result<Personal<String>, RegisterError> {
    let filled = |name: &&Personal<String>| !name.open(Purpose::Document).trim().is_empty();
    said.filter(filled).cloned().ok_or(RegisterError::NotSet(key))
}
