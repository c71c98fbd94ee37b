//! `rulebook`.

use proto::model::lang::Lang;
use proto::model::rulebook::say_label;
use proto::say;
use proto::wire::school::{RepairDocumentRequest, ShowRulesRequest};
use serde_json::json;

use super::args::Rulebook;
use super::page::moment;
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn rulebook(&self, command: Rulebook) -> Result<Page, Failure> {
        match command {
            Rulebook::Show => self.rules().await,
            Rulebook::Repair { topic, issuer, part } => {
                let request = self.ask(RepairDocumentRequest { topic, issuer, part });
                self.call(async |mut school| school.repair_document(request).await).await?;
                if self.json {
                    return Page::json(&json!({ "repaired": true }));
                }
                Ok(say!(
                    self.lang,
                    "已丢弃该文件，运行 sync 即重新获取。",
                    "The document is forgotten; sync fetches it again."
                )
                .into())
            }
        }
    }

    async fn rules(&self) -> Result<Page, Failure> {
        let request = self.ask(ShowRulesRequest {});
        let reply = self.call(async |mut school| school.show_rules(request).await).await?;
        if self.json {
            return Page::json(&reply);
        }
        let lang = self.lang;
        let mut page = Page::default();
        let (rules, calendar) = (say_label(&reply.rules, lang), say_label(&reply.calendar, lang));
        page.line(say!(lang, "规则：{rules}；校历：{calendar}", "rules: {rules}; calendar: {calendar}"));
        let held = reply.documents.iter().map(|row| {
            let version = row.version.to_string();
            [
                topic(&row.topic, lang),
                row.issuer.clone(),
                row.part.clone(),
                version,
                moment(row.issued),
                row.fault.clone(),
            ]
        });
        let refused = reply.refused.iter().map(|row| {
            let version = row.version.to_string();
            [
                topic(&row.topic, lang),
                row.issuer.clone(),
                row.part.clone(),
                version,
                moment(row.at),
                row.words.clone(),
            ]
        });
        let header = match lang {
            Lang::Zh => ["类别", "签发单位", "部分", "版本", "时间", "未采用原因"],
            Lang::En => ["topic", "issuer", "part", "version", "when", "not in force because"],
        };
        page.table(header, held.chain(refused).collect());
        page.line(&reply.text);
        Ok(page)
    }
}

/// A topic for people, with the word that `rulebook repair` takes.
fn topic(word: &str, lang: Lang) -> String {
    match (lang, word) {
        (Lang::Zh, "rulebook") => "规则 rulebook".to_owned(),
        (Lang::Zh, "calendar") => "校历 calendar".to_owned(),
        (Lang::Zh, "directory") => "名录 directory".to_owned(),
        (_, word) => word.to_owned(),
    }
}
