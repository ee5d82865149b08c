//! Plans and agreements of links. A rule may require a plan of the work, an agreement between helper and target, or
//! both. Both are records of the type Plan. `linkCreate` and `linkHandOver` take an existing one or create it (ADR 11).

use async_graphql::{ID, InputObject, OneofObject};
use entity::fact::{SourceType, Verification};
use entity::fact_ref::RefRole;
use entity::ids::ProgrammeId;
use entity::values::Date;
use entity::{link, link_rule};
use sea_orm::IntoActiveModel;
use serde::Serialize;
use uuid::Uuid;

use super::rows::{Bound, ends};
use crate::ledger::{Record, Tx};
use crate::plan::{AGREEMENT, is_agreement};
use crate::record::{About, Aggregate, Entry, amend, enter, of_type, ref_rows};
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::message::Message;
use platform::say;

/// Plan or agreement of a link: an existing one, or one to create with the link.
/// 结对的规划或协议:已有的,或随结对新建的。
#[derive(OneofObject, Serialize)]
#[graphql(name = "LinkPaperInput")]
pub enum LinkPaper {
    /// An existing plan or agreement in the same ledger, about the same target. It may not end before the link begins;
    /// an agreement must be with the same helper.
    /// 同一台账中针对同一帮扶对象的已有规划或协议,不得在结对开始前到期;协议须与同一帮扶方签订。
    Known(ID),
    /// A plan or agreement to create with the link.
    /// 随结对新建的规划或协议。
    New(PaperToWrite),
}

/// A plan or an agreement to create with a link.
/// 随结对新建的规划或协议。
#[derive(InputObject, Serialize)]
#[graphql(name = "NewLinkPaperInput")]
pub struct PaperToWrite {
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Title, in one line.
    /// 标题,一行文字。
    pub title: String,
    /// Text of the plan or agreement, in prose.
    /// 规划或协议的内容。
    pub detail: Option<String>,
    /// Code of the kind, from the catalogue set PLAN_KIND, such as `HOUSEHOLD_PLAN`. Required for a plan; an agreement
    /// is AGREEMENT if absent.
    /// 类型代码,取自公共目录 PLAN_KIND,如 `HOUSEHOLD_PLAN`;规划必填,协议默认为 AGREEMENT。
    pub kind: Option<String>,
    /// First day on which the plan or agreement holds; the link's first day if absent.
    /// 规划或协议的开始日期,默认为结对开始日期。
    pub from: Option<Date>,
    /// Last day on which the plan or agreement holds; no end if absent.
    /// 规划或协议的结束日期;默认不设结束日期。
    pub until: Option<Date>,
}

/// The plan and the agreement that a link is made with.
pub(super) struct Papers<'a> {
    pub plan: Option<&'a LinkPaper>,
    pub agreement: Option<&'a LinkPaper>,
}

impl Papers<'_> {
    /// Refuses a link without the plan or agreement that its rule requires. This includes a link that begins later: it
    /// becomes active by the calendar, and no later act could check.
    pub fn suffice(&self, rule: &link_rule::Model) -> Result<()> {
        if rule.plan_required && self.plan.is_none() {
            return Err(Error::field("plan", ErrorCode::Required, say!("link-plan-missing")));
        }
        if rule.agreement_required && self.agreement.is_none() {
            return Err(Error::field("agreement", ErrorCode::Required, say!("link-agreement-missing")));
        }
        Ok(())
    }

    /// Creates new papers for the link, and adds the link to existing ones. The link must have been written.
    pub async fn serve(&self, tx: &mut Tx, link: &Bound, programme: ProgrammeId) -> Result<()> {
        let row = &link.row;
        for (field, paper) in [("plan", self.plan), ("agreement", self.agreement)] {
            match paper {
                None => {}
                Some(LinkPaper::New(new)) => new.enter(tx, field, row).await?,
                Some(LinkPaper::Known(id)) => {
                    let known = of_type(tx, id, field, &[SourceType::Plan], None).await?;
                    fits(&known, field, row)?;
                    join(tx, known, link, programme).await?;
                }
            }
        }
        Ok(())
    }
}

