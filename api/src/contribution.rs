//! Contributions 帮扶投入: help that was given, such as cash, goods with their value, jobs, aid or services. Figures
//! sum their quantity; a contribution without a quantity counts as 1.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::record;
use entity::values::{Money, Quantity};
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::run;
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::Result;

/// Help that was given, such as cash, goods, jobs, student aid or services.
/// 帮扶投入:捐款、捐物、提供岗位、助学、服务等。
#[derive(async_graphql::Description)]
pub struct Contribution(pub Fields);

record_object!(Contribution {
    /// Code of the kind of contribution, such as `GOODS`, from a category set CONTRIBUTION_KIND.
    /// 投入类型代码,如 `GOODS`(捐物),取自 CONTRIBUTION_KIND 类别集。
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Quantity given, counted in `unit`.
    /// 投入数量,单位见 `unit`。
    async fn quantity(&self) -> Quantity {
        self.0.0.quantity
    }

    /// Unit of the quantity; empty if neither the record nor its kind has one.
    /// 数量单位;记录和类型都没有单位的为空。
    async fn unit(&self) -> Option<&str> {
        self.0.0.unit.as_deref()
    }

    /// Amount in fen; of goods, their value.
    /// 金额(分);捐物为折价。
    async fn amount(&self) -> Money {
        self.0.0.amount
    }
});

impl Typed for Contribution {
    const OF: SourceType = SourceType::Contribution;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ContributionQuery,
    Contribution,
    /// One contribution, by its global id.
    /// 按标识查询一笔帮扶投入。
    contribution,
    /// Contributions that the viewer may see.
    /// 可查看的帮扶投入列表。
    contributions
);

payload!(
    /// A contribution, or the errors to correct.
    /// 帮扶投入结果,或需更正的错误。
    ContributionPayload {
        /// The contribution as it is now; empty if there are errors.
        /// 帮扶投入的当前内容;有错误时为空。
        contribution: Contribution
    }
);

#[derive(Default)]
pub struct ContributionMutation;

#[Object]
impl ContributionMutation {
    /// Records a contribution.
    /// 登记帮扶投入。
    async fn contribution_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The contribution to record.\n要登记的帮扶投入。")] input: ContributionRecord,
    ) -> Option<async_graphql::Result<ContributionPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// A contribution to record.
/// 要登记的帮扶投入。
#[derive(InputObject, Serialize)]
#[graphql(name = "ContributionRecordInput")]
pub struct ContributionRecord {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share: title, day, place, links and parties.
    /// 记录的共同要素:标题、日期、地点、结对和相关方。
    pub about: About,
    /// Code of the kind, such as `GOODS`, from a set CONTRIBUTION_KIND of the catalogue or of the record's programmes.
    /// 投入类型代码,如 `GOODS`(捐物),取自目录或所属行动的 CONTRIBUTION_KIND 类别集。
    pub kind: String,
    /// Quantity given, counted in `unit`; 1 if absent.
    /// 投入数量,单位见 `unit`,默认1。
    pub quantity: Option<Quantity>,
    /// Unit of the quantity, such as `台`; that of the kind if absent. If the kind is counted in one unit, another
    /// unit is converted to it, or refused if it cannot be.
    /// 数量单位,如`台`,默认该类型的单位;类型有统一单位的,其他单位换算为该单位,不可换算的拒绝。
    pub unit: Option<String>,
    /// Amount in fen; of goods, their value. 0 if absent.
    /// 金额(分);捐物填折价,默认0。
    pub amount: Option<Money>,
}

impl Act for ContributionRecord {
    const NAME: &'static str = "contributionRecord";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let quantity = self.quantity.unwrap_or(Quantity::whole(1));
        let unit = check::optional_text("unit", self.unit.as_deref())?;
        let amount = self.amount.unwrap_or_default();
        let entry = Entry::new(SourceType::Contribution, &self.about).kind("CONTRIBUTION_KIND", &self.kind);
        enter(tx, Entry { quantity, unit, amount, ..entry }).await
    }
}
