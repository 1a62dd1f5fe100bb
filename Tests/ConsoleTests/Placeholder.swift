// Placeholder until the first test of Console lands.
