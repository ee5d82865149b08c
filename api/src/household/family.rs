//! Members of families 家庭成员, and how plainly their data are shown: all data of a minor are sensitive.

use async_graphql::{Context, Description, ID, Object};
use entity::fact::SourceType;
use entity::personal::PersonalKind;
use entity::values::Date;
use entity::{family_member, household};
use uuid::Uuid;

use crate::access::class::sight;
use crate::access::{Age, Datum, Sight};
use crate::loader::{self, FamilyOf};
use crate::mutation::Asking;
use crate::personal::{self, Owner};
use platform::error::Result;
use platform::gid::Gid;

/// A member of a household's family. The keeper is the office that keeps the ledger of the household.
/// 农户的家庭成员;建档单位为管理农户台账的单位。
#[derive(Description)]
pub struct FamilyMember {
    row: family_member::Model,
    household: household::Model,
}

#[Object(use_type_description)]
impl FamilyMember {
    /// Global id.
    /// 全局标识。
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::FamilyMember, self.row.ledger_id, self.row.id).into()
    }

    /// Name; empty if erased. Readers other than the keeper and the helper see the first character only, and
    /// nothing of a minor's name.
    /// 姓名,已删除的为空;除建档单位和帮扶人外只显示首字,未成年人的不显示。
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        if self.row.erased_on.is_some() {
            return None;
        }
        let sight = self.sight(ctx, Datum::Name).await;
        sight
            .map(|sight| personal::plain(ctx, &self.household, Datum::Name, sight, &self.row.name))
            .transpose()
    }

    /// Identity number, masked; not shown to helpers. `householdReveal` shows it to the keeper.
    /// 身份证号,掩码显示,对帮扶人不显示;建档单位可用 `householdReveal` 查看。
    async fn identity_number(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::IdentityNumber).await.transpose()
    }

    /// Phone, masked; in clear for the household's helper, who is not shown that of a minor.
    /// 电话,掩码显示;帮扶人可见完整号码,但未成年人的对帮扶人不显示。
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::Phone).await.transpose()
    }

    /// Relation to the head; only the keeper and the helper are shown that of a minor.
    /// 与户主关系;未成年人的只对建档单位和帮扶人显示。
    async fn relation(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.relation.as_str()).await.transpose()
    }

    /// Day on which the personal data of the member were erased, the name among them.
    /// 个人信息(含姓名)删除日期。
    async fn erased_on(&self) -> Option<Date> {
        self.row.erased_on
    }

    /// Birth date; shown to the keeper and the helper only.
    /// 出生日期;只对建档单位和帮扶人显示。
    async fn born_on(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        let (born_on, sight) = (self.row.born_on?, self.sight(ctx, Datum::BirthDate).await);
        sight.map(|sight| personal::whole(ctx, &self.household, Datum::BirthDate, sight, born_on)).transpose()
    }

    /// Occupation; only the keeper and the helper are shown that of a minor.
    /// 职业;未成年人的只对建档单位和帮扶人显示。
    async fn occupation(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.occupation.as_deref()?).await.transpose()
    }

    /// Schooling; only the keeper and the helper are shown that of a minor.
    /// 教育程度;未成年人的只对建档单位和帮扶人显示。
    async fn schooling(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.schooling.as_deref()?).await.transpose()
    }

    /// First day in the household; only the keeper and the helper are shown that of a minor.
    /// 在户起始日期;未成年人的只对建档单位和帮扶人显示。
    async fn from(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.circumstance(ctx, self.row.from_on).await.transpose()
    }

    /// Last day in the household, empty while there is none; only the keeper and the helper are shown that of a minor.
    /// 离户日期,仍在户的为空;未成年人的只对建档单位和帮扶人显示。
    async fn to(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.circumstance(ctx, self.row.to_on?).await.transpose()
    }
}

impl FamilyMember {
    #[must_use]
    pub const fn new(row: family_member::Model, household: household::Model) -> Self {
        Self { row, household }
    }

    async fn circumstance<T>(&self, ctx: &Context<'_>, what: T) -> Result<Option<T>> {
        let sight = self.sight(ctx, Datum::Circumstances).await?;
        Ok(personal::whole(ctx, &self.household, Datum::Circumstances, sight, what))
    }

    async fn sight(&self, ctx: &Context<'_>, datum: Datum) -> Result<Sight> {
        of_somebody(ctx, &self.household, datum, async || self.age(ctx).await).await
    }

    /// Age by the birth date, or by the identity number if there is no birth date. A member with neither counts as an
    /// adult.
    async fn age(&self, ctx: &Context<'_>) -> Result<Age> {
        let born_on = match self.row.born_on {
            Some(born_on) => Some(born_on),
            None => personal::born_on(ctx, &self.household, self.owner()).await?,
        };
        let today = ctx.app()?.clock.today();
        Ok(born_on.map_or(Age::Adult, |born_on| Age::of(born_on, today)))
    }

    const fn owner(&self) -> Owner {
        Owner::family_member(self.row.id, self.household.id)
    }

    async fn personal(&self, ctx: &Context<'_>, kind: PersonalKind) -> Result<Option<String>> {
        let sight = self.sight(ctx, Datum::of(kind)).await?;
        personal::of_household(ctx, &self.household, self.owner(), kind, sight).await
    }
}

/// How plainly a datum of a family member is shown; none if the household has no such member.
pub async fn sight_of_member(
    ctx: &Context<'_>,
    home: &household::Model,
    id: Uuid,
    datum: Datum,
) -> Result<Option<Sight>> {
    let family = loader::many(ctx.rows()?, FamilyOf(home.ledger_id, home.id)).await?;
    match family.into_iter().find(|row| row.id.0 == id) {
        Some(row) => FamilyMember::new(row, home.clone()).sight(ctx, datum).await.map(Some),
        None => Ok(None),
    }
}

/// How plainly a datum of the head is shown. The family member with the head's name, if there is one, gives the age.
pub async fn sight_of_head(ctx: &Context<'_>, home: &household::Model, datum: Datum) -> Result<Sight> {
    let age = async || {
        let family = loader::many(ctx.rows()?, FamilyOf(home.ledger_id, home.id)).await?;
        match family.into_iter().find(|row| row.name == home.head_name && row.to_on.is_none()) {
            Some(row) => FamilyMember::new(row, home.clone()).age(ctx).await,
            None => Ok(Age::Adult),
        }
    };
    of_somebody(ctx, home, datum, age).await
}

/// How plainly a datum of a person of the household is shown. The age is read only if it makes a difference.
async fn of_somebody(
    ctx: &Context<'_>,
    home: &household::Model,
    datum: Datum,
    age: impl AsyncFnOnce() -> Result<Age>,
) -> Result<Sight> {
    let to = ctx.viewer()?.towards_household(home);
    let [adult, minor] = Age::ALL.map(|whose| sight(to, datum, whose));
    if adult == minor { Ok(adult) } else { Ok(sight(to, datum, age().await?)) }
}
