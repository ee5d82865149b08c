//! The standing of a link today: its last contact, what is due next, and its checklists. Computed for all links of a
//! request at once; the number of statements depends on the duties, not on the links.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, Description, Object, SimpleObject};
use entity::duty_rule::DutySubject;
use entity::fact::Verification;
use entity::ids::{LedgerId, RecordId};
use entity::link;
use entity::values::{Date, Day, Quantity};
use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::condition::passed;
use super::duties::{self, Listed};
use super::duty::{Duty, is_cadence, own_work};
use super::period::Period;
use super::question::{GroupBy, Question};
use super::sql::Binder;
use crate::loader::{self, Source};
use crate::mutation::Asking;
use crate::programme::{Checklist, DutyRule};
use platform::error::Result;

/// Standing of a link today.
/// 结对今日的进度。
#[derive(Description, Clone, Debug, Default)]
pub struct Standing {
    last_contact: Option<Date>,
    contacts: Vec<Contact>,
    items: Vec<Item>,
}

/// Standing of a duty of contact, such as one visit a quarter.
/// 一项联系任务的进度,如每季度走访一次。
#[derive(Description, Clone, Debug)]
pub struct Contact {
    duty: Duty,
    done: i64,
    /// None if it is done for good, or if it does not recur and has no last day.
    next_due: Option<Date>,
    overdue: bool,
}

/// An item of a checklist, and how much of it is done.
#[derive(Clone, Debug)]
struct Item {
    duty: Duty,
    done: i64,
}

#[Object(name = "LinkStanding", use_type_description)]
impl Standing {
    /// Day of the last activity that serves the link, verified or not, unless rejected; null if there is none.
    /// 最近一次联系的日期,含未核验的,不含被退回的;没有时为空。
    async fn last_contact_on(&self) -> Option<Date> {
        self.last_contact
    }

    /// Next day by which a contact is due; a past day if it is overdue, null if nothing is due.
    /// 最近一项联系任务的期限;已逾期的为过去的日期,无待办的为空。
    async fn next_due_on(&self) -> Option<Date> {
        self.contacts.iter().filter_map(|contact| contact.next_due).min()
    }

    /// True if a contact that was due was missed and has not been made up for.
    /// 有联系任务逾期且未补上时为真。
    async fn is_overdue(&self) -> bool {
        self.contacts.iter().any(|contact| contact.overdue)
    }

    /// Duties of contact, each with its standing.
    /// 各项联系任务的进度。
    async fn contacts(&self) -> &[Contact] {
        &self.contacts
    }

    /// Checklists, each with its standing.
    /// 各份清单的进度。
    async fn checklists(&self, ctx: &Context<'_>) -> Result<Vec<ChecklistStanding>> {
        let mut lists: Vec<ChecklistStanding> = vec![];
        for item in &self.items {
            let Some(id) = item.duty.rule.checklist_id else { continue };
            if !lists.iter().any(|list| list.checklist.0.id == id) {
                let Some(row) = loader::one(ctx.rows()?, id).await? else { continue };
                lists.push(ChecklistStanding {
                    checklist: Checklist(row),
                    done: Quantity(0),
                    target: Quantity(0),
                    items: vec![],
                });
            }
            if let Some(list) = lists.iter_mut().find(|list| list.checklist.0.id == id) {
                let (done, target) = (Quantity(item.done), item.duty.rule.target);
                list.done.0 = list.done.0.saturating_add(done.0.min(target.0));
                list.target.0 = list.target.0.saturating_add(target.0);
                list.items.push(ItemStanding { rule: DutyRule(item.duty.rule.clone()), done, target });
            }
        }
        Ok(lists)
    }
}

#[Object(name = "ContactStanding", use_type_description)]
impl Contact {
    /// Duty that the link has.
    /// 结对须完成的任务规则。
    async fn duty(&self) -> DutyRule {
        DutyRule(self.duty.rule.clone())
    }

    /// Quantity done in the present period.
    /// 本期已完成数量。
    async fn done(&self) -> Quantity {
        Quantity(self.done)
    }

    /// Next day by which the duty is due; a past day if it is overdue. Null if it is done for good or has no last day.
    /// 该任务的下次期限;已逾期的为过去的日期;已全部完成或无截止日的为空。
    async fn next_due_on(&self) -> Option<Date> {
        self.next_due
    }

    /// True if the period before was missed and nothing has been done since.
    /// 上期未完成且此后未补时为真。
    async fn is_overdue(&self) -> bool {
        self.overdue
    }
}

