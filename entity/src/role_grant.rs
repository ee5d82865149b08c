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
    /// Role of an account. The role of a member is not granted: it follows from the active seats of the account's
    /// person.
    /// 账户角色;委员角色不授予,由本人在任席位产生。
    Role {
        /// Office of a county, which keeps the county's ledger.
        /// 县级办公室,管理本县台账。
        CountyOffice,
        /// Office of a city, which reads the ledgers of its counties.
        /// 市级办公室,可查看所辖各县台账。
        CityOffice,
        /// Office of a province, which sees aggregates and no household's identity.
        /// 省级办公室,只看汇总,不看农户身份。
        ProvinceOffice,
        /// Special committee, for its own links.
        /// 专委会,限本委室的结对。
        Committee,
        /// First secretary or village work team, for one village.
        /// 驻村第一书记、工作组,限本村。
        VillageTeam,
        /// Collector of needs, for the own region.
        /// 需求收集专人,限本区划。
        Collector,
        /// Department, for the needs and proposals assigned to it.
        /// 承办单位,办理交办的需求和提案。
        Department,
        /// Inspector, who reads the ledgers of a region and below.
        /// 督查组,可查看本级及以下台账。
        Inspector,
        /// Auditor, who reads the audit trail only.
        /// 审计,仅查看审计日志。
        Auditor,
        /// Administrator of regions, accounts and applications, without household data.
        /// 系统管理,管理区划、账户和应用,不看农户信息。
        Admin,
        /// Third-party application.
        /// 第三方应用。
        Client,
    }
}
