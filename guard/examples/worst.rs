//! What the worst documents cost that are as long as one may be: `cargo run --release -p guard --example worst`.

use std::time::{Duration, Instant};

use async_graphql_value::Variables;
use guard::{Asked, Limits, Shape, read};

/// Of so many tries the quickest counts: what the machine does besides is not the guard's.
const TRIES: usize = 15;

fn main() {
    let mut shape = Shape::new("Query", "Mutation");
    for (name, of) in
        [("a", "Query!"), ("leaf", "String"), ("lists", "[Query!]!"), ("pages", "PageConnection!")]
    {
        shape.field("Query", name, of);
    }
    shape.field("PageConnection", "nodes", "[Query!]!");
    let mut worst = [("", Duration::ZERO); 2];
    for (name, text) in documents() {
        let asked = Asked { text: &text, operation: None, variables: &Variables::default() };
        let tries = (0..TRIES).map(|_| {
            let since = Instant::now();
            let outcome =
                read(&asked, &shape, &Limits::default()).1.map(drop).map_err(|refusal| refusal.to_string());
            (since.elapsed(), outcome)
        });
        let Some((took, outcome)) = tries.min_by_key(|(took, _)| *took) else { continue };
        let kind = usize::from(outcome.is_err());
        if took > worst[kind].1 {
            worst[kind] = (name, took);
        }
        let told = outcome.err().unwrap_or_else(|| "accepted".to_owned());
        println!("{name:<28} {:>6} bytes {:>9.3} ms  {told}", text.len(), took.as_secs_f64() * 1e3);
    }
    for (kind, (name, took)) in ["accepted", "refused"].iter().zip(worst) {
        println!("worst {kind}: {name}, {:.3} ms", took.as_secs_f64() * 1e3);
    }
}

fn documents() -> Vec<(&'static str, String)> {
    let doubling = |levels: usize, times: usize| {
        let fragments = each(levels, |at| {
            let next = format!("...F{} ", at + 1).repeat(times);
            format!("fragment F{at} on Query {{ {next}}} ")
        });
        format!("{{ ...F0 }} {fragments}fragment F{levels} on Query {{ leaf }}")
    };
    let many = |what: &str, times: usize| format!("{{ {} }}", what.repeat(times));
    let fields = |times: usize| each(times, |at| format!("f{at}: leaf "));
    vec![
        ("doubling, 20 levels", doubling(20, 2)),
        ("doubling, 300 levels", doubling(300, 2)),
        ("tenfold, 60 levels", doubling(60, 10)),
        ("a hundredfold, 7 levels", doubling(7, 100)),
        ("a circle", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }".to_owned()),
        ("fields, 1200", many("leaf ", 1_200)),
        ("fields, 2400", many("leaf ", 2_400)),
        ("fields to the brim", many("leaf ", 6_500)),
        ("aliases, 190", format!("{{ {} }}", fields(190))),
        ("aliases, 1000", format!("{{ {} }}", fields(1_000))),
        ("nesting, 16", format!("{}leaf{}", "{ a ".repeat(15) + "{ ", " }".repeat(16))),
        ("nesting, 8000", "{a".repeat(8_000)),
        ("brackets, 16000", format!("{{ a(x: {}", "[".repeat(16_000))),
        ("lists, 1200 numbers", format!("{{ a(x: [{}]) {{ leaf }} }}", "1 ".repeat(1_200))),
        ("a string of 32 KiB", format!("{{ a(x: \"{}\") {{ leaf }} }}", "y".repeat(32_000))),
        ("a string past 32 KiB", format!("{{ a(x: \"{}\") {{ leaf }} }}", "y".repeat(250_000))),
        ("comments", format!("{}{{ leaf }}", "#\n".repeat(15_000))),
        ("directives, 90", many("leaf @include(if: true) ", 90)),
        ("directives, 900", many("leaf @a @a @a ", 300)),
        ("lists of lists", many("lists { lists { lists { lists { leaf } } } } ", 40)),
        ("commas", format!("{{ leaf {} }}", ",".repeat(32_000))),
        ("quotes", "\"".repeat(32_000)),
        ("block strings", format!("{{ a(x: {}) }}", "\"\"\"\\\"\"\" ".repeat(3_000))),
        ("operations, 400", each(400, |at| format!("query Q{at} {{ leaf }} "))),
        (
            "fragments, 400",
            format!("{{ leaf }} {}", each(400, |at| format!("fragment G{at} on Query {{ leaf }} "))),
        ),
    ]
}

fn each(times: usize, text: impl Fn(usize) -> String) -> String {
    (0..times).map(text).collect()
}
