// Placeholder until the first test of Control lands.
