//! An account lies with the office that keeps it; accounts that administrators opened lie in the reference ledger. Of
//! these, an administrator of one region keeps only accounts whose roles all lie in the region and whose person, if
//! any, is kept there; an account with neither is left to administrators of all regions.

use entity::ids::{LedgerId, RegionId};
use entity::role_grant::Role;
use entity::{account, person, region, role_grant};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, QueryFilter, Select};

use super::policy::Action;
use super::scope::{Scope, Within, in_ledgers};
use super::viewer::Viewer;
use platform::error::Result;

impl Viewer {
    /// The accounts on which the viewer may do `action`.
    pub fn accounts(&self, action: Action) -> Result<Select<account::Entity>> {
        let scope = self.may(action)?;
        let rows = account::Entity::within(&scope);
        if !scope.holds(LedgerId::REFERENCE) || self.administers_everywhere() {
            return Ok(rows);
        }
        let own = self.grants.iter().filter(|grant| grant.role == Role::Admin);
        let own: Vec<RegionId> = own.filter_map(|grant| grant.region).collect();
        let elsewhere = role_grant::Column::RegionId
            .is_null()
            .or(role_grant::Column::RegionId.not_in_subquery(regions_in(&own)));
        let person_here = account::Column::PersonId.in_subquery(people_of(&scope));
        let here = Condition::all()
            .add(Expr::exists(roles().and_where(elsewhere).take()).not())
            .add(account::Column::PersonId.is_null().or(person_here))
            .add(account::Column::PersonId.is_not_null().or(Expr::exists(roles())));
        let kept_by_office = account::Column::KeeperId.ne(LedgerId::REFERENCE);
        Ok(rows.filter(Condition::any().add(kept_by_office).add(here)))
    }
}

/// Subquery: the roles of the outer query's account.
fn roles() -> SelectStatement {
    let of_account = Expr::col((role_grant::Entity, role_grant::Column::AccountId))
        .equals((account::Entity, account::Column::Id));
    Query::select().expr(Expr::val(1)).from(role_grant::Entity).and_where(of_account).take()
}

fn regions_in(own: &[RegionId]) -> SelectStatement {
    use region::Column::{CityId, CountyId, Id, ProvinceId, TownshipId};
    let lies_in = [Id, TownshipId, CountyId, CityId, ProvinceId]
        .into_iter()
        .fold(Condition::any(), |any, column| any.add(column.is_in(own.iter().copied())));
    Query::select().column(Id).from(region::Entity).cond_where(lies_in).take()
}

fn people_of(scope: &Scope) -> SelectStatement {
    let kept = in_ledgers(scope.backend(), person::Column::KeeperId, scope.ledgers());
    Query::select().column(person::Column::Id).from(person::Entity).and_where(kept).take()
}
