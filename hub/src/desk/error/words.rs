//! What people read when a hub does not do what it was asked.

use proto::model::lang::{Lang, Say};
use proto::model::reason;
use proto::say;

use super::HubError;

impl Say for HubError {
    fn say(&self, lang: Lang) -> String {
        match self {
            Self::Config(e) => e.say(lang),
            Self::Open(e) => e.say(lang),
            Self::Store(e) => e.say(lang),
            Self::Key(e) => e.say(lang),
            Self::Identity(e) => e.say(lang),
            Self::Mismatch(e) => e.say(lang),
            Self::Lineage(e) => e.say(lang),
            Self::Authority(e) => e.say(lang),
            Self::Find(e) => e.say(lang),
            Self::Route(e) => e.say(lang),
            Self::Letter(e) => e.say(lang),
            Self::Incoming(e) => e.say(lang),
            Self::Neighbour(e) => e.say(lang),
            Self::Paper(e) => e.say(lang),
            Self::List(e) => e.say(lang),
            Self::Serial(e) => e.say(lang),
            Self::Unit(e) => e.say(lang),
            Self::NotAParty(e) => e.say(lang),
            Self::Address(e) => e.say(lang),
            Self::Code(e) => e.say(lang),
            Self::Rulebook(e) => e.say(lang),
            Self::Calendar(e) => e.say(lang),
            Self::Call(e) => e.say(lang),
            Self::Courier(e) => e.say(lang),
            Self::Backup(e) => e.say(lang),
            Self::Move(e) => e.say(lang),
            Self::Forged(e) => e.say(lang),
            Self::Case(e) => e.say(lang),
            Self::Register(e) => e.say(lang),
            Self::Clock(e) => e.say(lang),
            other => other.say_own(lang),
        }
    }
}

impl HubError {
    /// The sentences of this file's own errors.
    fn say_own(&self, lang: Lang) -> String {
        match self {
            Self::NotOwner(error) => error.say(lang),
            Self::Exists(dir) => say!(
                lang,
                "{} 中已有节点，未作任何改动。请换一个空目录，或直接运行 run。",
                "{} holds a hub already; nothing was changed. Choose an empty folder, or run it.",
                dir.display()
            ),
            Self::OtherHub { held, me } => say!(
                lang,
                "数据和证书属于 {held}，而配置写的是 {me}，没有打开。请改回配置；如确是另一个节点，请另用目录运行 init。",
                "The store and its certificate are of {held}, the settings say {me}; nothing was opened. Set them back; for another hub run init in another folder."
            ),
            Self::NotJoined(me) => say!(
                lang,
                "{me} 还没有加入上级。请向上级索取邀请码，运行 guixue-hub join 邀请码。",
                "{me} has not joined its parent yet. Ask the office above for an invitation and run guixue-hub join CODE."
            ),
            Self::Root(me) => say!(
                lang,
                "{me} 是省级节点，上面没有上级可加入。",
                "{me} is a province: there is no hub above it to join."
            ),
            Self::NoManager => say!(
                lang,
                "请用 --under 写明学校归谁管：本节点的区划代码，或下属乡镇的代码，例如 --under 520502100。",
                "Say with --under who manages the school: this hub's own code or one of its towns, such as --under 520502100."
            ),
            Self::Elsewhere(unit) => say!(
                lang,
                "该校已登记为 {unit}，再登记会重复计数。学校改变管理单位的，请先对原登记运行 units close，再发邀请。",
                "The school is registered as {unit} already and would count twice. If it has another manager now, run units close for that one first, then invite."
            ),
            Self::NotATown { place, me } => say!(
                lang,
                "{place} 既不是本节点（{me}），也不是本节点下属的乡镇。请核对代码。",
                "{place} is neither this hub ({me}) nor one of its towns. Check the code."
            ),
            Self::NoUnit(unit) => say!(
                lang,
                "{unit} 不是本节点的下属单位。请用 units 查看名单。",
                "{unit} is no unit of this hub. See the list with units."
            ),
            Self::StillCounts(unit) => say!(
                lang,
                "{unit} 的学校仍计入统计，暂不能关闭。请先在该单位用 units close 关闭其学校，待其再次上报后关闭；设备已损坏的，先从备份恢复或重新邀请。",
                "Schools of {unit} still count. Close them there first (units close), let it report once more, and close it then. If its machine is lost, restore it or invite it again first."
            ),
            Self::Revoked(unit) => say!(
                lang,
                "{unit} 的证书已停用。如需恢复，请重新邀请。",
                "The certificate of {unit} was revoked. Invite it again to let it back in."
            ),
            Self::NoKnock(unit) => say!(
                lang,
                "自本程序启动以来，{unit} 没有用有效证书联系过本节点。请让该单位先联系一次，再办理。",
                "Since this program started, {unit} has not called with a valid certificate. Let it call once, then try again."
            ),
            Self::NoPort => say!(
                lang,
                "公开地址的端口是 0，要等节点运行后才知道。请先运行 run，或在配置中写明端口。",
                "The public address has port 0, which is known only while the hub runs. Run it first, or write the port into the settings."
            ),
            Self::OtherUnit { unit, me } => say!(
                lang,
                "这个邀请码是发给 {unit} 的，本节点是 {me}。请核对邀请码。",
                "The invitation is for {unit}, this hub is {me}. Check the invitation."
            ),
            Self::Join(why) => say!(
                lang,
                "加入上级没有成功：{why}。本节点未作改动，可以重试。",
                "Joining the parent failed: {why}. Nothing was changed here; try again."
            ),
            other => other.say_of_cases(lang),
        }
    }

