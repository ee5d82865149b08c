//! Acts on category sets 类别集: the kinds, categories and tags that a programme owns.

use async_graphql::{ID, InputObject};
use entity::fact::SourceType;
use entity::ids::{CategoryId, CategorySetId, ProgrammeId};
use entity::{category, category_set};
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, QueryFilter, Set};
use serde::Serialize;
use uuid::Uuid;

use super::own::{above, categories, category_of_catalogue, once, own};
use super::tighten::below;
use crate::access::Action;
use crate::access::scope::Whole;
use crate::ledger::{Act, Subject, Tx};
use crate::record::{VARIOUS, is_same_unit};
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

const fn subject(id: CategorySetId) -> Subject {
    Subject { of: SourceType::CategorySet, id: id.0 }
}

/// Input of `categorySetCreate`: the category set to create.
/// 新建类别集的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "CategorySetCreateInput")]
pub struct CategorySetCreate {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// UUID chosen by the caller; the server makes one if absent.
    /// 由调用方选择的UUID;默认由服务器生成。
    pub id: Option<Uuid>,
    /// Programme that owns the set.
    /// 类别集所属的行动。
    pub programme: ID,
    /// Code, unique in the programme. The code of a catalogue set extends that set for this programme.
    /// 类别集代码,在行动内唯一;使用公共目录的代码即为本行动扩充该类别集。
    pub code: String,
    /// Name of the set.
    /// 类别集名称。
    pub name: String,
    /// Categories of the set, in order.
    /// 集内类别,按顺序。
    #[graphql(default)]
    pub categories: Vec<CategoryInput>,
}

/// A category of a new set.
/// 新建类别集中的一个类别。
#[derive(InputObject, Serialize)]
pub struct CategoryInput {
    /// Code, unique in the set.
    /// 类别代码,在集内唯一。
    pub code: String,
    /// Name of the category.
    /// 类别名称。
    pub name: String,
    /// English name of the category.
    /// 类别的英文名称。
    pub name_en: Option<String>,
    /// Unit in which contributions or outcomes of this kind are counted, such as `亩`. If absent, the unit of the
    /// programme's first verified record of this kind.
    /// 该类帮扶投入或成效的计量单位,如“亩”;默认取本行动首条已核验记录的单位。
    pub unit: Option<String>,
}

impl CategoryInput {
    fn row(&self, tx: &Tx, set: CategorySetId, position: i32, path: &str) -> Result<category::ActiveModel> {
        let field = |name: &str| format!("{path}{name}");
        Ok(category::ActiveModel {
            id: Set(CategoryId::fresh()),
            set_id: Set(set),
            code: Set(check::code(&field("code"), &self.code)?),
            name: Set(check::text(&field("name"), &self.name)?),
            name_en: Set(check::optional_text(&field("nameEn"), self.name_en.as_deref())?),
            position: Set(position),
            unit: Set(check::optional_text(&field("unit"), self.unit.as_deref())?),
            keeper_id: Set(tx.ledger()),
        })
    }

