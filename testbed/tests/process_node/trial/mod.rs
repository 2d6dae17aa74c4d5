//! Trials with a real database (R34 to R36): `examples/trial-platform/`, as it is written there, by the chart's own rights. A sink outside the trial's network
//! counts what comes out of it.

mod bed;
mod jobs;
mod run;
