//! A cache with weak keys: what was computed for an object lives as long as the object, and no longer.
//!
//! `cargo run -p gc --example weak_cache`

use gc::{Config, Context, EngineConfig, Gc, Mutation, Rootable, Trace, WeakMap};

#[derive(Trace)]
struct Document {
    text: String,
}

#[derive(Trace)]
struct Index {
    words: Vec<String>,
}

#[derive(Trace)]
struct Root<'gc> {
    documents: Vec<Gc<'gc, Document>>,
    cache: Gc<'gc, WeakMap<'gc, Gc<'gc, Index>>>,
}

struct Library;
impl Rootable for Library {
    type Root<'gc> = Root<'gc>;
}

/// The index of a document, made at the first call.
fn index<'gc>(mc: &Mutation<'gc>, root: &Root<'gc>, document: Gc<'gc, Document>) -> Gc<'gc, Index> {
    root.cache.get(document.erase()).unwrap_or_else(|| {
        let mut words: Vec<String> = document.text.split_whitespace().map(str::to_lowercase).collect();
        words.sort();
        words.dedup();
        println!("indexed {:?}: {} words", document.text, words.len());
        let index = mc.alloc(Index { words });
        Gc::write(mc, root.cache).insert(document.erase(), index);
        index
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::open(Config::default())?;
    let mut library = ctx.engine::<Library>(EngineConfig::named("library"), |mc| Root {
        documents: ["It never leaks but it pours", "a rose is a rose"]
            .map(|text| mc.alloc(Document { text: text.into() }))
            .into(),
        cache: mc.alloc(WeakMap::new()),
    })?;
    library.mutate(|mc, root| {
        for _ in 0..2 {
            for &document in &root.documents {
                assert!(!index(mc, root, document).words.is_empty());
            }
        }
        assert_eq!(root.cache.len(), 2);
        // The first document goes; nobody tells the cache.
        root.documents.remove(0);
    });
    ctx.collect()?;
    library.mutate(|_, root| {
        println!("{} entry is left in the cache", root.cache.len());
        assert_eq!(root.cache.len(), 1);
    });
    library.close();
    println!("{}", ctx.close()?);
    Ok(())
}
