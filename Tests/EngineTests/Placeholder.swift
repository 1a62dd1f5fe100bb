// Placeholder until the first test of Engine lands.
