//! Fair shares: one priority class of the queue, shared out among tenants by deficit round robin (Shreedhar and
//! Varghese, 1995), each within its bulkhead.

use crate::core::Queue;
use crate::job::Job;
use crate::worker::Worker;
use std::collections::{HashMap, VecDeque};
use std::num::NonZeroU64;

/// The rules for tenants, for [`Builder::tenants`](crate::Builder::tenants). A tenant is a number that jobs are
/// submitted with; tenants need not be announced.
///
/// ```
/// use pool::{Builder, JobOptions, Tenants};
///
/// // Tenant 7 gets three times the share of any other; nobody runs more than two jobs at once.
/// let tenants = Tenants::new().weight(7, 3).running(2).waiting(100);
/// let pool = Builder::<()>::new().max_workers(4).tenants(tenants).build()?;
/// let ticket = pool.submit_with(JobOptions::new().tenant(7), |_, _| "fair")?;
/// assert_eq!(ticket.wait()?, "fair");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Tenants {
    weights: HashMap<u64, u32>,
    pub(crate) running: usize,
    pub(crate) waiting: usize,
}

impl Default for Tenants {
    fn default() -> Self {
        Tenants { weights: HashMap::new(), running: usize::MAX, waiting: usize::MAX }
    }
}

impl Tenants {
    /// Equal shares, no bulkheads.
    pub fn new() -> Self {
        Self::default()
    }

    /// The share of a tenant, from 1 (as all others) to 1000.
    pub fn weight(mut self, tenant: u64, weight: u32) -> Self {
        self.weights.insert(tenant, weight.clamp(1, 1000));
        self
    }

    /// How many jobs of one tenant may run at once (at least 1): its bulkhead. What is beyond waits, even when workers
    /// are idle.
    pub fn running(mut self, jobs: usize) -> Self {
        self.running = jobs.max(1);
        self
    }

    /// How many jobs of one tenant may wait; beyond that they are refused with
    /// [`Refusal::TenantFull`](crate::Refusal::TenantFull).
    pub fn waiting(mut self, jobs: usize) -> Self {
        self.waiting = jobs;
        self
    }

    fn quantum(&self, tenant: u64) -> u32 {
        self.weights.get(&tenant).copied().unwrap_or(1)
    }
}

/// One priority class.
pub(crate) struct Class<W: Worker> {
    tenants: HashMap<u64, Share<W>>,
    /// The tenants that have jobs waiting, the one whose turn it is in front.
    ring: VecDeque<u64>,
}

struct Share<W: Worker> {
    queue: Queue<W>,
    deficit: u32,
    /// Whether its turn has begun: it got its quantum.
    served: bool,
}

impl<W: Worker> Class<W> {
    pub(crate) fn new() -> Self {
        Class { tenants: HashMap::new(), ring: VecDeque::new() }
    }

    /// Whether a tenant has a job waiting that may run.
    pub(crate) fn has_eligible(&self, may_run: impl Fn(u64) -> bool) -> bool {
        self.ring.iter().any(|&tenant| may_run(tenant))
    }

    pub(crate) fn push(&mut self, job: Job<W>, place: NonZeroU64) {
        let tenant = job.tenant();
        let share = self.tenants.entry(tenant).or_insert_with(|| {
            self.ring.push_back(tenant);
            Share { queue: Queue::new(), deficit: 0, served: false }
        });
        share.queue.push_at(job, place);
    }

    /// Takes the next job: whose turn it is, if it may run and its deficit covers the job's cost.
    pub(crate) fn pop(
        &mut self,
        rules: &Tenants,
        newest: bool,
        may_run: impl Fn(u64) -> bool,
    ) -> Option<Job<W>> {
        if !self.has_eligible(&may_run) {
            return None;
        }
        // Costs are at most 100 and quanta at least 1: this ends.
        loop {
            let tenant = *self.ring.front()?;
            let share = self.tenants.get_mut(&tenant)?;
            if may_run(tenant) {
                if !share.served {
                    share.served = true;
                    share.deficit = share.deficit.saturating_add(rules.quantum(tenant));
                }
                let cost = share.queue.peek(newest).map_or(0, Job::cost);
                if cost <= share.deficit {
                    share.deficit -= cost;
                    let job = if newest { share.queue.pop_newest() } else { share.queue.pop() };
                    self.forget_empty(tenant);
                    return job;
                }
            }
            share.served = false;
            self.ring.rotate_left(1);
        }
    }

    /// Takes the oldest or the newest job of all.
    pub(crate) fn evict(&mut self, newest: bool) -> Option<Job<W>> {
        let of = |share: &Share<W>| share.queue.peek_place(newest);
        let places = self.tenants.iter().filter_map(|(&tenant, share)| Some((of(share)?, tenant)));
        let (_, tenant) = if newest { places.max() } else { places.min() }?;
        let share = self.tenants.get_mut(&tenant)?;
        let job = if newest { share.queue.pop_newest() } else { share.queue.pop() };
        self.forget_empty(tenant);
        job
    }

    pub(crate) fn remove(&mut self, tenant: u64, place: u64) -> Option<Job<W>> {
        let job = self.tenants.get_mut(&tenant)?.queue.remove(place)?;
        self.forget_empty(tenant);
        Some(job)
    }

    /// Takes everything, with its places.
    pub(crate) fn take_all(&mut self) -> Vec<(NonZeroU64, Job<W>)> {
        self.ring.clear();
        self.tenants.drain().flat_map(|(_, mut share)| share.queue.take_placed()).collect()
    }

    /// A tenant without jobs is none: it keeps no deficit, and costs no memory.
    fn forget_empty(&mut self, tenant: u64) {
        if self.tenants.get(&tenant).is_some_and(|share| share.queue.is_empty()) {
            self.tenants.remove(&tenant);
            self.ring.retain(|&other| other != tenant);
        }
    }
}
