// Placeholder until the first test of Scenario lands.
