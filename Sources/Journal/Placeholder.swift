// Placeholder until the first file of Journal lands.
