//! What the finalizer queue gives out belongs to the mutation.

use gc::{Config, Context, EngineConfig, Rootable};

struct R;
impl Rootable for R {
    type Root<'gc> = ();
}

fn main() {
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| ()).unwrap();
    let mut last = None;
    engine.run_finalizers(1, |_, _, gc| last = Some(gc));
}