impl PaperToWrite {
    async fn enter(&self, tx: &mut Tx, field: &str, row: &link::Model) -> Result<()> {
        let agreement = field == "agreement";
        let kind = self.kind.as_deref().or(agreement.then_some(AGREEMENT));
        let refused =
            |at: &str, code, message: Message| Error::field(&format!("{field}.new.{at}"), code, message);
        let kind = kind.ok_or_else(|| refused("kind", ErrorCode::Required, say!("plan-kind-missing")))?;
        if is_agreement(kind) != agreement {
            let message = if agreement {
                say!("agreement-kind-wrong", code = kind)
            } else {
                say!("plan-kind-wrong", code = kind)
            };
            return Err(refused("kind", ErrorCode::Invalid, message));
        }
        if self.until.is_some_and(|last| last < row.from_on) {
            let message = say!("paper-ends-before-link", day = row.from_on);
            return Err(refused("until", ErrorCode::NotEligible, message));
        }
        let about = About {
            id: self.id,
            title: self.title.clone(),
            detail: self.detail.clone(),
            happened_on: self.from.unwrap_or(row.from_on),
            links: vec![Gid::record(SourceType::Link, row.ledger_id, row.id).into()],
            ..About::default()
        };
        let entry = Entry::new(SourceType::Plan, &about).kind("PLAN_KIND", kind);
        let entry = Entry { until_on: self.until, ahead: true, ..entry };
        enter(tx, entry).await.map(drop).map_err(|error| within(error, field))
    }
}

/// Turns the field of a new paper's error into a path from the link's input: `title` becomes `plan.new.title`.
fn within(error: Error, field: &str) -> Error {
    match error {
        Error::User(user) => {
            let path = user.field.as_ref().map_or_else(|| field.to_owned(), |at| format!("{field}.new.{at}"));
            Error::User(user).on(&path)
        }
        other => other,
    }
}

/// Refuses an existing paper that is of the wrong kind, rejected, about another target, or ends before the link begins.
/// An agreement must be with the link's helper, too.
fn fits(paper: &Aggregate, field: &str, row: &link::Model) -> Result<()> {
    let of_helper = RefRole::helper(row.helper_kind).map(|role| (role, row.helper_id));
    let about = |one: (RefRole, Uuid)| paper.refs.contains(&one);
    let agreement = field == "agreement";
    let is_agreement = is_agreement(&paper.row.kind);
    let message = if agreement && !is_agreement {
        say!("paper-no-agreement")
    } else if is_agreement && !agreement {
        say!("paper-no-plan")
    } else if paper.row.verification == Verification::Rejected {
        say!("paper-rejected")
    } else if !about((RefRole::target(row.target_kind), row.target_id)) {
        say!("paper-about-another-target")
    } else if agreement && !of_helper.is_some_and(about) {
        say!("paper-with-another-helper")
    } else if paper.row.until_on.is_some_and(|last| last < row.from_on) {
        say!("paper-ends-before-link", day = row.from_on)
    } else {
        return Ok(());
    };
    Err(Error::field(field, ErrorCode::NotEligible, message))
}

/// Adds the link, its rule, helper, target and programme to the references of an existing paper.
async fn join(tx: &mut Tx, mut paper: Aggregate, link: &Bound, programme: ProgrammeId) -> Result<()> {
    let before = paper.moves();
    let mut new: Vec<(RefRole, Uuid)> = ends(&link.row).collect();
    new.push((RefRole::Programme, programme.0));
    new.retain(|one| !paper.refs.contains(one));
    tx.insert_many(ref_rows(tx.ledger(), paper.row.id, &new)).await?;
    paper.refs.extend(new);
    paper.programmes.extend(&link.programmes);
    let unchanged = paper.row.clone().into_active_model();
    amend(tx, paper, unchanged, before).await.map(drop)
}
