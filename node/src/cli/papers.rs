//! `paper`.

use proto::model::lang::Lang;
use proto::say;
use proto::wire::school::{CountPapersPastRequest, DeliverPaperRequest, ListPapersRequest, PaperRow};

use super::args::cases::Paper;
use super::page::moment;
use super::{Desk, Failure, Page};

impl Desk {
    pub(super) async fn paper(&self, command: Paper) -> Result<Page, Failure> {
        match command {
            Paper::List => {
                let request = self.ask(ListPapersRequest {});
                let reply = self.call(async |mut school| school.list_papers(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(list(&reply.papers, self.lang)) }
            }
            Paper::After { number } => {
                let request = self.ask(CountPapersPastRequest { number });
                let reply = self.call(async |mut school| school.count_papers_past(request).await).await?;
                if self.json { Page::json(&reply) } else { Ok(list(&reply.papers, self.lang)) }
            }
            Paper::Deliver { number, to, way, receipt, by, day } => {
                let day = day.map(|day| day.to_string()).unwrap_or_default();
                let request = self.ask(DeliverPaperRequest { number, to, way, receipt, by, day });
                let row = self.call(async |mut school| school.deliver_paper(request).await).await?;
                if self.json { Page::json(&row) } else { Ok(list(&[row], self.lang)) }
            }
        }
    }
}

fn list(papers: &[PaperRow], lang: Lang) -> Page {
    let mut page = Page::default();
    let header = match lang {
        Lang::Zh => ["文号", "文种", "成文日期", "送达", "份数"],
        Lang::En => ["number", "document", "day", "delivered", "copies"],
    };
    let row = |paper: &PaperRow| {
        let PaperRow { number, kind, day, service_words, copies, .. } = paper;
        [number.clone(), kind.clone(), day.clone(), service_words.clone(), copies.to_string()]
    };
    page.table(header, papers.iter().map(row).collect());
    for paper in papers {
        for made in &paper.deliveries {
            let (at, number) = (moment(made.at), &paper.number);
            page.line(format!("{number}  {at}  {}  {}  {}  {}", made.to, made.way, made.by, made.receipt));
        }
    }
    let n = papers.len();
    page.line(say!(lang, "共 {n} 份", "{n} documents"));
    page
}
