//! A role granted to an account at a region, from a day to a day.

use crate::values::Date;
use sea_orm::entity::prelude::*;

use crate::ids::{AccountId, CommitteeId, GrantId, OrganisationId, RegionId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "role_grant")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: GrantId,
    pub account_id: AccountId,
    pub role: Role,
    /// None for an administrator of an empty server, which has no regions yet.
    pub region_id: Option<RegionId>,
    pub organisation_id: Option<OrganisationId>,
    pub committee_id: Option<CommitteeId>,
    pub from_on: Date,
    pub to_on: Option<Date>,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// A role 角色. MEMBER is not granted: it follows from the account's person and its active seats.
    Role {
        /// 县级办公室
        CountyOffice,
        /// 市级
        CityOffice,
        /// 省级
        ProvinceOffice,
        /// 专委会
        Committee,
        /// 第一书记·工作组
        VillageTeam,
        /// 需求收集专人
        Collector,
        /// 承办单位
        Department,
        /// 督查组
        Inspector,
        /// 审计
        Auditor,
        /// 系统管理
        Admin,
        /// 第三方应用
        Client,
    }
}
