//! The agents of `$262`: engines on threads of their own, ended and joined with their scenario; and the clock that ends
//! scenarios which would go on for ever.
#![allow(clippy::disallowed_methods, reason = "the runner is a host, and hosts have clocks")]

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use interp::{Engine, Error, HostError, HostValue, Script};

use crate::run::Trial;

/// The longest a scenario may take; its agents end with it.
const TIME: Duration = Duration::from_secs(60);
/// The reason of the interrupt when it took longer.
pub(crate) const TOO_LONG: u32 = 1;
/// The reason of the interrupt when the scenario is over.
const OVER: u32 = 2;

/// The script's side of the main agent; the functions are the host's.
const MAIN: &str = r#"
$262.agent = (function (start, broadcast, getReport, sleep, monotonicNow) {
  return {
    start(source) { start(String(source)); },
    broadcast(buffer, id) { broadcast(buffer, typeof id, String(id)); },
    getReport, sleep, monotonicNow,
  };
})(__start, __broadcast, __getReport, __sleep, __monotonicNow);
for (const name of ["start", "broadcast", "getReport", "sleep", "monotonicNow"]) delete globalThis["__" + name];
"#;

/// The script's side of the others.
const OTHER: &str = r#"
$262.agent = (function (receive, report, sleep, monotonicNow) {
  return {
    receiveBroadcast(f) {
      const [buffer, type, id] = receive();
      f(buffer, type === "bigint" ? BigInt(id) : type === "number" ? Number(id) : undefined);
    },
    report(message) { report(String(message)); },
    sleep, monotonicNow,
    leaving() {},
  };
})(__receive, __report, __sleep, __monotonicNow);
for (const name of ["receive", "report", "sleep", "monotonicNow"]) delete globalThis["__" + name];
"#;

/// How the engine of an agent is opened and prepared, apart from what is here.
pub(crate) type Open = fn(&gc::Context, bool) -> Result<Engine, Error>;

/// What the agents of a scenario share.
pub(crate) struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    began: Instant,
    open: Open,
    trial: Trial,
}

#[derive(Default)]
struct State {
    reports: VecDeque<String>,
    /// What was broadcast last, and how many times something was.
    message: Vec<HostValue>,
    broadcasts: u64,
    agents: Vec<Agent>,
    over: bool,
}

