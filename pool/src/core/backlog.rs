//! What waits: one plain queue, or, when the pool has priorities, tenants, another order or shedding, classes of
//! tenants' queues. The plain queue is what the express lane takes over, and what it leaves goes on lying on its belt: behind
//! the plain queue, until somebody wants more of it than the next job.

use super::belt::Front;
use super::queue::Queue;
use crate::job::Job;
use crate::policy::{Class, Order, Shedder, Shedding, Tenants};
use crate::stamp::Stamp;
use crate::worker::Worker;
use std::collections::HashMap;
use std::num::NonZeroU64;
use std::time::Instant;

/// How waiting jobs are told apart.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    pub(crate) order: Order,
    pub(crate) priorities: u8,
    pub(crate) tenants: Option<Tenants>,
    pub(crate) shedding: Option<Shedding>,
}

impl Rules {
    /// Whether first in, first out is all there is.
    pub(crate) fn plain(&self) -> bool {
        self.order == Order::Fifo && self.priorities <= 1 && self.tenants.is_none() && self.shedding.is_none()
    }
}

pub(crate) struct Backlog<W: Worker> {
    /// The plain queue; unused when there are classes.
    pub(crate) queue: Queue<W>,
    /// What follows on it, on the belt of the express lane; `None` while that is open.
    pub(crate) belt: Option<Front<Job<W>>>,
    /// The most urgent first; none in a plain pool.
    classes: Vec<Class<W>>,
    waiting: usize,
    next_place: NonZeroU64,
    picks: u64,
    order: Order,
    tenants: Tenants,
    has_tenants: bool,
    /// How many jobs of a tenant wait, and how many run.
    loads: HashMap<u64, Load>,
    shedder: Option<Shedder>,
}

#[derive(Default, Clone, Copy)]
struct Load {
    waiting: usize,
    running: usize,
}

/// One pick in so many goes to the least urgent class that waits, so that none starves.
const MERCY: u64 = 32;

