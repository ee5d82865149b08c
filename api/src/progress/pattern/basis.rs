//! What a figure rests on, said by its definition: people and households, or what may be told exactly of anyone.

use entity::definition::{Definition, Measure, Measured};
use entity::fact::SourceType;
use entity::fact_ref::{PartyKind, RefRole};

use crate::progress::measure::is_region;

/// What a figure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Meetings, villages, bodies, projects, funds: exact, whoever asks.
    Things,
    /// People or households: shown as the pattern has it.
    People,
    /// People or households, in a way that does not add up over places: not for those who are shown a pattern.
    Withheld,
}

impl Basis {
    #[must_use]
    pub fn of(definition: &Definition) -> Self {
        let parts = || definition.parts();
        if !parts().any(rests_on_people) {
            return Self::Things;
        }
        let one_time = parts().all(|part| part.time == definition.measure.time);
        if one_time && !definition.of_denominator && parts().all(|part| adds_up(part) && is_plain(part)) {
            Self::People
        } else {
            Self::Withheld
        }
    }
}

/// Whether an indicator that an office defined itself may be told to those who may not see small figures: it rests on
/// no people, and its filter finds nobody's records.
#[must_use]
pub fn names_nobody(definition: &Definition) -> bool {
    let finds_nobody = |part: &Measured| {
        let counted = Measured { measure: Measure::Count, ..part.clone() };
        let is_loose = part.helper.is_none()
            && part.target.is_none()
            && part.quantity_from.is_none()
            && part.quantity_to.is_none();
        is_loose && is_plain(part) && !rests_on_people(&counted)
    };
    Basis::of(definition) == Basis::Things && definition.parts().all(finds_nobody)
}

/// Roles in which people and households are referred to.
pub const fn is_personal(role: RefRole) -> bool {
    use RefRole::{DrivenHousehold, HelperMember, Participant, Person, TargetHousehold, TargetMember};
    matches!(role, TargetHousehold | DrivenHousehold | TargetMember | HelperMember | Participant | Person)
}

fn rests_on_people(part: &Measured) -> bool {
    use SourceType::{
        Activity, Contribution, Exemption, FamilyMember, Household, Link, Mark, Need, Outcome, Plan, Proposal,
    };
    match part.measure {
        Measure::SumPersons | Measure::HouseholdPersons => true,
        Measure::Distinct | Measure::Minimum => part.by.is_none_or(is_personal),
        Measure::Count | Measure::SumQuantity | Measure::SumAmount | Measure::Latest => match part.of {
            Household | FamilyMember | Exemption => true,
            // Of a project, a body, a place or a seat the thing itself is counted, not those it is for.
            Link | Activity | Need | Contribution | Outcome | Plan | Mark | Proposal => {
                part.targets.is_empty()
                    || part
                        .targets
                        .iter()
                        .any(|kind| matches!(kind, PartyKind::Household | PartyKind::Member))
            }
            _ => false,
        },
    }
}

fn adds_up(part: &Measured) -> bool {
    !matches!(part.measure, Measure::HouseholdPersons | Measure::Minimum | Measure::Latest)
}

/// Whether a fact passes by what it says itself: what else is said later changes nothing.
fn is_plain(part: &Measured) -> bool {
    !is_region(part)
        && part.helper_kinds.is_empty()
        && part.helper_tags.is_empty()
        && part.target_kinds.is_empty()
        && part.target_designation.is_none()
        && part.place_designation.is_none()
        && part.origin.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(of: SourceType, targets: &[PartyKind]) -> Definition {
        let measure = Measured { of, targets: targets.to_vec(), ..Measured::default() };
        Definition { measure, or: vec![], denominator: None, of_denominator: false }
    }

    #[test]
    fn visits_to_households_rest_on_households_and_visits_to_villages_do_not() {
        assert_eq!(Basis::of(&counting(SourceType::Activity, &[PartyKind::Household])), Basis::People);
        assert_eq!(Basis::of(&counting(SourceType::Activity, &[])), Basis::People);
        assert_eq!(Basis::of(&counting(SourceType::Activity, &[PartyKind::Region])), Basis::Things);
        assert_eq!(Basis::of(&counting(SourceType::Project, &[])), Basis::Things);
    }

    #[test]
    fn what_does_not_add_up_is_withheld() {
        let mut least = counting(SourceType::Activity, &[PartyKind::Household]);
        (least.measure.measure, least.measure.by) = (Measure::Minimum, Some(RefRole::TargetHousehold));
        assert_eq!(Basis::of(&least), Basis::Withheld);
        least.measure.by = Some(RefRole::TargetRegion);
        assert_eq!(Basis::of(&least), Basis::Things);
    }
}
