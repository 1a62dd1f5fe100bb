// Placeholder until the first test of Terminal lands.