impl<W: Worker> Backlog<W> {
    pub(crate) fn new(rules: &Rules, belt: Front<Job<W>>) -> Self {
        let classes = if rules.plain() { 0 } else { rules.priorities.max(1) };
        Backlog {
            queue: Queue::new(),
            belt: Some(belt),
            classes: (0..classes).map(|_| Class::new()).collect(),
            waiting: 0,
            next_place: NonZeroU64::MIN,
            picks: 0,
            order: rules.order,
            tenants: rules.tenants.clone().unwrap_or_default(),
            has_tenants: rules.tenants.is_some(),
            loads: HashMap::new(),
            shedder: rules.shedding.map(Shedder::new),
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.classes.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        if self.is_plain() {
            self.queue.len() + self.belt.as_ref().map_or(0, Front::len)
        } else {
            self.waiting
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn class_of(&self, job: &Job<W>) -> usize {
        usize::from(job.priority()).min(self.classes.len() - 1)
    }

    /// Whether the tenant may run one job more.
    pub(crate) fn may_run(&self, tenant: u64) -> bool {
        !self.has_tenants || self.loads.get(&tenant).is_none_or(|load| load.running < self.tenants.running)
    }

    /// Whether the tenant may have one job more waiting.
    pub(crate) fn may_wait(&self, tenant: u64) -> bool {
        !self.has_tenants || self.loads.get(&tenant).is_none_or(|load| load.waiting < self.tenants.waiting)
    }

    fn load(&mut self, tenant: u64, change: impl FnOnce(&mut Load)) {
        if self.has_tenants {
            let load = self.loads.entry(tenant).or_default();
            change(load);
            if load.waiting == 0 && load.running == 0 {
                self.loads.remove(&tenant);
            }
        }
    }

    /// A job of the tenant starts.
    pub(crate) fn start(&mut self, tenant: u64) {
        self.load(tenant, |load| load.running += 1);
    }

    /// A job of the tenant is over.
    pub(crate) fn end(&mut self, tenant: u64) {
        self.load(tenant, |load| load.running = load.running.saturating_sub(1));
    }

    /// Whether something waits that may run.
    pub(crate) fn has_eligible(&self) -> bool {
        match self.is_plain() {
            true => !self.is_empty(),
            false => self.classes.iter().any(|class| class.has_eligible(|tenant| self.may_run(tenant))),
        }
    }

    /// Takes the belt's jobs over into the plain queue: each is taken over once at most, whatever happens to the lane.
    fn clear_belt(&mut self) {
        while let Some((place, job)) = self.belt.as_mut().and_then(Front::pop_stopped) {
            self.queue.push_at(job, place);
        }
    }

    /// Puts a job at the back and returns its place.
    pub(crate) fn push(&mut self, job: Job<W>) -> u64 {
        if self.is_plain() {
            return match &mut self.belt {
                Some(belt) if belt.len() > 0 => {
                    let place = belt.next_place();
                    job.set_place(place.get());
                    belt.push_stopped(job);
                    self.queue.number_from(place.saturating_add(1));
                    place.get()
                }
                _ => self.queue.push(job),
            };
        }
        let (place, class, tenant) = (self.next_place, self.class_of(&job), job.tenant());
        self.next_place = place.saturating_add(1);
        job.set_place(place.get());
        self.classes[class].push(job, place);
        self.waiting += 1;
        self.load(tenant, |load| load.waiting += 1);
        place.get()
    }

    /// Takes the next job. What is shed on the way goes to `shed`, to be dropped without the lock.
    pub(crate) fn pop(&mut self, now: Instant, bound: usize, shed: &mut Vec<Job<W>>) -> Option<Job<W>> {
        if self.is_plain() {
            return self.queue.pop().or_else(|| Some(self.belt.as_mut()?.pop_stopped()?.1));
        }
        loop {
            let newest = match self.order {
                Order::Fifo => false,
                Order::Lifo => true,
                Order::AdaptiveLifo => self.waiting > bound / 2,
            };
            self.picks += 1;
            let picked = if self.picks.is_multiple_of(MERCY) {
                self.pick((0..self.classes.len()).rev(), newest)
            } else {
                self.pick(0..self.classes.len(), newest)
            };
            let Some(job) = picked else {
                if self.waiting == 0 {
                    self.shedder.iter_mut().for_each(Shedder::empty);
                }
                return None;
            };
            self.left(&job);
            let wait = Stamp::of(now).since(job.submitted());
            if self.shedder.as_mut().is_some_and(|shedder| shedder.sheds(wait, now)) {
                shed.push(job);
                continue;
            }
            return Some(job);
        }
    }

    fn pick(&mut self, classes: impl Iterator<Item = usize>, newest: bool) -> Option<Job<W>> {
        let (loads, rules, has_tenants) = (&self.loads, &self.tenants, self.has_tenants);
        let may_run = |tenant| {
            !has_tenants || loads.get(&tenant).is_none_or(|load: &Load| load.running < rules.running)
        };
        for class in classes {
            if let Some(job) = self.classes[class].pop(rules, newest, may_run) {
                return Some(job);
            }
        }
        None
    }

    /// Takes the oldest or newest job of the least urgent class, if that is not more urgent than this.
    pub(crate) fn evict(&mut self, priority: u8, newest: bool) -> Option<Job<W>> {
        if self.is_plain() {
            self.clear_belt();
            return if newest { self.queue.pop_newest() } else { self.queue.pop() };
        }
        let least = usize::from(priority).min(self.classes.len() - 1);
        let job = self.classes[least..].iter_mut().rev().find_map(|class| class.evict(newest))?;
        self.left(&job);
        Some(job)
    }

    fn left(&mut self, job: &Job<W>) {
        self.waiting -= 1;
        self.load(job.tenant(), |load| load.waiting = load.waiting.saturating_sub(1));
    }

    /// Takes the job of that priority and tenant at a place, if it is still there.
    pub(crate) fn remove(&mut self, priority: u8, tenant: u64, place: u64) -> Option<Job<W>> {
        if self.is_plain() {
            self.clear_belt();
            return self.queue.remove(place);
        }
        let class = usize::from(priority).min(self.classes.len() - 1);
        let job = self.classes[class].remove(tenant, place)?;
        self.left(&job);
        Some(job)
    }

    /// Takes everything, in the order of its submission.
    pub(crate) fn take_all(&mut self) -> Vec<Job<W>> {
        if self.is_plain() {
            self.clear_belt();
            return self.queue.take_all();
        }
        let mut jobs: Vec<_> = self.classes.iter_mut().flat_map(Class::take_all).collect();
        jobs.sort_by_key(|&(place, _)| place);
        let jobs: Vec<_> = jobs.into_iter().map(|(_, job)| job).collect();
        jobs.iter().for_each(|job| self.left(job));
        jobs
    }
}
