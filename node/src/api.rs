//! The school's own gRPC service, for its command line and its other software. A thin layer: words in,
//! an action of [`School`], words out in the caller's language.

use std::sync::Arc;

use proto::link::caller::{Bell, CallError, Called, Caller};
use proto::link::net::Net;
use proto::model::day::Day;
use proto::wire::school as wire;
use proto::wire::school::school_server;
use tonic::{Request, Response, Status};

use crate::desk::{School, SchoolError};

mod cases;
mod children;
mod courier;
mod days;
mod inflow;
mod listed;
mod overview;
mod papers;
mod referrals;
mod roll;
mod rules;
mod status;
mod up;

pub(crate) use rules::explanation_out;
pub use status::LANG_HEADER;
use status::refuse;

/// Who makes the call when somebody asks for one now.
pub enum Ringer {
    /// The loop of a running node.
    Loop(Bell),
    /// This command itself; one call at a time.
    Direct(tokio::sync::Mutex<Caller>),
}

impl std::fmt::Debug for Ringer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Loop(_) => "Loop",
            Self::Direct(_) => "Direct",
        })
    }
}

impl Ringer {
    async fn ring(&self) -> Result<Called, CallError> {
        match self {
            Self::Loop(bell) => bell.call_now().await,
            Self::Direct(caller) => caller.lock().await.once().await,
        }
    }
}

/// The service.
#[derive(Debug)]
pub struct Api {
    school: Arc<School>,
    ringer: Ringer,
    net: Arc<dyn Net>,
}

impl Api {
    /// A service over `school`.
    pub const fn new(school: Arc<School>, ringer: Ringer, net: Arc<dyn Net>) -> Self {
        Self { school, ringer, net }
    }
}

/// An empty text means "not said".
fn said(text: String) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn day_said(text: String) -> Result<Option<Day>, SchoolError> {
    Ok(said(text).map(|text| text.parse()).transpose()?)
}

fn account(by: String) -> String {
    said(by).unwrap_or_else(|| "local".to_owned())
}

/// A text of a request that is required or has a list of words, read or refused with the words.
fn coded<T>(
    what: &'static str,
    given: &str,
    choices: &'static str,
    find: impl Fn(&str) -> Option<T>,
) -> Answer<T> {
    let text = given.trim();
    let code = text.to_ascii_uppercase().replace('-', "_");
    find(text).or_else(|| find(&code)).ok_or_else(|| SchoolError::Word {
        what,
        given: given.to_owned(),
        choices,
    })
}

fn days_text<'a>(days: impl IntoIterator<Item = &'a Day>) -> Vec<String> {
    days.into_iter().map(Day::to_string).collect()
}

macro_rules! service {
    ($($method:ident($request:ident) -> $reply:ident;)*) => {
        #[tonic::async_trait]
        impl school_server::School for Api {
            $(async fn $method(
                &self,
                request: Request<wire::$request>,
            ) -> Result<Response<wire::$reply>, Status> {
                let lang = status::lang(&request);
                let answer = self.$method(request.into_inner(), lang).await;
                answer.map(Response::new).map_err(|error| refuse(error, lang))
            })*
        }
    };
}

service! {
    status(StatusRequest) -> StatusReply;
    doctor(DoctorRequest) -> DoctorReply;
    import_roster(ImportRosterRequest) -> ImportRosterReply;
    list_classes(ListClassesRequest) -> ListClassesReply;
    list_children(ListChildrenRequest) -> ListChildrenReply;
    explain_child(ExplainChildRequest) -> ExplainChildReply;
    call_roll(CallRollRequest) -> CallRollReply;
    import_absences(ImportAbsencesRequest) -> ImportAbsencesReply;
    show_roll(ShowRollRequest) -> ShowRollReply;
    record_fact(RecordFactRequest) -> RecordFactReply;
    list_facts(ListFactsRequest) -> ListFactsReply;
    withdraw_fact(WithdrawFactRequest) -> RecordFactReply;
    open_case(OpenCaseRequest) -> CaseReply;
    list_cases(ListCasesRequest) -> ListCasesReply;
    show_case(ShowCaseRequest) -> CaseReply;
    prove_case(ShowCaseRequest) -> ProveCaseReply;
    show_root(ShowRootRequest) -> ShowRootReply;
    step_case(StepCaseRequest) -> CaseReply;
    refer_case(ReferCaseRequest) -> CaseReply;
    withdraw_case(WithdrawCaseRequest) -> CaseReply;
    add_late_evidence(AddLateEvidenceRequest) -> CaseReply;
    list_papers(ListPapersRequest) -> ListPapersReply;
    deliver_paper(DeliverPaperRequest) -> PaperRow;
    count_papers_past(CountPapersPastRequest) -> ListPapersReply;
    list_inflow(ListInflowRequest) -> ListInflowReply;
    show_inflow(ShowInflowRequest) -> ShowInflowReply;
    found_inflow(FoundInflowRequest) -> FoundInflowReply;
    list_listed(ListListedRequest) -> ListListedReply;
    show_listed(ShowListedRequest) -> ShowListedReply;
    answer_listed(AnswerListedRequest) -> AnswerListedReply;
    list_openings(ListOpeningsRequest) -> ListOpeningsReply;
    explain_calendar(ExplainCalendarRequest) -> ExplainCalendarReply;
    set_school_calendar(SetSchoolCalendarRequest) -> SetSchoolCalendarReply;
    show_rules(ShowRulesRequest) -> ShowRulesReply;
    repair_document(RepairDocumentRequest) -> RepairDocumentReply;
    close_day(CloseDayRequest) -> CloseDayReply;
    show_sheet(ShowSheetRequest) -> ShowSheetReply;
    join_parent(JoinParentRequest) -> JoinParentReply;
    sync_now(SyncNowRequest) -> SyncNowReply;
    sync_status(SyncStatusRequest) -> SyncStatusReply;
    backup(BackupRequest) -> BackupReply;
    export_courier(ExportCourierRequest) -> ExportCourierReply;
    import_courier(ImportCourierRequest) -> ImportCourierReply;
}

/// What an answer may be.
type Answer<T> = Result<T, SchoolError>;

/// The status's word on the wire.
fn word(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        other => other.map_or_else(|_| String::new(), |value| value.to_string()),
    }
}
