//! Figures as a viewer may see them: the value, or the reason why there is none.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use async_graphql::Enum;
use entity::definition::Definition;
use entity::ids::{IndicatorId, LedgerId};
use entity::indicator;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::apart::{InTime, measured};
use super::coarse::Coarse;
use super::figure::{Figure, naming_people, zero_is_known};
use super::pattern::Basis;
use super::pending::pending;
use super::question::Question;
use crate::request::RequestApp;
use platform::error::Result;

/// Reason why a figure has no value.
/// 数据缺失的原因。
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum FigureWithheld {
    /// No region asked about keeps a ledger, so nothing is known.
    /// 所查区划未建台账。
    NoLedger,
    /// Fewer than five people or households may be behind the figure, or it could reveal such a figure.
    /// 小数隐去:可能涉及不足五人或五户,或可推出此类数据。
    Hidden,
    /// The period begins after the last cut-off; or the figure was zero at the cut-off, and a ledger has since entered
    /// a record of that type for the period. Ask again after the end of the month.
    /// 尚未公布:时期始于最近截止日之后,或截止日后台账又录入了同类记录;请于月末后再查。
    NotYet,
}

/// Key of a group, and its ledgers.
pub type Ledgers = (Option<Uuid>, Vec<LedgerId>);

/// A request for the figures of some groups.
pub struct Telling<'a, C> {
    pub app: &'a RequestApp,
    pub db: &'a C,
    /// Set for viewers who must not see figures under five.
    pub coarse: Option<&'a Coarse>,
    pub question: &'a Question,
    pub indicators: &'a [indicator::Model],
    /// Instant from which the time limit counts.
    pub began: Instant,
}

/// Values by part and group, and the figures that must be left out.
struct Measured {
    values: HashMap<(usize, Option<Uuid>), i64>,
    /// Numbers of the definitions that took too long.
    late: HashSet<usize>,
    naming: HashSet<(IndicatorId, Option<Uuid>)>,
}

impl<C: ConnectionTrait> Telling<'_, C> {
    /// Figures of each group, in the order of the indicators. A group without ledgers, or of a period that begins after
    /// the cut-off, gets the reason instead. An indicator of measure LATEST has no figure in a group without facts.
    pub async fn figures(&self, groups: &[Ledgers]) -> Result<Vec<Vec<Figure>>> {
        let begins_later = self.coarse.is_some_and(|coarse| !coarse.has_begun(self.question.period));
        let answered: Vec<&Ledgers> =
            groups.iter().filter(|(_, ledgers)| !ledgers.is_empty() && !begins_later).collect();
        let mut known = self.known(&answered).await?.into_iter();
        let nothing = |why| self.indicators.iter().map(|row| Figure::missing(row.clone(), why)).collect();
        let of = |(_, ledgers): &Ledgers| {
            if ledgers.is_empty() {
                nothing(FigureWithheld::NoLedger)
            } else if begins_later {
                nothing(FigureWithheld::NotYet)
            } else {
                known.next().unwrap_or_default()
            }
        };
        Ok(groups.iter().map(of).collect())
    }

    /// Figures of groups that have ledgers, for a period that has begun.
    async fn known(&self, groups: &[&Ledgers]) -> Result<Vec<Vec<Figure>>> {
        let mut figures = vec![vec![]; groups.len()];
        if groups.is_empty() {
            return Ok(figures);
        }
        let measured = self.measured().await?;
        let (mut parts, mut nth) = (0.., 0..);
        for row in self.indicators {
            if self.is_measured(row) {
                let is_late = nth.next().is_some_and(|nth: usize| measured.late.contains(&nth));
                let above = parts.next().unwrap_or_default();
                let below = row.definition.denominator.as_ref().and_then(|_| parts.next());
                for (figures, (key, _)) in figures.iter_mut().zip(groups) {
                    if is_late {
                        figures.push(Figure::late(row.clone()));
                    } else {
                        figures.extend(measured.figure(row, *key, above, below));
                    }
                }
                continue;
            }
            let Some(coarse) = self.coarse else { continue };
            let history = coarse.history(self.app, row, self.question.period).await?;
            for (figures, (_, ledgers)) in figures.iter_mut().zip(groups) {
                figures.push(coarse.figure(history.as_ref(), row, ledgers, self.question));
            }
        }
        if let Some(coarse) = self.coarse {
            self.withhold_pending(coarse, groups, &mut figures).await?;
        }
        Ok(figures)
    }

    fn is_measured(&self, row: &indicator::Model) -> bool {
        self.coarse.is_none() || matches!(Basis::of(row), Basis::Things | Basis::Unnamed)
    }

    async fn measured(&self) -> Result<Measured> {
        let rows: Vec<&indicator::Model> =
            self.indicators.iter().filter(|row| self.is_measured(row)).collect();
        let definitions: Vec<Definition> = rows.iter().map(|row| row.definition.clone()).collect();
        let InTime { parts, late } =
            measured(&self.app.db, self.db, self.question, &definitions, self.began).await?;
        let values = parts.into_iter().map(|part| ((part.nth, part.group), part.value)).collect();
        let mut naming = HashSet::new();
        if self.coarse.is_some() {
            let unnamed: Vec<&indicator::Model> =
                rows.into_iter().filter(|row| Basis::of(row) == Basis::Unnamed).collect();
            let definitions: Vec<&Definition> = unnamed.iter().map(|row| &row.definition).collect();
            let found = naming_people(self.db, self.question, &definitions).await?;
            naming.extend(found.into_iter().map(|part| (unnamed[part.nth].id, part.group)));
        }
        Ok(Measured { values, late, naming })
    }

    /// Withholds a zero as NOT_YET if a ledger has since entered a record that may count.
    async fn withhold_pending(
        &self,
        coarse: &Coarse,
        groups: &[&Ledgers],
        figures: &mut [Vec<Figure>],
    ) -> Result<()> {
        let mut blanks = vec![];
        for (figures, (_, ledgers)) in figures.iter_mut().zip(groups) {
            blanks.extend(
                figures.iter_mut().filter(|figure| figure.is_nothing()).map(|figure| (figure, ledgers)),
            );
        }
        let asked: Vec<(&Definition, &[LedgerId])> =
            blanks.iter().map(|(figure, ledgers)| (figure.definition(), ledgers.as_slice())).collect();
        let pending = pending(self.db, self.question, coarse, &asked).await?;
        for ((figure, _), _) in blanks.into_iter().zip(pending).filter(|(_, is_pending)| *is_pending) {
            figure.withhold(FigureWithheld::NotYet);
        }
        Ok(())
    }
}

impl Measured {
    fn figure(
        &self,
        row: &indicator::Model,
        key: Option<Uuid>,
        above: usize,
        below: Option<usize>,
    ) -> Option<Figure> {
        if self.naming.contains(&(row.id, key)) {
            return Some(Figure::missing(row.clone(), FigureWithheld::Hidden));
        }
        let value = |part| self.values.get(&(part, key)).copied();
        let (numerator, denominator) = (value(above), below.map(|part| value(part).unwrap_or_default()));
        (numerator.is_some() || zero_is_known(&row.definition))
            .then(|| Figure::told(row.clone(), numerator.unwrap_or_default(), denominator))
    }
}
