// Placeholder until the first test of Schema lands.
