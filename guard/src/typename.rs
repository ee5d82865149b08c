//! Directives on `__typename`, at which validation does not look: it takes their variables for unused, and any directive
//! for a good one. `__typename @include(if: $a)` is written as `... @include(if: $a) { __typename }`, which means the same.

use async_graphql_parser::Positioned;
use async_graphql_parser::types::{
    Directive, DocumentOperations, ExecutableDocument, InlineFragment, Selection, SelectionSet,
};

/// Goes no deeper than the parser went.
pub fn mended(document: &mut ExecutableDocument) {
    match &mut document.operations {
        DocumentOperations::Single(one) => within(&mut one.node.selection_set.node),
        DocumentOperations::Multiple(all) => {
            for operation in all.values_mut() {
                within(&mut operation.node.selection_set.node);
            }
        }
    }
    document.fragments.values_mut().for_each(|fragment| within(&mut fragment.node.selection_set.node));
}

fn within(set: &mut SelectionSet) {
    for item in &mut set.items {
        match &mut item.node {
            Selection::Field(field)
                if field.node.name.node == "__typename" && !field.node.directives.is_empty() =>
            {
                let directives = std::mem::take(&mut field.node.directives);
                wrap(item, directives);
            }
            Selection::Field(field) => within(&mut field.node.selection_set.node),
            Selection::InlineFragment(fragment) => within(&mut fragment.node.selection_set.node),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn wrap(item: &mut Positioned<Selection>, directives: Vec<Positioned<Directive>>) {
    let (pos, items) = (item.pos, vec![item.clone()]);
    let selection_set = Positioned::new(SelectionSet { items }, pos);
    let fragment = InlineFragment { type_condition: None, directives, selection_set };
    item.node = Selection::InlineFragment(Positioned::new(fragment, pos));
}
