//! Rows of households and families: finding them within a scope, and the facts that they yield.

use async_graphql::ID;
use entity::fact::{SourceType, Step};
use entity::fact_ref::RefRole;
use entity::ids::{CategoryId, HouseholdId, LedgerId};
use entity::values::Date;
use entity::{category, family_member, household, household_designation, link};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, QueryFilter};
use uuid::Uuid;

use crate::access::scope::Whole;
use crate::access::{Scope, Within};
use crate::ledger::{Draft, Moves, Record, Tx};
use crate::personal::{self, Owner};
use crate::roster;
use platform::check;
use platform::error::{Error, ErrorCode, Result};
use platform::gid::Gid;
use platform::say;

/// A household with the designations that its facts are made of.
pub struct Registered {
    pub row: household::Model,
    /// Designations with their codes.
    pub designations: Vec<(household_designation::Model, String)>,
}

impl Record for Registered {
    fn of(&self) -> SourceType {
        SourceType::Household
    }

    fn id(&self) -> Uuid {
        self.row.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        let row = &self.row;
        let itself = [(RefRole::TargetHousehold, row.id.0)];
        let fact =
            |step, on| Draft::new(SourceType::Household, row.id, step, row.village_id, on).refers(itself);
        let mut facts = vec![fact(Step::Recorded, row.registered_on).until(row.left_on)];
        let held =
            self.designations.iter().filter(|(held, _)| row.left_on.is_none_or(|last| held.from_on <= last));
        facts.extend(held.map(|(designation, code)| {
            fact(Step::Designated, designation.from_on)
                .until(earlier(designation.to_on, row.left_on))
                .kind(code.clone())
                .refers([(RefRole::Tag, designation.category_id.0)])
        }));
        facts
    }

    fn moves(&self) -> Moves {
        Moves { household: Some(self.row.id), village: Some(self.row.village_id), helper: None }
    }
}

/// A family member with its household, whose village and last day its facts need.
pub struct Family<'a> {
    pub row: &'a family_member::Model,
    pub household: &'a household::Model,
}

impl Record for Family<'_> {
    fn of(&self) -> SourceType {
        SourceType::FamilyMember
    }

    fn id(&self) -> Uuid {
        self.row.id.0
    }

    fn facts(&self) -> Vec<Draft> {
        if self.household.left_on.is_some_and(|last| last < self.row.from_on) {
            return vec![];
        }
        let last = earlier(self.row.to_on, self.household.left_on);
        vec![
            Draft::new(
                SourceType::FamilyMember,
                self.row.id,
                Step::Recorded,
                self.household.village_id,
                self.row.from_on,
            )
            .until(last)
            .refers([(RefRole::TargetHousehold, self.household.id.0)]),
        ]
    }

    fn moves(&self) -> Moves {
        Moves { household: Some(self.household.id), village: Some(self.household.village_id), helper: None }
    }
}

/// The earlier of two last days; none if both are missing.
fn earlier(one: Option<Date>, other: Option<Date>) -> Option<Date> {
    [one, other].into_iter().flatten().min()
}

