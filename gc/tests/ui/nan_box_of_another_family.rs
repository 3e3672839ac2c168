//! A kind of cell that a family does not list has no tag in it.

use gc::{Config, Context, EngineConfig, Rootable};

gc::nan_box! {
    type Value<'gc> = enum Kind {
        immediates { Nil }
        pointers { Text(String) }
    }
}

struct R;
impl Rootable for R {
    type Root<'gc> = ();
}

fn main() {
    let ctx = Context::open(Config::default()).unwrap();
    let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| ()).unwrap();
    engine.mutate(|mc, _| {
        let value: Value = mc.alloc(7_u32).into();
        let _ = Kind::of(value);
    });
}