    fn say_of_cases(&self, lang: Lang) -> String {
        match self {
            Self::NoCase(case) => say!(
                lang,
                "本节点没有个案 {case}。请核对编号，用 transfer list 查看名单。",
                "There is no case {case} here. Check the number; see transfer list."
            ),
            Self::RowAnswered(case) => say!(
                lang,
                "名单中的个案 {case} 已经登记结果，不再指定学校。结果有误的，请用 inbound answer 更正。",
                "Case {case} of a list was answered, so no school is asked. If the answer is wrong, correct it with inbound answer."
            ),
            Self::OnItsWay(case) => say!(
                lang,
                "个案 {case} 正在划转或去函途中，现在不能这样办理。请先撤回划转，或等待答复。",
                "Case {case} is on its way, or a letter about it is: this cannot be done now. Recall it first, or wait for the answer."
            ),
            Self::NotSearched(case) => say!(
                lang,
                "个案 {case} 没有在本县查找过，不能登记为已找到。学生确在本县的，先用 transfer hand-on --to 本县代码 留在本县，再登记；在外地的，由流入地答复。",
                "Nobody looked for the child of case {case} in this county, so it is not entered as found. If it is here, keep the case with transfer hand-on --to and this county's code first; elsewhere the place that has the child answers."
            ),
            Self::NamesSomebody => say!(
                lang,
                "说明中写有姓名或者证件、电话号码，各级都会看到，有的还会永久留存，没有登记。请去掉后重试。",
                "The remark names a person or gives a number of one. Others read it, and some of it stays for good: nothing was entered. Write it without."
            ),
            Self::CaseHere { case, other } => say!(
                lang,
                "个案 {case} 的学生在本地另有个案 {other}，没有在本地就读，不能答复“已有学籍”。同一学生的两个个案只保留一个：请以“重复”退回（--reason duplicate），或者接收后办结本地个案。",
                "The child of case {case} has case {other} here: it is not in class, so already-enrolled is not the answer. One of the two cases stays: reject this one as duplicate, or accept it and close your own."
            ),
            Self::NothingToSettle(case) => say!(
                lang,
                "个案 {case} 没有需要登记核实情况的事项。请用 transfer show 查看下一步。",
                "Nothing in case {case} waits for an officer's word. See what comes next with transfer show."
            ),
            Self::SentBackAlready(case) => say!(
                lang,
                "个案 {case} 已退回学校，学校还没有重新提交。不必再退；可用 transfer hand-on 直接提请划转。",
                "Case {case} went back to its school, which has not submitted it again. It is not sent back twice; transfer hand-on hands it on as it is."
            ),
            Self::NotOffered(case) => say!(
                lang,
                "个案 {case} 没有待办的划转。请用 transfer show 查看状态。",
                "Nothing of case {case} is offered. See where it stands with transfer show."
            ),
            Self::NotOurs(case) => say!(
                lang,
                "个案 {case} 现由其他单位负责，本单位不能办理。请用 transfer show 查看由谁负责。",
                "Another place answers in case {case}, so this one cannot act. See who with transfer show."
            ),
            Self::NoRecord(case) => say!(
                lang,
                "个案 {case} 的密封材料尚未收到或无法打开。请先用 transfer ask 索取；打不开的，请以“密钥不符”退回重发。",
                "The sealed record of case {case} is not here or does not open. Ask for it with transfer ask; if it does not open, reject it with key-unknown so that it is sealed again."
            ),
            Self::NotAsked(case) => say!(
                lang,
                "个案 {case} 没有登记学生或者监护人不愿返回（E03、E04），不能去函外省。请退回学校先劝其返回并登记（transfer send-back），或由本单位登记（transfer unwilling）。",
                "Nobody recorded in case {case} that the child does not come back (E03, E04), so no letter goes to another province. Send it back to its school, which asks the child to come back first (transfer send-back), or record it here (transfer unwilling)."
            ),
            Self::NoPlace(case) => say!(
                lang,
                "个案 {case} 没有写明流入地，或流入地不在本省。请用 --to 写明区划代码。",
                "No place in this province is known for case {case}. Name it with --to CODE."
            ),
            Self::Abroad(place) => say!(
                lang,
                "{place} 不在本系统范围内（境外或港澳台），个案留在原地继续劝返。",
                "{place} is outside the tree (abroad, Hong Kong, Macau, Taiwan): the case stays where it is."
            ),
            Self::NothingWaits(leg) => say!(
                lang,
                "没有编号为 {leg} 的待划转个案。请用 transfer moves 查看。",
                "No offer {leg} waits here. See transfer moves."
            ),
            Self::NotReported(leg) => say!(
                lang,
                "本节点重新启动后，个案 {leg} 的双方尚未都报来各自的台账记录，现在划转可能与已经发出的步骤冲突，暂不能划转。双方联网后（一般一两个晚上）即可再办，该个案继续保留在待划转清单中。",
                "Since this hub was started, not both counties of {leg} have shown what they hold; a step taken now might contradict one that is on its way. The offer stays in the list: try again when both have called, usually after a night or two."
            ),
            Self::NoSealKey(unit) => say!(
                lang,
                "{unit} 尚未上报密封公钥，材料不能密封给它。请让该单位先联网一次，再办理。",
                "{unit} has not told its sealing key yet, so nothing can be sealed for it. Let it call once, then try again."
            ),
            other => other.say_rest(lang),
        }
    }

