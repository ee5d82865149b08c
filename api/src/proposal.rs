//! Proposals 提案·社情民意·建议·报告 that helpers put forward for a region, an industry or a household. Their first
//! step is FILED.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::record;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::run;
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::error::Result;

/// A proposal, suggestion, report or social opinion.
/// 提案、意见建议、报告或社情民意。
#[derive(async_graphql::Description)]
pub struct Proposal(pub Fields);

record_object!(Proposal {
    /// Code of the kind of proposal, such as `SUGGESTION`, from a category set PROPOSAL_KIND.
    /// 建言类型代码,如 `SUGGESTION`(意见建议),取自 PROPOSAL_KIND 类别集。
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }
});

impl Typed for Proposal {
    const OF: SourceType = SourceType::Proposal;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ProposalQuery,
    Proposal,
    /// One proposal, by its global id.
    /// 按标识查询一件提案或建议。
    proposal,
    /// Proposals that the viewer may see.
    /// 可查看的提案、建议列表。
    proposals
);

payload!(
    /// A proposal, or the errors to correct.
    /// 提案、建议结果,或需更正的错误。
    ProposalPayload {
        /// The proposal as it is now; empty if there are errors.
        /// 提案、建议的当前内容;有错误时为空。
        proposal: Proposal
    }
);

#[derive(Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Files a proposal.
    /// 提交提案或建议。
    async fn proposal_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The proposal to file.\n要提交的提案或建议。")] input: ProposalFile,
    ) -> Option<async_graphql::Result<ProposalPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A proposal to file.
/// 要提交的提案或建议。
#[derive(InputObject, Serialize)]
#[graphql(name = "ProposalFileInput")]
pub struct ProposalFile {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share: title, day, place, links and parties.
    /// 记录的共同要素:标题、日期、地点、结对和相关方。
    pub about: About,
    /// Code of the kind, such as `SUGGESTION`, from a set PROPOSAL_KIND of the catalogue or of the record's programmes.
    /// 建言类型代码,如 `SUGGESTION`(意见建议),取自目录或所属行动的 PROPOSAL_KIND 类别集。
    pub kind: String,
}

impl Act for ProposalFile {
    const NAME: &'static str = "proposalFile";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        enter(tx, Entry::new(SourceType::Proposal, &self.about).kind("PROPOSAL_KIND", &self.kind)).await
    }
}