/// A household of the act's ledger, within the scope. Refuses it if its data were erased.
pub async fn registered(tx: &Tx, scope: &Scope, id: HouseholdId, field: &str) -> Result<Registered> {
    let row = household::Entity::within(scope)
        .filter(household::Column::LedgerId.eq(tx.ledger()))
        .filter(household::Column::Id.eq(id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing(field))?;
    check::not_erased(row.erased_on, field)?;
    let designations = designations(tx.db(), scope, tx.ledger(), id).await?;
    Ok(Registered { row, designations })
}

/// A family member of the act's ledger, within the scope. Refuses it if the data of the member were erased.
pub async fn member(tx: &Tx, id: &ID, field: &str) -> Result<family_member::Model> {
    let gid = Gid::parse(id, field, &[SourceType::FamilyMember])?;
    let row = family_member::Entity::within(tx.scope())
        .filter(family_member::Column::LedgerId.eq(tx.ledger()))
        .filter(family_member::Column::Id.eq(gid.id))
        .one(tx.db())
        .await?
        .ok_or_else(|| Error::missing(field))?;
    check::not_erased(row.erased_on, field)?;
    Ok(row)
}

/// Refuses a family member who joins before birth, or whose birth date is not the one in the identity number. In
/// errors, `path` stands before the names of the member's fields.
pub async fn fits(
    tx: &Tx,
    row: &family_member::Model,
    household: &household::Model,
    path: &str,
) -> Result<()> {
    let in_number = personal::birth_in_number(tx, Owner::family_member(row.id, household.id)).await?;
    let field = format!("{path}{}", if row.born_on.is_some() { "bornOn" } else { "identityNumber" });
    if let Some(born_on) = row.born_on {
        check::born(&field, born_on, tx.today())?;
        if in_number.is_some_and(|day| day != born_on) {
            let message = say!("birth-date-not-in-number", field = field);
            return Err(Error::field(&field, ErrorCode::Invalid, message));
        }
    }
    if row.born_on.or(in_number).is_some_and(|born_on| row.from_on < born_on) {
        let message = say!("family-member-before-birth");
        return Err(Error::field(&field, ErrorCode::Invalid, message));
    }
    Ok(())
}

/// All members of a household's family, also past ones.
pub async fn family(tx: &Tx, household: HouseholdId) -> Result<Vec<family_member::Model>> {
    Ok(family_member::Entity::within(tx.scope())
        .filter(family_member::Column::LedgerId.eq(tx.ledger()))
        .filter(family_member::Column::HouseholdId.eq(household))
        .all(tx.db())
        .await?)
}

async fn designations(
    db: &impl ConnectionTrait,
    scope: &Scope,
    ledger: LedgerId,
    household: HouseholdId,
) -> Result<Vec<(household_designation::Model, String)>> {
    let rows = household_designation::Entity::within(scope)
        .filter(household_designation::Column::LedgerId.eq(ledger))
        .filter(household_designation::Column::HouseholdId.eq(household))
        .all(db)
        .await?;
    let ids: Vec<CategoryId> = rows.iter().map(|row| row.category_id).collect();
    let named = category::Entity::whole(scope).filter(category::Column::Id.is_in(ids)).all(db).await?;
    let code = |id| named.iter().find(|row| row.id == id).map(|row| row.code.clone()).unwrap_or_default();
    Ok(rows.into_iter().map(|row| (row.clone(), code(row.category_id))).collect())
}

/// The category of a household designation, by its code in the common catalogue.
pub async fn designation_named(tx: &Tx, code: &str, field: &str) -> Result<category::Model> {
    roster::designation_named(tx, "HOUSEHOLD_DESIGNATION", code, field).await
}

/// Condition for households that have the designation on that day.
pub(super) fn designated(code: &str, on: Date) -> Expr {
    use household_designation::Column;
    let dated = Query::select()
        .expr(Expr::val(1))
        .from(household_designation::Entity)
        .inner_join(
            category::Entity,
            Expr::col((category::Entity, category::Column::Id))
                .equals((household_designation::Entity, Column::CategoryId)),
        )
        .and_where(
            Expr::col((household_designation::Entity, Column::LedgerId))
                .equals((household::Entity, household::Column::LedgerId)),
        )
        .and_where(
            Expr::col((household_designation::Entity, Column::HouseholdId))
                .equals((household::Entity, household::Column::Id)),
        )
        .and_where(category::Column::Code.eq(code))
        .and_where(Column::FromOn.lte(on))
        .cond_where(Condition::any().add(Column::ToOn.is_null()).add(Column::ToOn.gte(on)))
        .to_owned();
    Expr::exists(dated)
}

/// Condition for households that have a link on that day.
pub(super) fn linked(on: Date) -> Expr {
    use link::Column;
    let active = Query::select()
        .expr(Expr::val(1))
        .from(link::Entity)
        .and_where(
            Expr::col((link::Entity, Column::LedgerId))
                .equals((household::Entity, household::Column::LedgerId)),
        )
        .and_where(
            Expr::col((link::Entity, Column::HouseholdId)).equals((household::Entity, household::Column::Id)),
        )
        .and_where(Column::FromOn.lte(on))
        .cond_where(Condition::any().add(Column::ToOn.is_null()).add(Column::ToOn.gte(on)))
        .to_owned();
    Expr::exists(active)
}