    fn say_rest(&self, lang: Lang) -> String {
        match self {
            Self::OtherCalendar { owner, me } => say!(
                lang,
                "这份校历的所有者是 {owner}，不是本节点（{me}）。请把 owner 改为本节点的代码，或由该单位下发。",
                "The calendar's owner is {owner}, not this hub ({me}). Set owner to this hub's code, or let that office issue it."
            ),
            Self::TooLong(bytes) => say!(
                lang,
                "文件有 {bytes} 字节，超过 256 KiB 的上限。请精简后再下发。",
                "The document has {bytes} bytes, more than the 256 KiB allowed. Shorten it."
            ),
            Self::NoDocument => say!(
                lang,
                "本节点没有这份文件。请用 rulebook list 查看文件名单。",
                "There is no such document here. See rulebook list."
            ),
            Self::OwnDocument => say!(
                lang,
                "这份文件由本节点签发，现行有效，没有需要清除的记录。内容有误的，请改正后重新下发（rulebook issue）。",
                "This hub has issued the document; it stands, and there is nothing to repair. If its text is wrong, issue a corrected one (rulebook issue)."
            ),
            Self::Field { field, found } => say!(
                lang,
                "{field} 的值“{found}”无法识别，请改正后重试。",
                "{field}: {found:?} cannot be read. Correct it and try again."
            ),
            Self::Backwards { from, to } => say!(
                lang,
                "起始日 {from} 晚于截止日 {to}。请调换两个日期。",
                "The period begins on {from}, after its end on {to}. Exchange the two days."
            ),
            Self::Unanswered { list, open } => say!(
                lang,
                "“{list}”还有 {open} 名学生没有核查结果，不能复函。请用 inbound list --open 查看，用 inbound answer 登记。",
                "{open} children of {list:?} have no result yet, so it is not answered. See inbound list --open; enter results with inbound answer."
            ),
            Self::NotToday { day, today } => say!(
                lang,
                "{day} 与本机日期（{today}）不符，没有确认。本机日期有误的，请先校正；否则请写今天的日期。",
                "{day} is not the day that this machine shows ({today}), so nothing is confirmed. Set the machine's date if it is wrong, or name today."
            ),
            Self::NotYet { day, today } => say!(
                lang,
                "{day} 尚未到来（今天是 {today}），还没有数据。请核对日期。",
                "{day} has not come (today is {today}), so there are no figures. Check the date."
            ),
            Self::Io { what, why } if why.kind() == std::io::ErrorKind::NotFound => {
                say!(lang, "{what} 不存在。请核对文件名。", "{what} does not exist. Check its name.")
            }
            Self::Io { what, why } if why.kind() == std::io::ErrorKind::InvalidData => say!(
                lang,
                "{what} 不是 UTF-8 文本。请另存为 UTF-8 编码的文本文件后重试。",
                "{what} is no UTF-8 text. Save it as UTF-8 and try again."
            ),
            Self::Io { what, why } if why.kind() == std::io::ErrorKind::AddrInUse => say!(
                lang,
                "{what} 已被另一个程序占用。请先停止它，或在 config.toml 中换一个端口。",
                "Another program listens on {what}. Stop it, or choose another port in config.toml."
            ),
            Self::Io { what, why } => {
                let why = reason::io(why, lang);
                say!(lang, "{what}：{why}。", "{what}: {why}.")
            }
            // the others have spoken in `say` and `say_own`
            other => other.to_string(),
        }
    }
}