/// Standing of one checklist of a link.
/// 结对的一份清单的进度。
#[derive(SimpleObject)]
pub struct ChecklistStanding {
    /// Checklist that the link has.
    /// 结对须完成的清单。
    checklist: Checklist,
    /// Number of units done, of each item at most its target.
    /// 已完成数量,每一项以目标为限。
    done: Quantity,
    /// Number of units asked for.
    /// 目标数量。
    target: Quantity,
    /// Items of the checklist, each with its standing.
    /// 清单各项的进度。
    items: Vec<ItemStanding>,
}

/// Standing of one item of a checklist.
/// 清单中一个项目的进度。
#[derive(SimpleObject)]
pub struct ItemStanding {
    /// Duty that is the item.
    /// 作为清单项目的任务规则。
    rule: DutyRule,
    /// Quantity done.
    /// 已完成数量。
    done: Quantity,
    /// Quantity asked for.
    /// 目标数量。
    target: Quantity,
}

/// Standing of a link that the viewer may see.
pub async fn of_link(ctx: &Context<'_>, ledger: LedgerId, id: RecordId) -> Result<Standing> {
    Ok(loader::one(ctx.rows()?, StandingOf(ledger, id)).await?.unwrap_or_default())
}

/// Loader key: a link whose standing is wanted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct StandingOf(pub LedgerId, pub RecordId);

impl Loader<StandingOf> for Source {
    type Value = Standing;
    type Error = platform::error::Error;

    async fn load(&self, keys: &[StandingOf]) -> Result<HashMap<StandingOf, Standing>> {
        let links = Links::of(keys);
        let rows = loader::links(self, keys.iter().map(|key| (key.0, key.1))).await?;
        let listed =
            duties::of_rules(&self.db, &rows.iter().map(|row| row.rule_id).collect::<Vec<_>>()).await?;
        let mut standings: HashMap<StandingOf, Standing> = HashMap::new();
        for (key, day) in links.last_contacts(&self.db).await? {
            standings.entry(key).or_default().last_contact = day.date();
        }
        let owed = |duty: &Duty| duty.rule.subject == DutySubject::Link && duty.holds_on(self.today);
        for Listed { duty, rules } in listed.into_iter().filter(|listed| owed(&listed.duty)) {
            let active = |row: &&link::Model| row.to_on.is_none_or(|to| to >= self.today);
            let bound: Vec<_> =
                rows.iter().filter(active).filter(|row| rules.contains(&row.rule_id)).collect();
            links.stand(self, &duty, &bound, &mut standings).await?;
        }
        Ok(standings)
    }
}

/// The links of one batch.
struct Links {
    ledgers: Vec<LedgerId>,
    ids: Vec<Uuid>,
}

#[derive(FromQueryResult)]
struct Counted {
    ledger_id: LedgerId,
    id: RecordId,
    value: i64,
}

impl Links {
    fn of(keys: &[StandingOf]) -> Self {
        let mut ledgers: Vec<_> = keys.iter().map(|key| key.0).collect();
        ledgers.sort_unstable();
        ledgers.dedup();
        Self { ledgers, ids: keys.iter().map(|key| key.1.0).collect() }
    }

    /// Question about the present state of these ledgers, verified or not yet.
    fn question(&self, period: Period) -> Question {
        Question {
            ledgers: self.ledgers.clone(),
            all_ledgers: self.ledgers.clone(),
            place: None,
            programme: None,
            period,
            as_of: None,
            group_by: GroupBy::Total,
            verification: vec![Verification::Verified, Verification::Submitted],
            today: period.to,
        }
    }

    async fn last_contacts(&self, db: &impl ConnectionTrait) -> Result<Vec<(StandingOf, Day)>> {
        let mut bind = Binder::new(db.get_database_backend());
        let ledgers = bind.ledgers("f.ledger_id", &self.ledgers);
        let links = bind.ids("w.ref_id", &self.ids);
        let sql = format!(
            "SELECT w.ledger_id, w.ref_id AS id, CAST(MAX(f.on_day) AS BIGINT) AS value
             FROM fact_ref w JOIN fact f ON f.ledger_id = w.ledger_id AND f.id = w.fact_id
             WHERE {ledgers} AND {links} AND w.role = 'link' AND f.source_type = 'activity'
               AND f.until_seq = {} AND f.verification <> 'rejected'
             GROUP BY w.ledger_id, w.ref_id",
            entity::fact::OPEN
        );
        let rows = bind.all::<Counted>(db, sql).await?;
        let day = |value| Day(i32::try_from(value).unwrap_or(i32::MAX));
        Ok(rows.into_iter().map(|row| (StandingOf(row.ledger_id, row.id), day(row.value))).collect())
    }