/// An agent other than the main one.
#[derive(Default)]
struct Agent {
    /// Broadcasts it has received, or that were before it.
    received: u64,
    /// There once it runs.
    remote: Option<gc::Remote>,
    ended: bool,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until it is so, or the scenario is over; false if it is over.
    fn wait(&self, mut until: impl FnMut(&mut State) -> bool) -> bool {
        let mut state = self.state();
        loop {
            if state.over {
                return false;
            }
            if until(&mut state) {
                return true;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn change<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        let result = f(&mut self.state());
        self.changed.notify_all();
        result
    }

    /// Ends all agents, wherever they are.
    fn end(&self) {
        self.change(|state| {
            state.over = true;
            for agent in &state.agents {
                agent.remote.map(|remote| remote.interrupt(OVER));
            }
        });
    }

    fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        let mut state = self.state();
        while !state.over
            && let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
        {
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

/// What a function gets that is called when the scenario is over.
fn over() -> HostError {
    HostError::Terminate(OVER)
}

/// The functions that all agents have.
fn define_common(engine: &mut Engine, shared: &Arc<Shared>) -> Result<(), Error> {
    let agents = shared.clone();
    engine.define_function("__sleep", 1, move |args| {
        if let Some(&HostValue::Number(ms)) = args.first() {
            agents.sleep(Duration::try_from_secs_f64(ms / 1000.0).unwrap_or_default().min(TIME));
        }
        Ok(HostValue::Undefined)
    })?;
    let began = shared.began;
    engine.define_function("__monotonicNow", 0, move |_| {
        Ok(HostValue::Number(began.elapsed().as_secs_f64() * 1000.0))
    })
}

/// A text that a function of the host was given.
fn text(args: &[HostValue]) -> &str {
    match args.first() {
        Some(HostValue::String(text)) => text,
        _ => "",
    }
}

/// The agents of one scenario: ended and joined when this is dropped.
pub(crate) struct Agents {
    shared: Arc<Shared>,
    threads: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Agents {
    pub(crate) fn new(open: Open, trial: Trial) -> Agents {
        let shared =
            Shared { state: Mutex::default(), changed: Condvar::new(), began: Instant::now(), open, trial };
        Agents { shared: Arc::new(shared), threads: Arc::default() }
    }

    /// Gives the main agent's engine its `$262.agent`.
    pub(crate) fn define(&self, engine: &mut Engine) -> Result<(), Error> {
        let shared = &self.shared;
        define_common(engine, shared)?;
        let (agents, threads) = (shared.clone(), self.threads.clone());
        engine.define_function("__start", 1, move |args| {
            let source = text(args).to_string();
            let number = agents.change(|state| {
                let received = state.broadcasts;
                state.agents.push(Agent { received, ..Agent::default() });
                state.agents.len() - 1
            });
            let theirs = agents.clone();
            let thread = std::thread::Builder::new().stack_size(16 << 20).spawn(move || {
                let _ended = Ended(&theirs, number);
                if let Err(e) = run(&theirs, number, &source) {
                    // The scenario will miss what it should have reported; this says why.
                    theirs.change(|state| state.reports.push_back(format!("agent {number}: {e}")));
                }
            });
            match thread {
                Ok(thread) => threads.lock().unwrap_or_else(PoisonError::into_inner).push(thread),
                Err(e) => return Err(HostError::Throw { kind: "Error", message: e.to_string() }),
            }
            let runs =
                agents.wait(|state| state.agents[number].remote.is_some() || state.agents[number].ended);
            if runs { Ok(HostValue::Undefined) } else { Err(over()) }
        })?;
        let agents = shared.clone();
        engine.define_function("__broadcast", 3, move |args| {
            agents.change(|state| {
                state.message = args.to_vec();
                state.broadcasts += 1;
            });
            let all = |state: &mut State| {
                state.agents.iter().all(|agent| agent.ended || agent.received == state.broadcasts)
            };
            if agents.wait(all) { Ok(HostValue::Undefined) } else { Err(over()) }
        })?;
        let agents = shared.clone();
        engine.define_function("__getReport", 0, move |_| {
            Ok(agents.change(|state| state.reports.pop_front()).map_or(HostValue::Null, HostValue::String))
        })?;
        engine.eval(MAIN).map(|_| ())
    }

    /// What the clock ends.
    pub(crate) fn shared(&self) -> Arc<Shared> {
        self.shared.clone()
    }

    /// Ends and joins all.
    ///
    /// # Panics
    /// If one of them did.
    pub(crate) fn finish(self) {
        if let Some(panic) = self.join() {
            std::panic::resume_unwind(panic);
        }
    }

    fn join(&self) -> Option<Box<dyn std::any::Any + Send>> {
        self.shared.end();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        threads.into_iter().filter_map(|thread| thread.join().err()).last()
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        self.join();
    }
}

/// Says that an agent ended, however it did.
struct Ended<'a>(&'a Shared, usize);

impl Drop for Ended<'_> {
    fn drop(&mut self) {
        self.0.change(|state| {
            state.agents[self.1].ended = true;
            state.agents[self.1].remote = None;
        });
    }
}

/// The life of an agent.
fn run(shared: &Arc<Shared>, number: usize, source: &str) -> Result<(), String> {
    let context = gc::Context::open(shared.trial.config()).map_err(|e| e.to_string())?;
    let mut engine = (shared.open)(&context, true).map_err(|e| e.to_string())?;
    define_common(&mut engine, shared).map_err(|e| e.to_string())?;
    let agents = shared.clone();
    let receive = move |_: &[HostValue]| {
        let received = agents.wait(|state| state.broadcasts > state.agents[number].received);
        if !received {
            return Err(over());
        }
        Ok(HostValue::Array(agents.change(|state| {
            state.agents[number].received = state.broadcasts;
            state.message.clone()
        })))
    };
    engine.define_function("__receive", 0, receive).map_err(|e| e.to_string())?;
    let agents = shared.clone();
    let report = move |args: &[HostValue]| {
        agents.change(|state| state.reports.push_back(text(args).to_string()));
        Ok(HostValue::Undefined)
    };
    engine.define_function("__report", 1, report).map_err(|e| e.to_string())?;
    engine.eval(OTHER).map_err(|e| e.to_string())?;
    let script = Script::compile("<agent>", source);
    let runs = shared.change(|state| {
        state.agents[number].remote = Some(engine.remote());
        !state.over
    });
    let mut result = script.and_then(|script| if runs { engine.run(&script).map(|_| ()) } else { Ok(()) });
    while result.is_ok() && !shared.state().over {
        match engine.run_jobs().and_then(|()| engine.wait_for_jobs(None)) {
            Ok(true) => {}
            Ok(false) => break,
            Err(e) => result = Err(e),
        }
    }
    // From here on the name of the context is nobody's.
    shared.change(|state| state.agents[number].remote = None);
    if shared.state().over { Ok(()) } else { result.map_err(|e| e.to_string()) }
}

/// Ends scenarios that take too long.
#[derive(Default)]
pub(crate) struct Clock {
    state: Mutex<Watched>,
    closing: Condvar,
}

#[derive(Default)]
struct Watched {
    by_deadline: BTreeMap<(Instant, u64), (gc::Remote, Arc<Shared>)>,
    begun: u64,
    closed: bool,
}

/// A scenario that is watched, until this is dropped.
pub(crate) struct Watch<'a>(&'a Clock, (Instant, u64));

impl Clock {
    fn state(&self) -> MutexGuard<'_, Watched> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches a scenario.
    pub(crate) fn watch(&self, remote: gc::Remote, agents: Arc<Shared>) -> Watch<'_> {
        let mut state = self.state();
        state.begun += 1;
        let key = (Instant::now() + TIME, state.begun);
        state.by_deadline.insert(key, (remote, agents));
        Watch(self, key)
    }

    /// Runs until it is closed.
    pub(crate) fn run(&self) {
        let mut state = self.state();
        while !state.closed {
            let now = Instant::now();
            while let Some(first) = state.by_deadline.first_entry().filter(|first| first.key().0 <= now) {
                let (remote, agents) = first.remove();
                remote.interrupt(TOO_LONG);
                agents.end();
            }
            // Whatever is watched from now on has more time than this.
            let next = state.by_deadline.first_key_value().map_or(TIME, |(key, _)| key.0 - now);
            state = self.closing.wait_timeout(state, next).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Ends it.
    pub(crate) fn close(&self) {
        self.state().closed = true;
        self.closing.notify_all();
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.0.state().by_deadline.remove(&self.1);
    }
}
