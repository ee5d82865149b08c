//! One pass over a document: how large it is once its fragments are spread, and how many values its answer may hold.
//! A fragment is measured once, however often it is spread; sums and products stop at the largest number.

use std::collections::HashMap;

use async_graphql_parser::types::{
    Field, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql_parser::{Pos, Positioned};
use async_graphql_value::{ConstValue, Name, Value};

use crate::refusal::{Limit, Refusal};
use crate::shape::{Shape, Size, count};

/// What a selection grows to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Fields and fragments.
    pub selections: u64,
    pub aliases: u64,
    pub directives: u64,
    /// Fields at its own level.
    pub roots: u64,
    /// Fields within fields.
    pub depth: u64,
    /// Selections within selections, by way of fragments too.
    pub height: u64,
    /// Values, in parts of one.
    parts: u64,
}

/// What introspection answers lies ready: so many values of it count as one.
const PARTS: u64 = 16;

/// No deeper than the stack is sure to bear.
const STACK: u64 = 100;

impl Measure {
    /// How many values.
    #[must_use]
    pub fn cost(&self) -> u64 {
        self.parts.div_ceil(PARTS)
    }

    fn add(&mut self, other: &Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.roots = self.roots.saturating_add(other.roots);
        self.parts = self.parts.saturating_add(other.parts);
        self.depth = self.depth.max(other.depth);
        self.height = self.height.max(other.height);
    }
}

enum State {
    Open,
    Known(Measure),
}

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;
type Values<'a> = &'a dyn Fn(&Name) -> Option<&'a ConstValue>;

/// A pass that is under way.
pub struct Pass<'a> {
    fragments: &'a Fragments,
    shape: &'a Shape,
    values: Values<'a>,
    known: HashMap<&'a str, State>,
    stack: u64,
    steps: u64,
}

impl<'a> Pass<'a> {
    pub fn new(fragments: &'a Fragments, shape: &'a Shape, values: Values<'a>) -> Self {
        Self { fragments, shape, values, known: HashMap::new(), stack: 0, steps: 0 }
    }

    /// How many selections were looked at.
    pub const fn steps(&self) -> u64 {
        self.steps
    }

    pub fn operation(&mut self, operation: &'a OperationDefinition) -> Result<Measure, Refusal> {
        let shape = self.shape;
        let root = match operation.ty {
            OperationType::Mutation => &shape.mutation,
            _ => &shape.query,
        };
        let mut measure = self.set(&operation.selection_set.node, root)?;
        let variables = operation.variable_definitions.iter();
        let directives: usize = variables.map(|variable| variable.node.directives.len()).sum();
        let directives = (directives + operation.directives.len()) as u64;
        measure.directives = measure.directives.saturating_add(directives);
        Ok(measure)
    }

    /// What a fragment grows to: nothing where it is not there, which validation will say.
    pub fn fragment(&mut self, name: &'a Name) -> Result<Measure, Refusal> {
        self.spread(name, Pos::default())
    }

    fn spread(&mut self, name: &'a Name, at: Pos) -> Result<Measure, Refusal> {
        match self.known.get(name.as_str()) {
            Some(State::Known(measure)) => return Ok(*measure),
            Some(State::Open) => return Err(Refusal::Circle { at }),
            None => {}
        }
        let Some(fragment) = self.fragments.get(name) else { return Ok(Measure::default()) };
        self.known.insert(name, State::Open);
        let mut measure =
            self.set(&fragment.node.selection_set.node, &fragment.node.type_condition.node.on.node)?;
        measure.directives = measure.directives.saturating_add(fragment.node.directives.len() as u64);
        self.known.insert(name, State::Known(measure));
        Ok(measure)
    }

    fn set(&mut self, set: &'a SelectionSet, on: &'a str) -> Result<Measure, Refusal> {
        self.stack += 1;
        Limit::Height.hold(self.stack, STACK)?;
        let mut whole = Measure::default();
        for selection in &set.items {
            self.steps += 1;
            let mut part = match &selection.node {
                Selection::Field(field) => self.field(&field.node, on)?,
                Selection::FragmentSpread(spread) => {
                    let part = self.spread(&spread.node.fragment_name.node, spread.pos)?;
                    Measure { height: part.height + 1, ..part }
                }
                Selection::InlineFragment(inline) => {
                    let condition = inline.node.type_condition.as_ref();
                    let on = condition.map_or(on, |condition| condition.node.on.node.as_str());
                    let part = self.set(&inline.node.selection_set.node, on)?;
                    Measure { height: part.height + 1, ..part }
                }
            };
            part.selections = part.selections.saturating_add(1);
            let directives = selection.node.directives().len() as u64;
            part.directives = part.directives.saturating_add(directives);
            whole.add(&part);
        }
        self.stack -= 1;
        Ok(whole)
    }

    fn field(&mut self, field: &'a Field, on: &'a str) -> Result<Measure, Refusal> {
        let shape = self.shape;
        let known = shape.get(on, &field.name.node);
        // What is no field of its type will be refused: it answers nothing.
        let (of, size, work) =
            known.map_or(("", Size::One, 1), |known| (known.of.as_str(), known.size, known.work));
        let mut measure = self.set(&field.selection_set.node, of)?;
        let number = self.number(field, size);
        if size == Size::Half {
            measure.parts = measure.parts.div_ceil(2);
        }
        let own = if on.starts_with("__") { 1 } else { PARTS.saturating_mul(work) };
        measure.parts = measure.parts.saturating_mul(number).saturating_add(own);
        measure.aliases = measure.aliases.saturating_add(field.alias.is_some().into());
        measure.roots = 1;
        measure.depth = measure.depth.saturating_add(1);
        if !field.selection_set.node.items.is_empty() {
            measure.height = measure.height.saturating_add(1);
        }
        Ok(measure)
    }

    fn number(&self, field: &Field, size: Size) -> u64 {
        let page =
            ["first", "last"].into_iter().filter_map(|name| self.argument(field, name, of_number)).max();
        count(size, page, self.argument(field, "ids", of_list))
    }

    fn argument(&self, field: &Field, name: &str, read: fn(&ConstValue) -> Option<u64>) -> Option<u64> {
        let value = &field.get_argument(name)?.node;
        if let Value::Variable(name) = value {
            return (self.values)(name).and_then(read);
        }
        match value {
            // Its items may be variables: that there are so many is all that counts.
            Value::List(items) => read(&ConstValue::List(vec![ConstValue::Null; items.len()])),
            other => read(&other.clone().into_const()?),
        }
    }
}

/// A negative one is refused when it is read.
pub fn of_number(value: &ConstValue) -> Option<u64> {
    let ConstValue::Number(number) = value else { return None };
    number.as_u64().or_else(|| number.as_i64().map(|_| 1))
}

pub fn of_list(value: &ConstValue) -> Option<u64> {
    match value {
        ConstValue::List(items) => Some(items.len() as u64),
        ConstValue::Null => None,
        _ => Some(1),
    }
}
