//! A value in a NaN box has the brand of its mutation.

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
    let value: Value = engine.mutate(|mc, _| mc.alloc(String::new()).into());
    let _ = Kind::of(value);
}
