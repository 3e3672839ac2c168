//! Who keeps all this? A leak found by types, retained sizes and a path; then a snapshot for Chrome DevTools and a trace.
//!
//! `cargo run -p gc --example leak_hunt`: writes `leak.heapsnapshot` (DevTools, Memory, Load) and `leak.trace.json`
//! (ui.perfetto.dev) to the folder for temporary files.

use gc::{Config, Context, EngineConfig, Gc, Lock, Rootable, Trace};
use std::collections::HashMap;

#[derive(Trace)]
struct Session<'gc> {
    user: u32,
    history: Lock<Option<Gc<'gc, Page<'gc>>>>,
}

#[derive(Trace)]
struct Page<'gc> {
    html: [u8; 200],
    before: Option<Gc<'gc, Page<'gc>>>,
}

#[derive(Trace, Default)]
struct Server<'gc> {
    sessions: HashMap<u32, Gc<'gc, Session<'gc>>>,
    /// Meant for the last session, never cleared: the leak.
    audit: Vec<Gc<'gc, Session<'gc>>>,
}

struct App;
impl Rootable for App {
    type Root<'gc> = Server<'gc>;
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ctx = Context::open(Config::default().events(1000))?;
    let mut app = ctx.engine::<App>(EngineConfig::named("app"), |_| Server::default())?;
    for user in 0..500 {
        app.mutate(|mc, server| {
            let session = mc.alloc(Session { user, history: Lock::new(None) });
            server.sessions.insert(user, session);
            server.audit.push(session);
            for _ in 0..20 {
                let page = Page { html: [user as u8; 200], before: session.history.get() };
                session.set(mc, |session| &session.history, Some(mc.alloc(page)));
            }
            // The user leaves.
            server.sessions.remove(&user);
        });
        app.safepoint();
    }

    let graph = ctx.graph()?;
    println!("nobody is logged in, and yet there are:");
    for summary in graph.types() {
        println!("  {:>6} {:>9} bytes  {}", summary.count, summary.bytes, summary.name);
    }
    let suspect = graph.largest(1)[0];
    println!(
        "the largest retains {} bytes and is kept by\n  {}",
        graph.retained(suspect),
        graph.path(suspect)
    );
    assert!(graph.path(suspect).to_string().contains(".audit["));

    let folder = std::env::temp_dir();
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join("leak.heapsnapshot"))?);
    graph.write_heapsnapshot(&mut file)?;
    let mut trace = String::new();
    ctx.write_trace(&mut trace)?;
    std::fs::write(folder.join("leak.trace.json"), trace)?;

    app.mutate(|_, server| {
        let (user, page) = (server.audit[0].user, server.audit[0].history.get());
        println!("user {user}, with {:?} of a page", page.map(|page| page.html.len()));
        server.audit.clear();
    });
    ctx.collect()?;
    println!("after the repair {} bytes are in use", app.stats().bytes);
    assert_eq!(app.stats().bytes, 0);
    app.close();
    ctx.close()?;
    Ok(())
}
