//! What a fact refers to, and as what. Many-valued on purpose: any of several values may match a filter.

use sea_orm::entity::prelude::*;

use crate::fact::SourceType;
use crate::ids::{FactId, LedgerId};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "fact_ref")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub ledger_id: LedgerId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub fact_id: FactId,
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: RefRole,
    #[sea_orm(primary_key, auto_increment = false)]
    pub ref_id: Uuid,
}

impl ActiveModelBehavior for ActiveModel {}

text_enum! {
    /// As what something is referred to 引用角色.
    RefRole {
        /// 所属行动, with its parents
        Programme,
        /// 联系规则
        Rule,
        /// 服务的结对
        Link,
        /// 任务规则 that a mark answers
        Duty,
        /// 标签·类别
        Tag,
        /// 帮扶席位
        HelperMember,
        /// 帮扶委室
        HelperCommittee,
        /// 帮扶单位
        HelperOrganisation,
        /// 帮扶对象:农户
        TargetHousehold,
        /// 帮扶对象:区划
        TargetRegion,
        /// 帮扶对象:产业
        TargetIndustry,
        /// 帮扶对象:单位
        TargetOrganisation,
        /// 帮扶对象:委室
        TargetCommittee,
        /// 帮扶对象:席位
        TargetMember,
        /// 参与席位
        Participant,
        /// 带动农户
        DrivenHousehold,
        /// 人员
        Person,
        /// 所属单位
        Organisation,
        /// 所属委室
        Committee,
        /// 由何而来: the record this one arose from
        Origin,
    }
}

impl RefRole {
    /// The role of a helper of that kind.
    #[must_use]
    pub const fn helper(kind: PartyKind) -> Option<Self> {
        match kind {
            PartyKind::Member => Some(Self::HelperMember),
            PartyKind::Committee => Some(Self::HelperCommittee),
            PartyKind::Organisation => Some(Self::HelperOrganisation),
            PartyKind::Household | PartyKind::Region | PartyKind::Industry => None,
        }
    }

    /// The role of a target of that kind.
    #[must_use]
    pub const fn target(kind: PartyKind) -> Self {
        match kind {
            PartyKind::Member => Self::TargetMember,
            PartyKind::Committee => Self::TargetCommittee,
            PartyKind::Organisation => Self::TargetOrganisation,
            PartyKind::Household => Self::TargetHousehold,
            PartyKind::Region => Self::TargetRegion,
            PartyKind::Industry => Self::TargetIndustry,
        }
    }
}

text_enum! {
    /// What helps or is helped 主体类型.
    PartyKind {
        /// 席位
        Member,
        /// 委室
        Committee,
        /// 单位
        Organisation,
        /// 农户
        Household,
        /// 区划
        Region,
        /// 产业
        Industry,
    }
}

impl PartyKind {
    /// Types whose rows can help.
    pub const HELPERS: &[SourceType] = &[SourceType::Member, SourceType::Committee, SourceType::Organisation];

    /// Types whose rows can be helped.
    pub const TARGETS: &[SourceType] = &[
        SourceType::Household,
        SourceType::Region,
        SourceType::Industry,
        SourceType::Member,
        SourceType::Committee,
        SourceType::Organisation,
    ];

    /// The party that a row of that type can be.
    #[must_use]
    pub const fn of(source: SourceType) -> Option<Self> {
        match source {
            SourceType::Member => Some(Self::Member),
            SourceType::Committee => Some(Self::Committee),
            SourceType::Organisation => Some(Self::Organisation),
            SourceType::Household => Some(Self::Household),
            SourceType::Region => Some(Self::Region),
            SourceType::Industry => Some(Self::Industry),
            _ => None,
        }
    }

    /// The kind of row that the party is.
    #[must_use]
    pub const fn source(self) -> SourceType {
        match self {
            Self::Member => SourceType::Member,
            Self::Committee => SourceType::Committee,
            Self::Organisation => SourceType::Organisation,
            Self::Household => SourceType::Household,
            Self::Region => SourceType::Region,
            Self::Industry => SourceType::Industry,
        }
    }
}
