//! Any object by its global id. An object out of the viewer's scope answers as if it were absent.

use async_graphql::{Context, ID, Interface, Object};
use entity::fact::SourceType;

use crate::access_log;
use crate::account::{Account, AccountProposal};
use crate::activity::Activity;
use crate::application::Application;
use crate::committee::{Committee, CommitteeMember};
use crate::contribution::Contribution;
use crate::document::TrustedDocument;
use crate::exemption::Exemption;
use crate::household::Household;
use crate::industry::{Industry, IndustryUnit};
use crate::link::Link;
use crate::mark::Mark;
use crate::member::{Member, Person};
use crate::mutation::Reread;
use crate::need::Need;
use crate::organisation::Organisation;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::programme::{CategorySet, Checklist, DutyRule, Indicator, LinkRule, Programme};
use crate::project::Project;
use crate::proposal::Proposal;
use crate::region::Region;
use crate::rights::PersonalRequest;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// Object with a global id.
/// 具有全局标识的对象。
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "Global id.\n全局标识。"))]
#[expect(clippy::large_enum_variant, reason = "it lives for a moment, on its way into the answer")]
pub enum Node {
    Account(Account),
    AccountProposal(AccountProposal),
    Activity(Activity),
    Application(Application),
    CategorySet(CategorySet),
    Checklist(Checklist),
    Committee(Committee),
    CommitteeMember(CommitteeMember),
    Contribution(Contribution),
    DutyRule(DutyRule),
    Exemption(Exemption),
    Household(Household),
    Indicator(Indicator),
    Industry(Industry),
    IndustryUnit(IndustryUnit),
    Link(Link),
    LinkRule(LinkRule),
    Mark(Mark),
    Member(Member),
    Need(Need),
    Organisation(Organisation),
    Outcome(Outcome),
    Person(Person),
    PersonalRequest(PersonalRequest),
    Plan(Plan),
    Programme(Programme),
    Project(Project),
    Proposal(Proposal),
    Region(Region),
    TrustedDocument(TrustedDocument),
}

const MOST: usize = 100;

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// Object of that global id.
    /// 按全局标识读取对象。
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global id.\n全局标识。")] id: ID,
    ) -> Option<Result<Node>> {
        read(ctx, &id).await.transpose()
    }

    /// Objects in the order of the ids; null where an object is absent or not yours to read.
    /// 按全局标识批量读取,顺序与标识一致;不存在或无权读取的为空。
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, at most 100.\n全局标识,最多100个。")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Node>>> {
        if ids.len() > MOST {
            let message = say!("too-many-nodes", most = MOST);
            return Err(Error::Protocol { code: ErrorCode::Invalid, message });
        }
        let mut nodes = vec![];
        for id in &ids {
            nodes.push(match read(ctx, id).await {
                Err(error @ (Error::NotFound | Error::Forbidden)) => {
                    let ledger = Gid::decode(id).map(|gid| gid.ledger);
                    if let Some(result) = access_log::result_of(&error) {
                        access_log::refused(ctx, "nodes", ledger, result);
                    }
                    None
                }
                read => read?,
            });
        }
        Ok(nodes)
    }
}

async fn read(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    macro_rules! of {
        ($gid:ident, $($type:ident),*) => {
            match $gid.of {
                $(SourceType::$type => $type::reread(ctx, $gid.ledger, $gid.id).await?.map(Node::$type),)*
                _ => None,
            }
        };
    }
    let gid = Gid::decode(id).ok_or(Error::NotFound)?;
    let node = of!(
        gid,
        Account,
        AccountProposal,
        Activity,
        Application,
        CategorySet,
        Checklist,
        Committee,
        CommitteeMember,
        Contribution,
        DutyRule,
        Exemption,
        Household,
        Indicator,
        Industry,
        IndustryUnit,
        Link,
        LinkRule,
        Mark,
        Member,
        Need,
        Organisation,
        Outcome,
        Person,
        PersonalRequest,
        Plan,
        Programme,
        Project,
        Proposal,
        Region,
        TrustedDocument
    );
    node.map(Some).ok_or(Error::NotFound)
}
