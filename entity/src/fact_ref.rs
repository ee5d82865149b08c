//! References of a fact to other rows, each in a role. A fact may have several references in one role: a filter matches
//! if any of them does.

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
    /// Role in which a fact or record refers to another row.
    /// 事实或记录对其他数据的引用角色。
    RefRole {
        /// Programme to which the record belongs, and the programmes above it.
        /// 所属行动及其上级行动。
        Programme,
        /// Link rule.
        /// 联系规则。
        Rule,
        /// Link that the work serves.
        /// 所服务的结对。
        Link,
        /// Duty rule that a mark answers.
        /// 完成标记所对应的任务规则。
        Duty,
        /// Tag: a category of a set.
        /// 标签,即类别集中的类别。
        Tag,
        /// Seat that helps.
        /// 提供帮扶的席位。
        HelperMember,
        /// Committee that helps.
        /// 提供帮扶的委室。
        HelperCommittee,
        /// Organisation that helps.
        /// 提供帮扶的单位。
        HelperOrganisation,
        /// Household that is helped.
        /// 帮扶对象:农户。
        TargetHousehold,
        /// Region that is helped.
        /// 帮扶对象:区划。
        TargetRegion,
        /// Industry that is helped.
        /// 帮扶对象:产业。
        TargetIndustry,
        /// Organisation that is helped.
        /// 帮扶对象:单位。
        TargetOrganisation,
        /// Committee that is helped.
        /// 帮扶对象:委室。
        TargetCommittee,
        /// Seat that is helped.
        /// 帮扶对象:席位。
        TargetMember,
        /// Seat that takes part.
        /// 参与的席位。
        Participant,
        /// Household that a project drives.
        /// 项目带动的农户。
        DrivenHousehold,
        /// Person of the roster.
        /// 人员。
        Person,
        /// Organisation to which the row belongs.
        /// 所属单位。
        Organisation,
        /// Committee to which the row belongs.
        /// 所属委室。
        Committee,
        /// Record from which this one arose.
        /// 产生本记录的来源记录。
        Origin,
    }
}

impl RefRole {
    /// The role of a helper of this kind; none for a kind that cannot help.
    #[must_use]
    pub const fn helper(kind: PartyKind) -> Option<Self> {
        match kind {
            PartyKind::Member => Some(Self::HelperMember),
            PartyKind::Committee => Some(Self::HelperCommittee),
            PartyKind::Organisation => Some(Self::HelperOrganisation),
            PartyKind::Household | PartyKind::Region | PartyKind::Industry => None,
        }
    }

    /// The role of a target of this kind.
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
    /// Kind of a party that helps or is helped.
    /// 帮扶方或帮扶对象的主体类型。
    PartyKind {
        /// Seat.
        /// 席位。
        Member,
        /// Committee.
        /// 委室。
        Committee,
        /// Organisation.
        /// 单位。
        Organisation,
        /// Household.
        /// 农户。
        Household,
        /// Region.
        /// 区划。
        Region,
        /// Industry.
        /// 产业。
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

    /// Kind of party that a row of this type is; none if it can neither help nor be helped.
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

    /// Type of the party's row.
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
