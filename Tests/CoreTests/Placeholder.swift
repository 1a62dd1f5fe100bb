// Placeholder until the first test of Core lands.
