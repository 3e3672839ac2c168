//! A graph with cycles: cities and the roads between them. What no road leads to any more is freed, cycles and all.
//!
//! `cargo run -p gc --example graph`

use gc::{Config, Context, EngineConfig, Gc, Mutation, RefLock, Rootable, Trace};
use std::collections::{BTreeMap, HashSet, VecDeque};

#[derive(Trace)]
struct City<'gc> {
    name: String,
    roads: RefLock<Vec<Gc<'gc, City<'gc>>>>,
}

type Cities<'gc> = BTreeMap<&'static str, Gc<'gc, City<'gc>>>;

struct Map;
impl Rootable for Map {
    type Root<'gc> = Cities<'gc>;
}

fn road<'gc>(mc: &Mutation<'gc>, cities: &mut Cities<'gc>, from: &'static str, to: &'static str) {
    let mut city = |name: &'static str| {
        let make = || mc.alloc(City { name: name.into(), roads: RefLock::default() });
        *cities.entry(name).or_insert_with(make)
    };
    let (from, to) = (city(from), city(to));
    // The barrier is part of the type: without `Gc::write` there is no `borrow_mut`.
    Gc::write(mc, from).project(|city| &city.roads).borrow_mut().push(to);
    Gc::write(mc, to).project(|city| &city.roads).borrow_mut().push(from);
}

/// How many cities one comes to.
fn reachable<'gc>(start: Gc<'gc, City<'gc>>) -> usize {
    let mut seen = HashSet::from([start.as_ptr()]);
    let mut queue = VecDeque::from([start]);
    while let Some(city) = queue.pop_front() {
        queue.extend(city.roads.borrow().iter().filter(|next| seen.insert(next.as_ptr())));
    }
    seen.len()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::open(Config::default())?;
    let mut map = ctx.engine::<Map>(EngineConfig::named("map"), |_| Cities::new())?;
    map.mutate(|mc, cities| {
        for (from, to) in [("Bern", "Basel"), ("Basel", "Zürich"), ("Zürich", "Bern"), ("Oslo", "Bergen")] {
            road(mc, cities, from, to);
        }
        println!("from {} one comes to {} cities", cities["Bern"].name, reachable(cities["Bern"]));
        // The islands of the graph go with their last name.
        cities.retain(|name, _| *name == "Zürich");
    });
    ctx.collect()?;
    let census = ctx.verify()?;
    println!("{} cities are left of five", census.cells);
    assert_eq!(census.cells, 3);
    map.close();
    println!("{}", ctx.close()?);
    Ok(())
}
