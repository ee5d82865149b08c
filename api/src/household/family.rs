//! Members of families 家庭成员, and what is shown of them: of a minor, everything is sensitive.

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

/// A member of a household's family 家庭成员.
#[derive(Description)]
pub struct FamilyMember {
    row: family_member::Model,
    household: household::Model,
}

#[Object(use_type_description)]
impl FamilyMember {
    /// Global id.
    pub async fn id(&self) -> ID {
        Gid::record(SourceType::FamilyMember, self.row.ledger_id, self.row.id).into()
    }

    /// Name; all but the first character is hidden from those who need no more, and all of a minor's 姓名.
    async fn name(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        if self.row.erased_on.is_some() {
            return None;
        }
        let sight = self.sight(ctx, Datum::Name).await;
        sight
            .map(|sight| personal::plain(ctx, &self.household, Datum::Name, sight, &self.row.name))
            .transpose()
    }

    /// Identity number; masked, and withheld from helpers 身份证号.
    async fn identity_number(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::IdentityNumber).await.transpose()
    }

    /// Phone; masked, but for the household's helper, from whom a minor's is withheld 电话.
    async fn phone(&self, ctx: &Context<'_>) -> Option<Result<String>> {
        self.personal(ctx, PersonalKind::Phone).await.transpose()
    }

    /// Relation to the head; a minor's is withheld from those who need no more 与户主关系.
    async fn relation(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.relation.as_str()).await.transpose()
    }

    /// When their data were erased; the name is gone with them 删除日期.
    async fn erased_on(&self) -> Option<Date> {
        self.row.erased_on
    }

    /// Birth date, withheld from those who need no more 出生日期.
    async fn born_on(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        let (born_on, sight) = (self.row.born_on?, self.sight(ctx, Datum::BirthDate).await);
        sight.map(|sight| personal::whole(ctx, &self.household, Datum::BirthDate, sight, born_on)).transpose()
    }

    /// Occupation; a minor's is withheld from those who need no more 职业.
    async fn occupation(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.occupation.as_deref()?).await.transpose()
    }

    /// Schooling; a minor's is withheld from those who need no more 教育程度.
    async fn schooling(&self, ctx: &Context<'_>) -> Option<Result<&str>> {
        self.circumstance(ctx, self.row.schooling.as_deref()?).await.transpose()
    }

    /// First day in the household; a minor's is withheld from those who need no more 起.
    async fn from(&self, ctx: &Context<'_>) -> Option<Result<Date>> {
        self.circumstance(ctx, self.row.from_on).await.transpose()
    }

    /// Last day in the household; a minor's is withheld from those who need no more 止.
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

    /// By the birth date, or by the identity number where there is none; who has neither counts as grown up.
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

/// What is shown of a member of a household's family.
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

/// What is shown of the head of a household: the member of the family with the head's name, who may be a minor.
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

/// What is shown of somebody of a household, whose age is looked at only where it matters.
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
