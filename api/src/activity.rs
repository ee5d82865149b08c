//! Activities 工作记录: anything done on a date at a place. One record counts once as an activity, and once for each
//! link it names.

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

/// Anything done on a date at a place: a visit, research, a meeting 工作记录.
#[derive(async_graphql::Description)]
pub struct Activity(pub Fields);

record_object!(Activity {
    /// Code of its kind, from the catalogue ACTIVITY_KIND 类型.
    async fn kind(&self) -> &str {
        &self.0.0.kind
    }

    /// Persons reached, counted each time 人次.
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
    /// One activity 工作记录.
    activity,
    /// Activities that you may see 工作记录列表.
    activities
);

payload!(
    /// An activity, or what is to be mended 工作记录结果.
    ActivityPayload {
        /// The activity as it is now 工作记录.
        activity: Activity
    }
);

#[derive(Default)]
pub struct ActivityMutation;

#[Object]
impl ActivityMutation {
    /// Records an activity 登记工作记录.
    async fn activity_record(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What is to be done")] input: ActivityRecord,
    ) -> Option<async_graphql::Result<ActivityPayload>> {
        run(ctx, ledger_of_about(ctx, &input.about).await, input).await
    }
}

/// An activity to be recorded 登记工作记录.
#[derive(InputObject, Serialize)]
#[graphql(name = "ActivityRecordInput")]
pub struct ActivityRecord {
    /// Chosen by the caller, once per intent 幂等键.
    pub idempotency_key: String,
    /// What, when, where, by whom, for whom 记录要素.
    pub about: About,
    /// Code of its kind, from the catalogue ACTIVITY_KIND: `VISIT` 类型.
    pub kind: String,
    /// Persons reached, counted each time 人次.
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
