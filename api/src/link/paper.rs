//! What a rule asks a link to rest on: a plan of what is to be done, an agreement between helper and target. Both are
//! plans among the records; a link is made together with its paper, or with one that is there.

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

/// A plan or an agreement of a link: one that is there, or one made with the link 结对依据.
#[derive(OneofObject, Serialize)]
#[graphql(name = "LinkPaperInput")]
pub enum LinkPaper {
    /// One that is there, about the same target, of the same ledger 已有规划或协议.
    Known(ID),
    /// One made with the link 随结对新建.
    New(PaperToWrite),
}

/// A plan or an agreement made with a link 随结对新建的规划或协议.
#[derive(InputObject, Serialize)]
#[graphql(name = "NewLinkPaperInput")]
pub struct PaperToWrite {
    /// Id chosen by the caller; a fresh one where absent.
    pub id: Option<Uuid>,
    /// What it is about, in a line 标题.
    pub title: String,
    /// What it says, at length 内容.
    pub detail: Option<String>,
    /// Code of its kind, from the catalogue PLAN_KIND: `HOUSEHOLD_PLAN`; needless for an agreement 类型.
    pub kind: Option<String>,
    /// First day it holds; that of the link where absent 起.
    pub from: Option<Date>,
    /// Last day it holds 止.
    pub until: Option<Date>,
}

/// The papers that a link is made with.
pub(super) struct Papers<'a> {
    pub plan: Option<&'a LinkPaper>,
    pub agreement: Option<&'a LinkPaper>,
}

impl Papers<'_> {
    /// The rule has what it asks for. A link becomes active by its day alone, so that one to come is asked as well.
    pub fn suffice(&self, rule: &link_rule::Model) -> Result<()> {
        for (field, asked, given) in [
            ("plan", rule.plan_required, self.plan.is_some()),
            ("agreement", rule.agreement_required, self.agreement.is_some()),
        ] {
            if asked && !given {
                let message = format!("the rule asks for a link's {field}: name one, or give a new one");
                return Err(Error::field(field, ErrorCode::Required, message));
            }
        }
        Ok(())
    }

    /// Lets them serve the link, which has been written.
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
        let of_agreement = (field == "agreement").then_some(AGREEMENT);
        let kind = self.kind.as_deref().or(of_agreement);
        let refused = |code, message: &str| Error::field(&format!("{field}.new.kind"), code, message);
        let kind = kind.ok_or_else(|| refused(ErrorCode::Required, "a new plan has a kind"))?;
        if is_agreement(kind) != (field == "agreement") {
            return Err(refused(ErrorCode::Invalid, &format!("`{kind}` is no kind of {field}")));
        }
        if self.until.is_some_and(|last| last < row.from_on) {
            let message = format!("a new {field} still holds when the link begins");
            return Err(Error::field(&format!("{field}.new.until"), ErrorCode::NotEligible, &message));
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

/// The field of a paper's own that an error names, as a path from the link's input.
fn within(error: Error, field: &str) -> Error {
    match error {
        Error::User(user) => {
            let path = user.field.as_ref().map_or_else(|| field.to_owned(), |at| format!("{field}.new.{at}"));
            Error::User(user).on(&path)
        }
        other => other,
    }
}

/// A paper that is there is about the target of the link, and still holds when the link begins; an agreement is with
/// its helper, too.
fn fits(paper: &Aggregate, field: &str, row: &link::Model) -> Result<()> {
    let of_helper = RefRole::helper(row.helper_kind).map(|role| (role, row.helper_id));
    let about = |one: (RefRole, Uuid)| paper.refs.contains(&one);
    let agreement = field == "agreement";
    let message = if is_agreement(&paper.row.kind) != agreement {
        "this is of another kind"
    } else if paper.row.verification == Verification::Rejected {
        "the office has rejected this"
    } else if !about((RefRole::target(row.target_kind), row.target_id)) {
        "this is about another target"
    } else if agreement && !of_helper.is_some_and(about) {
        "this is with another helper"
    } else if paper.row.until_on.is_some_and(|last| last < row.from_on) {
        "this ends before the link begins"
    } else {
        return Ok(());
    };
    Err(Error::field(field, ErrorCode::NotEligible, message))
}

/// From now on a paper serves the link as well.
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
