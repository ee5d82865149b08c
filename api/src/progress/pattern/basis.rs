//! The people that figures rest on. A fact rests on the households, family members and persons without a seat that it
//! names, whatever its type. A definition only says whether any fact that passes could name one. Seats are public
//! offices: a fact does not rest on them.

use entity::definition::{Definition, Measure, Measured};
use entity::fact::{SourceType, Step};
use entity::fact_ref::{PartyKind, RefRole};
use entity::indicator;
use sea_orm::Iterable;

/// How an indicator's figures are shown to viewers who must not see figures under five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// No fact that counts can name people: figures are exact.
    Things,
    /// Facts that count may name people: figures are shown by the pattern.
    People,
    /// A programme's own indicator of villages, bodies and industries: figures are exact, but a figure is hidden if a
    /// fact that counts also names people.
    Unnamed,
    /// Facts that count may name people, and no pattern can be made: figures do not add up over places, or change with
    /// other rows, or the indicator is a programme's own. Figures are hidden.
    Withheld,
}

impl Basis {
    #[must_use]
    pub fn of(indicator: &indicator::Model) -> Self {
        let definition = &indicator.definition;
        let is_own = indicator.programme_id.is_some();
        if is_own && definition.parts().any(may_name_people) && !names_nobody(definition) {
            return Self::Withheld;
        }
        if !definition.parts().any(may_rest_on_people) {
            return Self::Things;
        }
        if is_own {
            return Self::Unnamed;
        }
        let parts = || definition.parts();
        let one_time = parts().all(|part| part.time == definition.measure.time);
        if one_time && !definition.of_denominator && parts().all(|part| adds_up(part) && is_plain(part)) {
            Self::People
        } else {
            Self::Withheld
        }
    }
}

/// True if a programme's own indicator may be published: no part of it looks for people, or for records of a single
/// party. A record of a village may also name a household; the figure is hidden then.
#[must_use]
pub fn names_nobody(definition: &Definition) -> bool {
    let finds_nobody = |part: &Measured| {
        let is_loose = part.helper.is_none()
            && part.target.is_none()
            && part.quantity_from.is_none()
            && part.quantity_to.is_none();
        let counts_things = !matches!(part.measure, Measure::SumPersons | Measure::HouseholdPersons)
            && !part.by.is_some_and(|role| is_personal(role) || role == RefRole::Origin);
        let looks_elsewhere = !part.targets.is_empty() && !part.targets.contains(&PartyKind::Household);
        // Seats counted within one category say as much as its records: the seat that saw to a county's only medical
        // need.
        let counts_offices =
            counts_seats(part) && !part.targets.contains(&PartyKind::Household) && selects_no_record(part);
        let is_of_things = !may_name_people(part)
            || counts_offices
            || looks_elsewhere && !counts_seats(part) && !is_of_people(part.of);
        is_loose && is_plain(part) && counts_things && is_of_things
    };
    let mut all = definition.parts();
    all.all(finds_nobody) && (!definition.of_denominator || !definition.parts().any(may_rest_on_people))
}

/// Roles that refer to people and households, without those that refer to seats.
#[must_use]
pub fn personal_roles() -> Vec<RefRole> {
    RefRole::iter().filter(|role| is_personal(*role)).collect()
}

pub const fn is_personal(role: RefRole) -> bool {
    use RefRole::{DrivenHousehold, Person, TargetHousehold};
    matches!(role, TargetHousehold | DrivenHousehold | Person)
}

/// True if a fact of this type rests on the row it names in this role. The person who holds a seat is as public as the
/// seat.
#[must_use]
pub const fn rests_on(of: SourceType, role: RefRole) -> bool {
    let is_office = matches!(of, SourceType::Member | SourceType::CommitteeMember);
    is_personal(role) && !(is_office && matches!(role, RefRole::Person))
}

/// True if the part counts different seats: such a figure is never too small.
#[must_use]
pub fn counts_seats(part: &Measured) -> bool {
    use RefRole::{HelperMember, Participant, TargetMember};
    part.measure == Measure::Distinct && matches!(part.by, Some(HelperMember | Participant | TargetMember))
}

/// True if a figure of this part could rest on people.
#[must_use]
pub fn may_rest_on_people(part: &Measured) -> bool {
    match part.measure {
        Measure::SumPersons | Measure::HouseholdPersons => true,
        _ => may_name_people(part) && !counts_seats(part),
    }
}

/// True if any fact that passes could name people. A filter does not settle this: a record may name more than the
/// filter asks for.
fn may_name_people(part: &Measured) -> bool {
    use SourceType::{Activity, Contribution, Exemption, Mark, Need, Outcome, Plan, Project, Proposal};
    match part.of {
        // A link has one target.
        SourceType::Link => part.targets.is_empty() || part.targets.contains(&PartyKind::Household),
        Activity | Contribution | Exemption | Mark | Need | Outcome | Plan | Project | Proposal => true,
        of => is_of_people(of),
    }
}

const fn is_of_people(of: SourceType) -> bool {
    matches!(of, SourceType::Household | SourceType::FamilyMember)
}

/// Whether all records of the type pass, whatever their kind, category, tags, rules and step.
fn selects_no_record(part: &Measured) -> bool {
    part.kinds.is_empty()
        && part.categories.is_empty()
        && part.except_categories.is_empty()
        && part.tags.is_empty()
        && part.rules.is_empty()
        && part.step.is_none_or(|step| step == part.of.first_step())
}

