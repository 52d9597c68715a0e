//! Job registry, jobs, import, simulation and the order in which they run
