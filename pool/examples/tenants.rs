//! Three tenants, one of them greedy: weights, a bulkhead, priorities and deadlines. Run it with
//! `cargo run -p pool --example tenants`.

use pool::{Builder, JobError, JobOptions, Refusal, Shedding, Tenants};
use std::time::Duration;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Nobody runs more than two of the four workers' jobs, nor has more than twenty waiting; tenant 3 pays for twice
    // the share.
    let tenants = Tenants::new().running(2).waiting(20).weight(3, 2);
    let pool = Builder::<()>::new()
        .max_workers(4)
        .queue(64)
        .tenants(tenants)
        .priorities(2)
        .shedding(Shedding::default())
        .build()?;
    let (mut tickets, mut refused) = (Vec::new(), 0);
    for round in 0..30 {
        for tenant in [1, 1, 1, 2, 3] {
            let options = JobOptions::new()
                .tenant(tenant)
                .priority(if round % 10 == 0 { 0 } else { 1 })
                .start_within(Duration::from_millis(500))
                .label(format!("tenant {tenant}, round {round}"));
            match pool.submit_with(options, move |_, _| std::thread::sleep(Duration::from_millis(1))) {
                Ok(ticket) => tickets.push((tenant, ticket)),
                Err(job) if matches!(job.reason, Refusal::TenantFull) => refused += 1,
                Err(job) => return Err(job.into()),
            }
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let mut served = [0; 4];
    for (tenant, ticket) in tickets {
        match ticket.wait() {
            Ok(()) => served[tenant as usize] += 1,
            Err(JobError::Shed | JobError::Expired) => refused += 1,
            Err(error) => return Err(error.into()),
        }
    }
    println!("served: {} + {} + {}, turned away: {refused}", served[1], served[2], served[3]);
    let metrics = pool.metrics();
    println!("waited: {:?}\nran:    {:?}", metrics.queue_wait, metrics.service_time);
    println!("{:?}", pool.close().ledger);
    Ok(())
}
