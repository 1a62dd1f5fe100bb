// Placeholder until the first test of Journal lands.
