//! The script server and the churn demonstration.

fn main() {}
