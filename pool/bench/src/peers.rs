//! The peers, each used the way its documentation shows. Two workers each; jobs without a bound on their queue, as
//! most peers have none: ours is given a queue that is large enough.

use crossbeam_channel as channel;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

pub const PEERS: &[&str] = &[
    "ours",
    "ours (untimed)",
    "ours (tickets)",
    "channel",
    "rayon",
    "rusty_pool",
    "threadpool",
    "tokio",
    "std threads",
];

const WORKERS: usize = 2;

type Job = Box<dyn FnOnce() + Send>;

/// The pool that one writes by hand: a channel of boxed closures, and threads that take from it.
struct Hand {
    jobs: channel::Sender<Job>,
    threads: Vec<std::thread::JoinHandle<()>>,
}

impl Hand {
    fn new() -> Self {
        let (jobs, inbox) = channel::unbounded::<Job>();
        let threads = (0..WORKERS)
            .map(|_| {
                let inbox = inbox.clone();
                std::thread::spawn(move || inbox.iter().for_each(|job| job()))
            })
            .collect();
        Hand { jobs, threads }
    }

    fn finish(self) {
        drop(self.jobs);
        self.threads.into_iter().for_each(|thread| thread.join().expect("no job panics"));
    }
}

fn ours(peer: &str) -> pool::Pool {
    pool::Builder::<()>::new()
        .max_workers(WORKERS)
        .queue(1 << 30)
        .timed(!peer.contains("untimed"))
        .build()
        .expect("valid")
}

fn tokio() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().max_blocking_threads(WORKERS).build().expect("a runtime")
}

/// Runs `measure` with a function that makes one round trip. Pools whose jobs return nothing answer through a channel.
pub fn with_trip(peer: &str, measure: &mut dyn FnMut(&mut dyn FnMut()) -> Vec<f64>) -> Option<Vec<f64>> {
    let (answer, answers) = channel::bounded::<()>(1);
    Some(match peer {
        "ours" | "ours (untimed)" | "ours (tickets)" => {
            let pool = ours(peer);
            measure(&mut || pool.submit(|_, _| ()).expect("room").wait().expect("it ran"))
        }
        "channel" => {
            let hand = Hand::new();
            let numbers = measure(&mut || {
                let answer = answer.clone();
                hand.jobs.send(Box::new(move || answer.send(()).expect("heard"))).expect("open");
                answers.recv().expect("an answer");
            });
            hand.finish();
            numbers
        }
        "rayon" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("valid");
            measure(&mut || {
                let answer = answer.clone();
                pool.spawn(move || answer.send(()).expect("heard"));
                answers.recv().expect("an answer");
            })
        }
        "rusty_pool" => {
            let pool = rusty_pool::ThreadPool::new(WORKERS, WORKERS, Duration::from_secs(60));
            measure(&mut || pool.evaluate(|| ()).await_complete())
        }
        "threadpool" => {
            let pool = threadpool::ThreadPool::new(WORKERS);
            measure(&mut || {
                let answer = answer.clone();
                pool.execute(move || answer.send(()).expect("heard"));
                answers.recv().expect("an answer");
            })
        }
        "tokio" => {
            let runtime = tokio();
            measure(&mut || {
                let handle = runtime.spawn_blocking(|| ());
                runtime.block_on(handle).expect("it ran");
            })
        }
        "std threads" => measure(&mut || std::thread::spawn(|| ()).join().expect("it ran")),
        _ => return None,
    })
}

/// How many jobs are submitted before their results are asked for.
pub const BATCH: usize = 1000;