    /// Refuses a unit other than the catalogue's for a kind that the catalogue has too: sums of that kind would mix
    /// units.
    async fn agrees_with_catalogue(&self, tx: &Tx, set: &str, field: &str) -> Result<()> {
        let Some(unit) = &self.unit else { return Ok(()) };
        let same = category_of_catalogue(tx, set, &self.code).await?;
        match same.and_then(|category| category.unit).filter(|known| known != VARIOUS) {
            Some(known) if !is_same_unit(unit, &known) => {
                let message = say!("category-unit-of-catalogue", code = self.code, unit = known);
                Err(Error::field(field, ErrorCode::Invalid, message))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a unit other than that of the same kind in a programme above or below: records there count here, too.
    async fn agrees_with_lineage(
        &self,
        tx: &Tx,
        programme: ProgrammeId,
        set: &str,
        field: &str,
    ) -> Result<()> {
        let mut around = above(tx, programme).await?;
        around.extend(below(tx, programme).await?);
        let sets = Query::select()
            .column(category_set::Column::Id)
            .from(category_set::Entity)
            .and_where(category_set::Column::Code.eq(set))
            .and_where(category_set::Column::ProgrammeId.is_in(around))
            .take();
        let same = category::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(category::Column::Code.eq(self.code.as_str()))
            .filter(category::Column::SetId.in_subquery(sets))
            .all(tx.db())
            .await?;
        let agrees = |other: &category::Model| match (&self.unit, &other.unit) {
            (Some(unit), Some(known)) => is_same_unit(unit, known),
            (None, None) => true,
            _ => false,
        };
        match same.iter().find(|other| !agrees(other)) {
            None => Ok(()),
            Some(other) => {
                let unit = other.unit.clone().unwrap_or_else(|| "-".to_owned());
                let message = say!("category-unit-of-lineage", code = self.code, unit = unit);
                Err(Error::field(field, ErrorCode::Invalid, message))
            }
        }
    }
}

impl Act for CategorySetCreate {
    const NAME: &'static str = "categorySetCreate";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let programme = own(tx, &self.programme).await?.id;
        once("categories.code", self.categories.iter().map(|category| category.code.as_str()))?;
        let row = tx
            .insert(category_set::ActiveModel {
                id: Set(CategorySetId(tx.new_id(self.id).await?)),
                programme_id: Set(Some(programme)),
                code: Set(check::code("code", &self.code)?),
                name: Set(check::name("name", &self.name)?),
                keeper_id: Set(tx.ledger()),
            })
            .await?;
        for category in &self.categories {
            category.agrees_with_catalogue(tx, &row.code, "categories.unit").await?;
            category.agrees_with_lineage(tx, programme, &row.code, "categories.unit").await?;
        }
        let rows: Vec<_> = (0..)
            .zip(&self.categories)
            .map(|(position, category)| category.row(tx, row.id, position, "categories."))
            .collect::<Result<_>>()?;
        tx.insert_many(rows).await?;
        Ok(subject(row.id))
    }
}

/// Input of `categoryAdd`: the category to add.
/// 新增类别的输入。
#[derive(InputObject, Serialize)]
#[graphql(name = "CategoryAddInput")]
pub struct CategoryAdd {
    /// Key chosen by the caller, once per intent; sending it again repeats the answer, not the act.
    /// 幂等键:同一操作重复提交时使用同一键。
    pub idempotency_key: String,
    /// Category set to add the category to.
    /// 要加入该类别的类别集。
    pub set: ID,
    /// Code, unique in the set.
    /// 类别代码,在集内唯一。
    pub code: String,
    /// Name of the category.
    /// 类别名称。
    pub name: String,
    /// English name of the category.
    /// 类别的英文名称。
    pub name_en: Option<String>,
    /// Unit in which contributions or outcomes of this kind are counted, such as `亩`. If absent, the unit of the
    /// programme's first verified record of this kind.
    /// 该类帮扶投入或成效的计量单位,如“亩”;默认取本行动首条已核验记录的单位。
    pub unit: Option<String>,
}

impl Act for CategoryAdd {
    const NAME: &'static str = "categoryAdd";
    const ACTION: Action = Action::KeepRules;

    fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    async fn apply(&self, tx: &mut Tx) -> Result<Subject> {
        let id = CategorySetId(Gid::parse(&self.set, "set", &[SourceType::CategorySet])?.id);
        let set = category_set::Entity::whole(&tx.may(Action::ReadReference)?)
            .filter(category_set::Column::Id.eq(id))
            .filter(category_set::Column::KeeperId.eq(tx.ledger()))
            .one(tx.db())
            .await?
            .ok_or_else(|| Error::missing("set"))?;
        let known = categories(tx, [set.id]).await?;
        let next = known.iter().map(|category| category.position + 1).max().unwrap_or(0);
        let new = CategoryInput {
            code: self.code.clone(),
            name: self.name.clone(),
            name_en: self.name_en.clone(),
            unit: self.unit.clone(),
        };
        new.agrees_with_catalogue(tx, &set.code, "unit").await?;
        if let Some(programme) = set.programme_id {
            new.agrees_with_lineage(tx, programme, &set.code, "unit").await?;
        }
        tx.insert(new.row(tx, set.id, next, "")?).await?;
        Ok(subject(set.id))
    }
}
