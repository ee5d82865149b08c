//! Proposals 提案·社情民意·建议·报告: what helpers put forward for a region, an industry or a household. Filing is the
//! first step.

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

/// A proposal, suggestion, report or social opinion 提案·建议.
#[derive(async_graphql::Description)]
pub struct Proposal(pub Fields);

record_object!(Proposal {
    /// Code of its kind, from the catalogue PROPOSAL_KIND 类型.
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
    /// One proposal 提案·建议.
    proposal,
    /// Proposals that you may see 提案·建议列表.
    proposals
);

payload!(
    /// A proposal, or what is to be mended 提案·建议结果.
    ProposalPayload {
        /// The proposal as it is now 提案·建议.
        proposal: Proposal
    }
);

#[derive(Default)]
pub struct ProposalMutation;

#[Object]
impl ProposalMutation {
    /// Files a proposal 提交提案·建议.
    async fn proposal_file(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ProposalFile,
    ) -> Option<async_graphql::Result<ProposalPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A proposal to be filed 提交提案·建议.
#[derive(InputObject, Serialize)]
#[graphql(name = "ProposalFileInput")]
pub struct ProposalFile {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, when, by whom, about whom 记录要素.
    pub about: About,
    /// Code of its kind, from the catalogue PROPOSAL_KIND: `SUGGESTION` 类型.
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