/// Submits jobs a batch at a time, and collects what each of them returns, again and again: how long that took. Pools
/// whose jobs return nothing answer through a channel.
pub fn results(peer: &str, rounds: usize) -> Option<Duration> {
    let (answer, answers) = channel::unbounded::<usize>();
    let again = |round: &mut dyn FnMut() -> usize| {
        round();
        let begun = Instant::now();
        for _ in 0..rounds {
            assert_eq!(round(), BATCH * (BATCH - 1) / 2);
        }
        begun.elapsed()
    };
    let collect = || (0..BATCH).map(|_| answers.recv().expect("an answer")).sum();
    Some(match peer {
        "ours" | "ours (untimed)" => {
            let pool = ours(peer);
            again(&mut || {
                let tickets: Vec<_> = (0..BATCH).map(|n| pool.submit(move |_, _| n).expect("room")).collect();
                tickets.into_iter().map(|ticket| ticket.wait().expect("it ran")).sum()
            })
        }
        "channel" => {
            let hand = Hand::new();
            let time = again(&mut || {
                for n in 0..BATCH {
                    let answer = answer.clone();
                    hand.jobs.send(Box::new(move || answer.send(n).expect("heard"))).expect("open");
                }
                collect()
            });
            hand.finish();
            time
        }
        "rayon" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("valid");
            again(&mut || {
                for n in 0..BATCH {
                    let answer = answer.clone();
                    pool.spawn(move || answer.send(n).expect("heard"));
                }
                collect()
            })
        }
        "rusty_pool" => {
            let pool = rusty_pool::ThreadPool::new(WORKERS, WORKERS, Duration::from_secs(60));
            again(&mut || {
                let handles: Vec<_> = (0..BATCH).map(|n| pool.evaluate(move || n)).collect();
                handles.into_iter().map(rusty_pool::JoinHandle::await_complete).sum()
            })
        }
        "threadpool" => {
            let pool = threadpool::ThreadPool::new(WORKERS);
            again(&mut || {
                for n in 0..BATCH {
                    let answer = answer.clone();
                    pool.execute(move || answer.send(n).expect("heard"));
                }
                collect()
            })
        }
        "tokio" => {
            let runtime = tokio();
            again(&mut || {
                let handles: Vec<_> = (0..BATCH).map(|n| runtime.spawn_blocking(move || n)).collect();
                handles.into_iter().map(|handle| runtime.block_on(handle).expect("it ran")).sum()
            })
        }
        _ => return None,
    })
}

/// Lets so many producers submit, and says how long it took until every job had run.
pub fn throughput(peer: &str, producers: usize, jobs: usize) -> Option<Duration> {
    let each = jobs / producers;
    let produce = |submit: &(dyn Fn() + Sync)| {
        std::thread::scope(|scope| {
            for _ in 0..producers {
                scope.spawn(|| (0..each).for_each(|_| submit()));
            }
        });
    };
    static RAN: AtomicUsize = AtomicUsize::new(0);
    let begun;
    match peer {
        "ours" | "ours (untimed)" | "ours (tickets)" => {
            let pool = ours(peer);
            pool.submit(|_, _| ()).expect("room").wait().expect("it ran");
            begun = Instant::now();
            if peer != "ours (tickets)" {
                produce(&|| pool.execute(|_, _| ()).expect("room"));
            } else {
                produce(&|| pool.submit(|_, _| ()).expect("room").detach());
            }
            assert!(pool.drain(Duration::MAX).complete);
        }
        "channel" => {
            let hand = Hand::new();
            begun = Instant::now();
            produce(&|| hand.jobs.send(Box::new(|| ())).expect("open"));
            hand.finish();
        }
        "rayon" => {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(WORKERS).build().expect("valid");
            begun = Instant::now();
            pool.in_place_scope(|scope| {
                produce(&|| scope.spawn(|_| ()));
            });
        }
        "rusty_pool" => {
            let pool = rusty_pool::ThreadPool::new(WORKERS, WORKERS, Duration::from_secs(60));
            begun = Instant::now();
            produce(&|| pool.execute(|| ()));
            pool.join();
        }
        "threadpool" => {
            let pool = threadpool::ThreadPool::new(WORKERS);
            begun = Instant::now();
            // It is not `Sync`, but can be cloned.
            std::thread::scope(|scope| {
                for _ in 0..producers {
                    let pool = pool.clone();
                    scope.spawn(move || (0..each).for_each(|_| pool.execute(|| ())));
                }
            });
            pool.join();
        }
        "tokio" => {
            let runtime = tokio();
            begun = Instant::now();
            // Dropping a runtime forgets what waits, so the last job is waited for by counting.
            produce(&|| {
                drop(runtime.spawn_blocking(|| {
                    RAN.fetch_add(1, Ordering::Relaxed);
                }))
            });
            while RAN.load(Ordering::Relaxed) < each * producers {
                std::thread::yield_now();
            }
        }
        "std threads" => {
            begun = Instant::now();
            produce(&|| std::thread::spawn(|| ()).join().expect("it ran"));
        }
        _ => return None,
    }
    Some(begun.elapsed())
}