    /// Adds the standing of a duty to that of each link in `bound`.
    async fn stand(
        &self,
        source: &Source,
        duty: &Duty,
        bound: &[&link::Model],
        standings: &mut HashMap<StandingOf, Standing>,
    ) -> Result<()> {
        let now = Period::of_duty(duty.rule.period, source.today, duty.programme_from);
        let done = self.done(&source.db, duty, now).await?;
        if duty.rule.checklist_id.is_some() {
            for row in bound {
                let key = StandingOf(row.ledger_id, row.id);
                let done = done.get(&key).copied().unwrap_or_default();
                standings.entry(key).or_default().items.push(Item { duty: duty.clone(), done });
            }
            return Ok(());
        }
        let before = now.from.pred_opt().filter(|day| is_cadence(duty) && duty.holds_on(*day));
        let before = before.map(|day| Period::of_duty(duty.rule.period, day, duty.programme_from));
        let done_before = match before {
            Some(before) => self.done(&source.db, duty, before).await?,
            None => HashMap::new(),
        };
        for row in bound {
            let key = StandingOf(row.ledger_id, row.id);
            let of = |counts: &HashMap<StandingOf, i64>| counts.get(&key).copied().unwrap_or_default();
            let contact =
                contact(duty, row, (now, of(&done)), before.map(|before| (before, of(&done_before))));
            standings.entry(key).or_default().contacts.push(contact);
        }
        Ok(())
    }

    /// Thousandths done by each link in a period.
    async fn done(
        &self,
        db: &impl ConnectionTrait,
        duty: &Duty,
        period: Period,
    ) -> Result<HashMap<StandingOf, i64>> {
        let mut bind = Binder::new(db.get_database_backend());
        let (measured, value, answers) = duties::counted(duty, &mut bind, "m");
        let passed = passed(&self.question(period), &measured, &mut bind, "m");
        let links = bind.ids("w.ref_id", &self.ids);
        let own_work = own_work(duty.rule.subject);
        let sql = format!(
            "SELECT w.ledger_id, w.ref_id AS id, CAST({value} AS BIGINT) AS value
             FROM fact_ref w JOIN fact m ON m.ledger_id = w.ledger_id AND m.id = w.fact_id
             WHERE {passed} AND {answers} AND {links} AND {own_work} GROUP BY w.ledger_id, w.ref_id"
        );
        let rows = bind.all::<Counted>(db, sql).await?;
        Ok(rows.into_iter().map(|row| (StandingOf(row.ledger_id, row.id), row.value)).collect())
    }
}

/// `next_due`: due day of this period; of the next if done, or if the link began too late to owe; of the period before
/// if overdue. `overdue`: the link existed all of the last period, missed it, and has done nothing since. A duty that
/// does not recur is due on its last day of validity until it is done.
fn contact(duty: &Duty, link: &link::Model, now: (Period, i64), before: Option<(Period, i64)>) -> Contact {
    let target = duty.rule.target.0;
    let (period, done) = now;
    let missed = before.filter(|(before, done)| link.from_on <= before.from && *done < target);
    let overdue = missed.filter(|_| done == 0);
    let settled = done >= if is_cadence(duty) { owed(target, link.from_on, period) } else { target };
    let next_due = match overdue {
        Some((before, _)) => Some(due_day(duty, before)),
        None if settled && is_cadence(duty) => {
            let next = period.to.succ_opt().unwrap_or(period.to);
            Some(due_day(duty, Period::of_duty(duty.rule.period, next, duty.programme_from)))
        }
        None if settled => None,
        None if is_cadence(duty) => Some(due_day(duty, period)),
        None => duty.rule.valid_to,
    };
    Contact { duty: duty.clone(), done, next_due, overdue: overdue.is_some() }
}

/// Thousandths that a link owes in a period: the target, or its share in whole units if the link began within the
/// period.
fn owed(target: i64, from: Date, period: Period) -> i64 {
    if from <= period.from {
        return target;
    }
    let (first, last, began) = (period.first().0, period.last().0, Day::of(from).0);
    let share = target * i64::from(last - began + 1) / i64::from(last - first + 1);
    share / Quantity::SCALE * Quantity::SCALE
}

fn due_day(duty: &Duty, period: Period) -> Date {
    let day = duty.rule.due_day.and_then(|day| u64::try_from(day - 1).ok());
    day.and_then(|days| period.from.checked_add_days(chrono::Days::new(days)))
        .map_or(period.to, |day| day.min(period.to))
}
