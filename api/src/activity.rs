//! Activities 工作记录: work done on a day at a place. One record counts once as an activity, and once for each link
//! that it names.

use async_graphql::{Context, InputObject, Object};
use entity::fact::SourceType;
use entity::record;
use serde::Serialize;

use crate::access::Action;
use crate::ledger::{Act, Subject, Tx};
use crate::mutation::run;
use crate::record::{About, Entry, Fields, Typed, enter, ledger_of_about};
use crate::{payload, record_object, record_query};
use platform::check;
use platform::error::Result;

/// Work done on a day at a place, such as a visit, research or a meeting.
/// 工作记录:某日在某地开展的工作,如走访、调研、会议。
#[derive(async_graphql::Description)]
pub struct Activity(pub Fields);

record_object!(Activity {
    /// Code of the kind of activity, such as `VISIT`, from a category set ACTIVITY_KIND.
    /// 工作类型代码,如 `VISIT`(走访),取自 ACTIVITY_KIND 类别集。
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Person-times reached: a person reached twice counts twice.
    /// 服务人次:同一人两次计为两次。
    async fn persons(&self) -> i64 {
        self.0.0.persons
    }
});

impl Typed for Activity {
    const OF: SourceType = SourceType::Activity;

    fn wrap(row: record::Model) -> Self {
        Self(Fields(row))
    }
}

record_query!(
    ActivityQuery,
    Activity,
    /// One activity, by its global id.
    /// 按标识查询一条工作记录。
    activity,
    /// Activities that the viewer may see.
    /// 可查看的工作记录列表。
    activities
);

payload!(
    /// An activity, or the errors to correct.
    /// 工作记录结果,或需更正的错误。
    ActivityPayload {
        /// The activity as it is now; empty if there are errors.
        /// 工作记录的当前内容;有错误时为空。
        activity: Activity
    }
);

#[derive(Default)]
pub struct ActivityMutation;

#[Object]
impl ActivityMutation {
    /// Records an activity.
    /// 登记工作记录。
    async fn activity_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The activity to record.\n要登记的工作记录。")] input: ActivityRecord,
    ) -> Option<async_graphql::Result<ActivityPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// An activity to record.
/// 要登记的工作记录。
#[derive(InputObject, Serialize)]
#[graphql(name = "ActivityRecordInput")]
pub struct ActivityRecord {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Elements that all records share: title, day, place, links and parties.
    /// 记录的共同要素:标题、日期、地点、结对和相关方。
    pub about: About,
    /// Code of the kind, such as `VISIT`, from a set ACTIVITY_KIND of the catalogue or of the record's programmes.
    /// 工作类型代码,如 `VISIT`(走访),取自目录或所属行动的 ACTIVITY_KIND 类别集。
    pub kind: String,
    /// Person-times reached: a person reached twice counts twice; 0 if absent.
    /// 服务人次:同一人两次计为两次,默认0。
    pub persons: Option<i32>,
}

impl Act for ActivityRecord {
    const NAME: &'static str = "activityRecord";
    const ACTION: Action = Action::RecordWork;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let entry = Entry::new(SourceType::Activity, &self.about).kind("ACTIVITY_KIND", &self.kind);
        enter(tx, Entry { persons: check::persons("persons", self.persons)?, ..entry }).await
    }
}