fn adds_up(part: &Measured) -> bool {
    !matches!(part.measure, Measure::HouseholdPersons | Measure::Minimum | Measure::Latest)
}

/// True if a fact passes by its own fields and references alone, so that later changes of other rows change nothing.
fn is_plain(part: &Measured) -> bool {
    !is_region(part)
        && part.helper_kinds.is_empty()
        && part.helper_tags.is_empty()
        && part.target_kinds.is_empty()
        && part.target_designation.is_none()
        && part.place_designation.is_none()
        && part.origin.is_none()
}

/// True if the part counts regions of the tree as they are. Designations of regions are facts of ledgers.
pub fn is_region(measured: &Measured) -> bool {
    measured.of == SourceType::Region && measured.step != Some(Step::Designated)
}

#[cfg(test)]
mod tests {
    use entity::ids::{IndicatorId, LedgerId, ProgrammeId};

    use super::*;

    fn basis(measure: Measured, is_own: bool) -> Basis {
        let definition = Definition { measure, or: vec![], denominator: None, of_denominator: false };
        Basis::of(&indicator::Model {
            id: IndicatorId::fresh(),
            programme_id: is_own.then(ProgrammeId::fresh),
            code: String::new(),
            name: String::new(),
            name_en: None,
            unit: String::new(),
            divisor: 1,
            definition,
            public: true,
            position: 0,
            version: 0,
            keeper_id: LedgerId::REFERENCE,
        })
    }

    fn counting(of: SourceType, targets: &[PartyKind]) -> Measured {
        Measured { of, targets: targets.to_vec(), ..Measured::default() }
    }

    #[test]
    fn any_record_may_name_a_household_and_a_link_has_one_target() {
        for of in [SourceType::Activity, SourceType::Project, SourceType::Mark] {
            for targets in [&[][..], &[PartyKind::Region], &[PartyKind::Household]] {
                assert_eq!(basis(counting(of, targets), false), Basis::People, "{of:?} {targets:?}");
            }
        }
        assert_eq!(basis(counting(SourceType::Link, &[PartyKind::Region]), false), Basis::Things);
        assert_eq!(basis(counting(SourceType::Link, &[]), false), Basis::People);
        assert_eq!(basis(counting(SourceType::Committee, &[]), false), Basis::Things);
    }

    #[test]
    fn seats_are_never_few() {
        for by in [RefRole::HelperMember, RefRole::Participant, RefRole::TargetMember] {
            let seats = Measured {
                measure: Measure::Distinct,
                by: Some(by),
                ..counting(SourceType::Contribution, &[PartyKind::Household])
            };
            assert_eq!(basis(seats, false), Basis::Things);
        }
    }

    #[test]
    fn an_own_count_of_seats_selects_no_records() {
        let seats = Measured {
            measure: Measure::Distinct,
            by: Some(RefRole::HelperMember),
            ..counting(SourceType::Need, &[])
        };
        assert_eq!(basis(seats.clone(), true), Basis::Things);
        let code = || vec!["MEDICAL".to_owned()];
        for selected in [
            Measured { categories: code(), ..seats.clone() },
            Measured { except_categories: code(), ..seats.clone() },
            Measured { kinds: code(), ..seats.clone() },
            Measured { tags: vec![uuid::Uuid::nil()], ..seats.clone() },
            Measured { rules: vec![uuid::Uuid::nil()], ..seats.clone() },
            Measured { step: Some(Step::Resolved), ..seats.clone() },
            Measured { categories: code(), targets: vec![PartyKind::Region], ..seats.clone() },
        ] {
            assert_eq!(basis(selected.clone(), true), Basis::Withheld, "{selected:?}");
        }
    }

    #[test]
    fn what_does_not_add_up_is_withheld() {
        let mut least = counting(SourceType::Activity, &[PartyKind::Household]);
        (least.measure, least.by) = (Measure::Minimum, Some(RefRole::TargetHousehold));
        assert_eq!(basis(least, false), Basis::Withheld);
        let latest = Measured { measure: Measure::Latest, ..counting(SourceType::Outcome, &[]) };
        assert_eq!(basis(latest, false), Basis::Withheld);
    }

    #[test]
    fn an_office_publishes_what_looks_for_villages_alone() {
        let of_villages = counting(SourceType::Project, &[PartyKind::Region]);
        assert_eq!(basis(of_villages.clone(), true), Basis::Unnamed);
        for targets in [&[][..], &[PartyKind::Household], &[PartyKind::Region, PartyKind::Household]] {
            assert_eq!(basis(counting(SourceType::Project, targets), true), Basis::Withheld, "{targets:?}");
        }
        let driven = Measured {
            step: Some(Step::Driving),
            measure: Measure::Distinct,
            by: Some(RefRole::DrivenHousehold),
            ..of_villages.clone()
        };
        assert_eq!(basis(driven, true), Basis::Withheld);
        let persons = Measured { measure: Measure::SumPersons, ..of_villages };
        assert_eq!(basis(persons, true), Basis::Withheld);
        assert_eq!(basis(counting(SourceType::Household, &[PartyKind::Region]), true), Basis::Withheld);
    }
}
