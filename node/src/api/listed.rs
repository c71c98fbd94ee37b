//! Children that lists from above name.

use proto::model::case::ListResult;
use proto::model::lang::{Lang, Say};
use proto::model::personal::Purpose;
use proto::office::said::Asked;
use proto::wire::school as wire;

use super::cases::case_id;
use super::inflow::record_out;
use super::{Answer, Api, account, coded, day_said};
use crate::desk::cases::listed::{Answering, ListedView};

const RESULTS: &str = "IN_SCHOOL 在本校就读, ELSEWHERE 在他校就读, PERSUADING 正在劝返, RETURNED 已返校, PLACED 已安置, \
    EXEMPT 经认定不具备学习能力, MOVED 已转往外地, ABROAD 出国（境）, COMPLETED 完成义务教育, DECEASED 死亡, \
    UNKNOWN 查无此人";

impl Api {
    pub(super) async fn list_listed(
        &self,
        _: wire::ListListedRequest,
        lang: Lang,
    ) -> Answer<wire::ListListedReply> {
        let views = self.school.listed_children().await?;
        Ok(wire::ListListedReply { children: views.iter().map(|view| row_out(view, lang)).collect() })
    }

    pub(super) async fn show_listed(
        &self,
        request: wire::ShowListedRequest,
        lang: Lang,
    ) -> Answer<wire::ShowListedReply> {
        let case = case_id(&request.case)?;
        let request = request.checked()?;
        let (view, record) = self.school.open_listed(case, request.purpose, account(request.by)).await?;
        Ok(wire::ShowListedReply {
            row: Some(row_out(&view, lang)),
            record: Some(record_out(&record?, lang)),
        })
    }

    pub(super) async fn answer_listed(
        &self,
        request: wire::AnswerListedRequest,
        lang: Lang,
    ) -> Answer<wire::AnswerListedReply> {
        let answering = Answering {
            case: case_id(&request.case)?,
            result: coded("result", &request.result, RESULTS, ListResult::from_code)?,
            on: day_said(request.on)?,
            note: request.note,
        };
        let view = self.school.answer_listed(answering).await?;
        Ok(wire::AnswerListedReply { row: Some(row_out(&view, lang)) })
    }
}

fn row_out(view: &ListedView, lang: Lang) -> wire::ListedRow {
    let ListedView { listed, pupil, overdue, .. } = view;
    let answered = listed.answers.last();
    let code = |result: Option<ListResult>| result.map(|it| it.code().to_owned()).unwrap_or_default();
    let words = |result: Option<ListResult>| result.map(|it| it.say(lang)).unwrap_or_default();
    let result = answered.map(|answer| answer.result);
    wire::ListedRow {
        case: listed.case.to_string(),
        list: listed.list.clone(),
        day: listed.day.to_string(),
        answer_by: listed.answer_by.map(|day| day.to_string()).unwrap_or_default(),
        overdue: *overdue,
        child: listed.child.map(|child| child.to_string()).unwrap_or_default(),
        name: pupil.as_ref().map(|(name, _)| name.open(Purpose::SchoolStaff).clone()).unwrap_or_default(),
        status_words: pupil.as_ref().map(|(_, status)| status.say(lang)).unwrap_or_default(),
        suggested: code(view.suggested()),
        suggested_words: words(view.suggested()),
        result: code(result),
        result_words: words(result),
        answered_on: answered.map(|answer| answer.day.to_string()).unwrap_or_default(),
    }
}
